import type { ObjectReader } from './object-reader.ts';
import type { Repository } from './repository.ts';
import { runGit } from './run-git.ts';

/** Those of the commits that no branch, no tag and no HEAD leads to any more: amended, rebased or thrown away. */
export async function lostCommits(
  repository: Repository,
  reader: ObjectReader,
  commits: readonly string[],
): Promise<string[]> {
  const objects = await Promise.all(commits.map((commit) => reader.info(`${commit}^{commit}`)));
  const there = commits.filter((_, index) => objects[index] !== null);
  if (there.length === 0) return [...commits];
  const list = await runGit(['rev-list', ...there, '--not', '--all'], repository.call);
  const unreached = new Set(list.toString().split('\n'));
  return commits.filter((commit) => !there.includes(commit) || unreached.has(commit));
}
