import type { Files } from '../../test/support/github/loopback-github.ts';
import { seededFile } from './seeded-files.ts';

/** A repository's files before a change, and what a pull request makes of them. */
export interface AppChange {
  readonly before: Files;
  /** All of them changed, in another way for each revision from 1 on, with so many lines that `markingModel` finds. */
  after(revision: number, findings: number): Files;
}

/** So many files of the mix of a repository for the web. */
export function appChange(files: number): AppChange {
  const all = Array.from({ length: files }, (_, number) => seededFile(number));
  const code = all.filter(({ path }) => /\.[jt]s$/.test(path));
  return {
    before: Object.fromEntries(all.map((file) => [file.path, file.text(0)])),
    after: (revision, findings) =>
      Object.fromEntries(
        all.map((file) => {
          const place = code.indexOf(file);
          const marks = Array.from({ length: findings }, (_, number) => number)
            .filter((number) => number % code.length === place)
            .map((number) => `\nBUG_${number}();\n`);
          return [file.path, `${file.text(revision)}${marks.join('')}`];
        }),
      ),
  };
}
