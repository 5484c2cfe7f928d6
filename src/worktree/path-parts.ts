import { isDotGit } from '../change/dot-git.ts';
import { decodePath, displayPath, encodePath, type RepoPath } from '../change/path.ts';
import { WorkFileError } from '../tools/work-file-error.ts';

/** Bytes: NAME_MAX of Linux and macOS (limits.h). */
const LONGEST_NAME = 255;
/** Bytes, of what the path of the worktree leaves: PATH_MAX of Linux is 4,096 (limits.h). */
const LONGEST_PATH = 3_000;
/** Each folder on the way is held open, and a process may open 256 files where that is least (macOS, launchd.plist(5)). */
const MOST_PARTS = 100;

/** The path as an error names it: not all of one that is very long. */
export const namedPath = (path: RepoPath): string =>
  displayPath(path.length > 200 ? `${path.slice(0, 200)}…` : path);

/**
 * The names of a path as bytes, from the top, none of which leaves a folder or is git's own. It is judged as every
 * platform would read it: `\` separates too, and `.git` has other spellings. Throws WorkFileError.
 */
export function pathParts(path: RepoPath): readonly [Buffer, ...Buffer[]] {
  const problem = problemOf(path);
  if (problem !== null) throw new WorkFileError(`${namedPath(path) || 'The empty path'} ${problem}.`);
  const [first = '', ...others] = path.split('/');
  return [encodePath(first), ...others.map(encodePath)];
}

function problemOf(path: RepoPath): string | null {
  if (path === '') return 'names no file';
  if (path.includes('\0')) return 'holds a NUL character';
  if (/^(?:[\\/]|[A-Za-z]:)/.test(path)) return 'is absolute: write it from the top of the repository';
  const read = path.split(/[\\/]/);
  if (read.includes('..')) return 'leaves its folder by ".."';
  if (read.some(isDotGit)) return "lies in git's own folder";
  const parts = path.split('/');
  if (parts.includes('') || parts.includes('.')) return 'has an empty part';
  // A second spelling of the same bytes would not be compared with what is forbidden.
  if (decodePath(encodePath(path)) !== path) return 'is no text that can be a path';
  if (parts.some((part) => encodePath(part).length > LONGEST_NAME))
    return `has a name of more than ${LONGEST_NAME} bytes`;
  if (encodePath(path).length > LONGEST_PATH) return `has more than ${LONGEST_PATH} bytes`;
  return parts.length > MOST_PARTS ? `lies more than ${MOST_PARTS} folders deep` : null;
}
