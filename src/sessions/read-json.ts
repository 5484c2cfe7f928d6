import { readFileSync } from 'node:fs';
import { isMissing } from './is-missing.ts';

/** What a file of JSON says; null when it is not there or damaged. */
export function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    if (error instanceof SyntaxError || isMissing(error)) return null;
    throw error;
  }
}
