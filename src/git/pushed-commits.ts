import { CodeAgentError, EXIT } from '../code-agent-error.ts';
import type { ObjectReader } from './object-reader.ts';
import type { BaseTree } from './read-change.ts';
import type { Repository } from './repository.ts';
import { runGit } from './run-git.ts';

/** One line that git gives to `pre-push` on its stdin: githooks(5). */
export interface PushedRef {
  readonly localRef: string;
  readonly localOid: string;
  readonly remoteRef: string;
  readonly remoteOid: string;
}

/** What a push would bring to the remote. */
export interface PushedCommits {
  /** Oldest first. */
  readonly commits: readonly string[];
  /** What the remote has of the history already. */
  readonly base: BaseTree;
}

/** The lines of stdin. A deleted branch brings nothing and is left out. Throws (exit code 2) on any other line. */
export function parsePushedRefs(stdin: string): PushedRef[] {
  return stdin
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [localRef, localOid, remoteRef, remoteOid, ...more] = line.split(' ');
      if (!localRef || !localOid || !remoteRef || !remoteOid || more.length > 0) {
        throw new CodeAgentError(`pre-push: not a line of git's: ${JSON.stringify(line)}`, {
          exitCode: EXIT.usage,
        });
      }
      return { localRef, localOid, remoteRef, remoteOid };
    })
    .filter(({ localOid }) => !/^0+$/.test(localOid));
}

/**
 * The commits that the remote does not have: those that are in none of its branches as last fetched, and not in
 * what it said its branch is at. That commit may not be here (somebody else pushed): then only the former counts.
 */
export async function pushedCommits(
  repository: Repository,
  reader: ObjectReader,
  { localOid, remoteOid }: PushedRef,
  remote: string,
): Promise<PushedCommits> {
  const tip = (await reader.info(`${localOid}^{commit}`))?.oid;
  // A tag of a tree or a blob brings no commit.
  if (tip === undefined) return { commits: [], base: { commit: null, tree: repository.emptyTree } };
  const known = await reader.info(`${remoteOid}^{commit}`);
  const without = [...(known ? [`^${known.oid}`] : []), '--not', `--remotes=${remote}`];
  const list = await runGit(
    ['rev-list', '--reverse', '--topo-order', '--boundary', tip, ...without],
    repository.call,
  );
  const lines = list.toString().split('\n').filter(Boolean);
  const boundary = lines.filter((line) => line.startsWith('-')).map((line) => line.slice(1));
  const base = await newest(repository, boundary);
  const tree = base === null ? null : await reader.info(`${base}^{tree}`);
  return {
    commits: lines.filter((line) => !line.startsWith('-')),
    base: { commit: base, tree: tree?.oid ?? repository.emptyTree },
  };
}

/** Of several commits that the remote has, the one to compare with: what was merged from it since is no news to it. */
async function newest(repository: Repository, commits: readonly string[]): Promise<string | null> {
  if (commits.length < 2) return commits[0] ?? null;
  const first = await runGit(
    ['rev-list', '--no-walk', '--max-count=1', ...commits.slice(0, 500)],
    repository.call,
  );
  return first.toString().trim();
}
