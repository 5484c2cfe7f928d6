import { mkdirSync } from 'node:fs';
import { isMissing } from './is-missing.ts';

/** Writes into a folder, and makes it when it is not there: nearly always it is, and to make sure takes a hook 0.1 ms. */
export function withFolder(folder: string, write: () => void): void {
  try {
    write();
  } catch (error) {
    if (!isMissing(error)) throw error;
    mkdirSync(folder, { recursive: true });
    write();
  }
}
