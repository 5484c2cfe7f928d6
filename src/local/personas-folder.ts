import { dirname, join } from 'node:path';
import { readEnvironment } from '../config/environment.ts';
import type { Door } from './prepare-review.ts';

/** The folder of a person's own personas, beside their configuration; null where there is no place for one. */
export function personasFolder({ env }: Pick<Door, 'env'>): string | null {
  const { userConfigPath } = readEnvironment(env);
  return userConfigPath === null ? null : join(dirname(userConfigPath), 'personas');
}
