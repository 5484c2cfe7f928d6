import type { RepoPath } from '../change/path.ts';
import type { Snapshot } from '../change/snapshot.ts';
import { protectionOf, runningParts } from './protected-paths.ts';
import type { ChangedFile } from './task-door.ts';

/** A change that needs a person's yes, and why. */
export interface ProtectedChange {
  readonly path: RepoPath;
  readonly why: string;
}

/** Which of the changed files need a person's yes before they leave the worktree. */
export async function protectedChanges(
  files: readonly ChangedFile[],
  before: Snapshot,
  after: Snapshot,
): Promise<ProtectedChange[]> {
  const judged = files.map(async ({ path, status }): Promise<ProtectedChange[]> => {
    const why = protectionOf(path);
    if (why !== null) return [{ path, why: `it says ${why}` }];
    if (status === 'deleted') return [{ path, why: 'it is deleted' }];
    if (!/(?:^|\/)package\.json$/i.test(path)) return [];
    const parts = runningParts(await textOf(before, path), await textOf(after, path));
    return parts.length === 0 ? [] : [{ path, why: `its ${parts.join(', ')} changed` }];
  });
  return (await Promise.all(judged)).flat();
}

const textOf = async (side: Snapshot, path: RepoPath): Promise<string | null> =>
  (await side.read(path))?.toString() ?? null;
