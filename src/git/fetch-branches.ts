import { createHash } from 'node:crypto';
import { CodeAgentError, EXIT } from '../code-agent-error.ts';
import { commitIds } from './commit-ids.ts';
import { type FetchPlace, fetchWithToken, isBranch } from './fetch-pull-request.ts';
import type { ListedHead } from './list-heads.ts';
import { orDamaged } from './mirror-damage.ts';
import { MirrorError } from './mirror-error.ts';
import type { WantedBranches } from './mirrors.ts';
import { runGit } from './run-git.ts';

/**
 * What the commits of a branch are kept by. By a hash: the names of two branches that were never there at once may not go
 * together (`a` and `a/b`), or be the same to the file system.
 */
export const branchRef = (branch: string): string =>
  `refs/code-agent/branch/${createHash('sha256').update(branch).digest('hex')}`;

/** Throws a CodeAgentError (exit code 2) for a name that no branch has. */
export function checkBranches(branches: readonly string[]): void {
  const wrong = branches.find((branch) => !isBranch(branch));
  if (wrong === undefined) return;
  throw new CodeAgentError(`there can be no branch ${JSON.stringify(wrong)}`, { exitCode: EXIT.usage });
}

/**
 * Has branches in the repository at `call.cwd`, as the server has them when it is asked; `listed`: what it has just told. Answers
 * their commits, of those that are there; what was kept of others may go. Under the mirror's lock.
 */
export async function fetchBranches(
  { branches, token, signal }: WantedBranches,
  listed: ReadonlyMap<string, ListedHead>,
  place: FetchPlace,
): Promise<ReadonlyMap<string, string>> {
  const call = { ...place.call, signal };
  const known = async (): Promise<Map<string, string | undefined>> => {
    const ids = await orDamaged(commitIds(branches.map(branchRef), call));
    return new Map(branches.map((branch, at) => [branch, ids[at]]));
  };
  const before = await known();
  const there = new Set(branches.filter((branch) => listed.has(branch)));
  const isNew = (branch: string): boolean => listed.get(branch)?.commit !== before.get(branch);
  for (;;) {
    const wanted = [...there].filter(isNew);
    if (wanted.length === 0) break;
    const refs = wanted.map((branch) => [`refs/heads/${branch}`, branchRef(branch)] as const);
    const missing = await fetchWithToken(refs, { token, signal }, place);
    if (missing === null) break;
    // Deleted since it was listed.
    if (!there.delete(missing.replace(/^refs\/heads\//, '')))
      throw new MirrorError('gone', `the server does not have ${missing} any more`);
  }
  const now = await known();
  const gone = branches.filter((branch) => !there.has(branch) && now.get(branch) !== undefined);
  const stdin = gone.map((branch) => `delete ${branchRef(branch)}\n`).join('');
  if (stdin !== '') await orDamaged(runGit(['update-ref', '--stdin'], { ...call, stdin }));
  return new Map(
    [...there].flatMap((branch) => {
      const commit = now.get(branch);
      return commit === undefined ? [] : [[branch, commit] as const];
    }),
  );
}
