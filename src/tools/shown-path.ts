import { displayPath, type RepoPath } from '../change/path.ts';

/**
 * The path as a model is shown it, and can write it back: as it is, or as a JSON string in ASCII when it holds what
 * cannot be seen, would break a line, or is no UTF-8.
 */
export function shownPath(path: RepoPath): string {
  if (displayPath(path) === path && !path.startsWith('"')) return path;
  return JSON.stringify(path).replace(
    /[^ -~]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** The path that a model means: `./src//a.ts` and `src/a.ts/` are `src/a.ts`, `.` is the top (''). */
export const meantPath = (text: string): RepoPath =>
  text
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/');
