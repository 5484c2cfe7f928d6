import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CodeAgentError, EXIT } from '../code-agent-error.ts';
import type { ObjectReader } from './object-reader.ts';
import type { BaseTree, Comparison } from './read-change.ts';
import type { Repository } from './repository.ts';
import { runGit } from './run-git.ts';

/**
 * What is staged against the last commit, or against nothing where there is no commit yet.
 * Rejects with exit code 2 in a bare repository, which has no index.
 */
export async function resolveStaged(
  repository: Repository,
  reader: ObjectReader,
  env: NodeJS.ProcessEnv,
): Promise<Comparison> {
  if (repository.topLevel === null) {
    throw new CodeAgentError('this repository is bare: it has no index, and nothing can be staged in it', {
      exitCode: EXIT.usage,
      advice: 'Name a range: code-agent review main~1..main',
    });
  }
  const head = await reader.info('HEAD^{commit}');
  if (head === null && !(await isUnborn(repository))) {
    throw new CodeAgentError('the commit that HEAD names is missing', {
      exitCode: EXIT.incomplete,
      advice: '`git fsck` says what else is.',
    });
  }
  const merged = mergedCommits(repository, env);
  return {
    base: await side(repository, reader, head?.oid ?? null),
    head: null,
    otherParents: await Promise.all(merged.map((oid) => side(repository, reader, oid))),
  };
}

/**
 * The commits that the commit to come will merge. While `pre-merge-commit` runs there is no MERGE_HEAD yet, and
 * git names them in the environment: GITHEAD_<oid> (measured with git 2.39 and 2.55).
 */
function mergedCommits(repository: Repository, env: NodeJS.ProcessEnv): string[] {
  const named = Object.keys(env).flatMap((name) => /^GITHEAD_([0-9a-f]{40,64})$/.exec(name)?.[1] ?? []);
  if (named.length > 0) return named;
  try {
    const list = readFileSync(join(repository.gitDir, 'MERGE_HEAD'), 'latin1');
    return list.split('\n').filter((line) => line !== '');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

/** No commit yet: HEAD is a branch without one. `rev-parse` says the id that HEAD has, whether or not it exists. */
async function isUnborn(repository: Repository): Promise<boolean> {
  const id = await runGit(['rev-parse', '--verify', '--quiet', 'HEAD'], repository.call).catch(
    (error: unknown) => {
      if (error instanceof CodeAgentError) return Buffer.alloc(0);
      throw error;
    },
  );
  return id.length === 0;
}

/**
 * `<rev>`: what that commit changed, against its first parent, as `git show` has it. `<a>..<b>`: from a to b.
 * `<a>...<b>`: from where they parted to b, as a pull request has it. An empty side is HEAD (gitrevisions(7)).
 * Names are never arguments of a command: they are asked of `cat-file` on its input.
 * Rejects with exit code 2 when a name is not there or there is no merge base.
 */
export async function resolveRange(
  repository: Repository,
  reader: ObjectReader,
  range: string,
): Promise<Comparison> {
  const [, from, dots, to] = /^(.*?)(\.{2,3})(.*)$/s.exec(range) ?? [];
  if (dots === undefined) {
    const head = await commit(reader, range);
    const [first = null, ...others] = await parentsOf(reader, head);
    return {
      base: await side(repository, reader, first),
      head: await side(repository, reader, head),
      otherParents: await Promise.all(others.map((oid) => side(repository, reader, oid))),
    };
  }
  const [a, b] = [await commit(reader, from || 'HEAD'), await commit(reader, to || 'HEAD')];
  const base = dots === '..' ? a : await mergeBase(repository, a, b, range);
  return {
    base: await side(repository, reader, base),
    head: await side(repository, reader, b),
    otherParents: [],
  };
}

async function parentsOf(reader: ObjectReader, commit: string): Promise<string[]> {
  const parents: string[] = [];
  for (;;) {
    const parent = await reader.info(`${commit}^${parents.length + 1}`);
    if (parent === null) return parents;
    parents.push(parent.oid);
  }
}

async function commit(reader: ObjectReader, name: string): Promise<string> {
  const found = name.startsWith('-') ? null : await reader.info(`${name}^{commit}`);
  if (found === null) {
    throw new CodeAgentError(`there is no commit called ${JSON.stringify(name)}`, {
      exitCode: EXIT.usage,
      advice: name.startsWith('-')
        ? 'A name that begins with "-" is not looked up; write refs/heads/… or its commit id.'
        : 'Give a branch, a tag or a commit that `git log` shows.',
    });
  }
  return found.oid;
}

async function mergeBase(repository: Repository, a: string, b: string, range: string): Promise<string> {
  try {
    return (await runGit(['merge-base', a, b], repository.call)).toString().trim();
  } catch (cause) {
    throw new CodeAgentError(`the two sides of ${range} have no common commit`, {
      exitCode: EXIT.usage,
      advice: repository.shallow
        ? 'The history is shallow: git fetch --unshallow'
        : 'Use two dots to compare them.',
      cause,
    });
  }
}

async function side(repository: Repository, reader: ObjectReader, commit: string | null): Promise<BaseTree> {
  if (commit === null) return { commit, tree: repository.emptyTree };
  const tree = await reader.info(`${commit}^{tree}`);
  if (tree === null) {
    throw new CodeAgentError(`the tree of commit ${commit} is missing`, {
      exitCode: EXIT.incomplete,
      advice: '`git fsck` says what else is.',
    });
  }
  return { commit, tree: tree.oid };
}
