import { readdirSync, readFileSync } from 'node:fs';

export interface GoldenFile {
  readonly name: string;
  /** What git printed. */
  readonly input: Buffer;
  /** What is to come of it. */
  readonly expected: unknown;
}

const FOLDER = new URL('golden/', import.meta.url);

/** The outputs of git with this ending, each with the `.golden.json` beside it. */
export function goldenFiles(ending: '.diff' | '.raw'): GoldenFile[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith(ending))
    .map((file) => ({
      name: file,
      input: readFileSync(new URL(file, FOLDER)),
      expected: JSON.parse(readFileSync(new URL(`${file}.golden.json`, FOLDER), 'utf8')),
    }));
}
