import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { ChangeSet } from '../change/change-set.ts';

/**
 * What reviews of staged changes follow each other on: a branch in a worktree. What one has found and the next, against
 * the same commit, has not, is fixed. Null for a range of commits, which nothing follows, and without a branch.
 */
export function lineOf(gitDir: string, { head }: Pick<ChangeSet, 'head'>): string | null {
  if (head.commit !== null) return null;
  // gitrepository-layout(5). With reftable the branch is a made up one, and cannot be told this way.
  const [, branch] = /^ref: refs\/heads\/(.+)\n/.exec(readFileSync(join(gitDir, 'HEAD'), 'utf8')) ?? [];
  if (branch === undefined || branch === '.invalid') return null;
  // Another clone has the same branches, and another machine the same folders: neither was made at the same nanosecond.
  const { ino, birthtimeNs } = statSync(gitDir, { bigint: true });
  return `${ino.toString(36)}-${birthtimeNs.toString(36)}:${branch}`;
}
