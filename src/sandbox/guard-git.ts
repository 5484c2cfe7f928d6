import { lstatSync, mkdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { sandboxFailure } from './sandbox-failure.ts';

/** Folders that have no `.git` of their own, and how many commands run in each. */
const guarded = new Map<string, number>();

/**
 * Sees to it that `folder` has a `.git` that something read only can be laid over: where there is none, a command could make one,
 * with hooks and settings that the next git there obeys. Answers what takes an empty folder made for that away again, for when the
 * command has ended. Throws when `.git` is a link: what it leads to is not the worktree's.
 *
 * All of it at once: taking the folder away from under another command would let go of what lies over it there (rmdir(2)).
 */
export function guardGit(folder: string): () => void {
  const path = join(folder, '.git');
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found !== undefined && !found.isFile() && !found.isDirectory())
    throw sandboxFailure(`${path} is neither a file nor a folder`);
  const running = guarded.get(folder) ?? 0;
  if (found !== undefined && running === 0) return () => undefined;
  try {
    if (found === undefined) mkdirSync(path, { mode: 0o755 });
  } catch (cause) {
    throw sandboxFailure(`${path} cannot be kept from being made`, { cause });
  }
  guarded.set(folder, running + 1);
  return () => {
    const left = (guarded.get(folder) ?? 1) - 1;
    if (left > 0) {
      guarded.set(folder, left);
      return;
    }
    guarded.delete(folder);
    try {
      rmdirSync(path);
    } catch {
      // Somebody else has put something into it, or has taken it away.
    }
  };
}
