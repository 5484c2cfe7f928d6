import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isMissing } from './is-missing.ts';

/**
 * Takes the oldest files of a folder away when there are more than `most`, and a tenth more than that, so that it is not
 * to be done each time. Another process may be doing the same.
 */
export function keepNewest(folder: string, most: number): void {
  const names = readdirSync(folder);
  if (names.length <= most) return;
  const aged = names.map((name) => ({ path: join(folder, name), at: ageOf(join(folder, name)) }));
  aged.sort((one, other) => one.at - other.at);
  for (const { path } of aged.slice(0, names.length - most + most / 10)) rmSync(path, { force: true });
}

/** When a file was last written, in milliseconds; 0 when it is not there any more. */
export function ageOf(path: string): number {
  try {
    return statSync(path).mtimeMs;
  } catch (error) {
    if (isMissing(error)) return 0;
    throw error;
  }
}
