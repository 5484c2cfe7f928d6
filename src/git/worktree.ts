import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { decodePath, encodePath, type RepoPath } from '../change/path.ts';
import type { Snapshot } from '../change/snapshot.ts';
import { CodeAgentError, EXIT } from '../code-agent-error.ts';
import { nestedRepositories } from './nested-repositories.ts';
import { createObjectReader, type ObjectReader } from './object-reader.ts';
import { openRepository, type Repository } from './repository.ts';
import { gitEnvironment, runGit } from './run-git.ts';
import { createSnapshot } from './snapshot.ts';

/** A checkout of its own, of one task, in a folder of its own. */
export interface Worktree {
  /** Absolute. */
  readonly folder: string;
  /** Its own, with a configuration that nobody else has written; its objects are beside those of the repository it was made of. */
  readonly repository: Repository;
  readonly reader: ObjectReader;
  /** Folders outside of it that git has to read in it. */
  readonly objectFolders: readonly string[];
  /** The commit that it was made at. */
  readonly base: string;
  /** The last commit that was made in it, or its base. */
  head(): Promise<string>;
  /** Keeps what is in the folder, but for what is ignored: the id of its tree. Rejects when a repository lies in it. */
  tree(): Promise<string>;
  /** What is new in the folder, and was not kept yet, is left out from now on, and all that ever is at `paths`: it stays where it is. */
  leaveOut(paths?: readonly RepoPath[]): Promise<void>;
  /** Where other repositories belong, which are not here. */
  submodules(): Promise<RepoPath[]>;
  /** What `tree` has kept, to be looked at. */
  snapshot(tree: string, limits: { readonly fileBytes: number }): Snapshot;
  /** Makes a commit of a tree on top of the last one, without hooks, and answers its id. */
  commit(tree: string, message: string, by: Author, at: Date): Promise<string>;
  /** What leads from the base to a tree: a binary patch. */
  patch(tree: string): Promise<Buffer>;
  /** Has it hold what a patch leads to from the base; answers the tree. Nothing else may be in it. */
  restore(patch: Buffer): Promise<string>;
  /** Ends what reads in it. */
  close(): void;
  /** And takes it away. */
  remove(): void;
}

export interface Author {
  readonly name: string;
  readonly email: string;
}

/**
 * With this precedence no `.gitattributes` can name a program, or have files written otherwise than they are
 * (gitattributes(5): `$GIT_DIR/info/attributes` comes first).
 */
const ATTRIBUTES = '* !filter !diff !merge !ident !working-tree-encoding\n';
/** Of files whose writing was cut off (worktree/work-files). */
const UNFINISHED = '.code-agent-*.unfinished';

/**
 * Makes a worktree of a commit. It borrows the objects of the repository, and writes nothing to it; no hook, filter or
 * submodule is run or fetched. Rejects with exit code 3 when an object is missing, as in a partial clone.
 */
export async function createWorktree(
  from: Pick<Repository, 'commonDir' | 'objectFormat' | 'call'>,
  base: string,
  folder: string,
): Promise<Worktree> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const call = { cwd: folder, env: ownEnvironment(from.call.env) };
  const format = `--object-format=${from.objectFormat}`;
  await runGit(['init', '--quiet', '--template=', '--initial-branch=work', format, folder], call);
  mkdirSync(join(folder, '.git/info'), { recursive: true });
  mkdirSync(join(folder, '.git/objects/info'), { recursive: true });
  writeFileSync(join(folder, '.git/info/attributes'), ATTRIBUTES);
  writeFileSync(join(folder, '.git/info/exclude'), `${UNFINISHED}\n`);
  writeFileSync(join(folder, '.git/objects/info/alternates'), `${join(from.commonDir, 'objects')}\n`);
  await runGit(['update-ref', '--no-deref', 'HEAD', base], call);
  await runGit(['read-tree', base], call);
  await runGit(['checkout-index', '--all', '--force'], call);
  return openWorktree(from, base, folder);
}

/** Opens one that is there, as it was left. */
export async function openWorktree(
  from: Pick<Repository, 'commonDir' | 'call'>,
  base: string,
  folder: string,
): Promise<Worktree> {
  const env = ownEnvironment(from.call.env);
  const repository = await openRepository(folder, env);
  const reader = createObjectReader({ cwd: folder, env });
  const git = async (
    args: readonly string[],
    stdin?: string,
    more: NodeJS.ProcessEnv = {},
  ): Promise<string> => {
    const call = { ...repository.call, env: { ...repository.call.env, ...more } };
    return (await runGit(args, { ...call, ...(stdin !== undefined && { stdin }) })).toString().trim();
  };
  const head = (): Promise<string> => git(['rev-parse', 'HEAD']);
  const close = (): void => reader.close();
  /** `paths`: a character a byte. */
  const exclude = (paths: readonly string[]): void => {
    if (paths.length > 0)
      appendFileSync(join(folder, '.git/info/exclude'), `${paths.map(excluded).join('\n')}\n`, 'latin1');
  };
  return {
    ...{ folder, repository, reader, base, head, close },
    objectFolders: [...objectFolders(join(from.commonDir, 'objects'))],
    async tree() {
      // git would ask a repository in a folder what is new in it, and with its configuration.
      const [nested] = await nestedRepositories(folder);
      if (nested !== undefined)
        throw new CodeAgentError(`${nested} is a git repository of its own: it cannot be part of a commit`, {
          exitCode: EXIT.incomplete,
        });
      await git(['add', '--all', '--', '.']);
      return git(['write-tree']);
    },
    async leaveOut(paths = []) {
      exclude(paths.map((path) => encodePath(path).toString('latin1')));
      const listed = await runGit(['ls-files', '--others', '--exclude-standard', '-z'], repository.call);
      exclude(
        listed
          .toString('latin1')
          .split('\0')
          .filter((path) => path !== ''),
      );
    },
    async submodules() {
      const listed = await runGit(['ls-files', '--stage', '-z'], repository.call);
      return splitPaths(listed).flatMap((entry) =>
        entry.startsWith('160000 ') ? [entry.slice(entry.indexOf('\t') + 1)] : [],
      );
    },
    snapshot: (tree, limits) => createSnapshot(reader, tree, limits),
    async commit(tree, message, by, at) {
      const parent = await head();
      const identity = {
        ...{ GIT_AUTHOR_NAME: by.name, GIT_AUTHOR_EMAIL: by.email },
        ...{ GIT_COMMITTER_NAME: by.name, GIT_COMMITTER_EMAIL: by.email },
        ...{ GIT_AUTHOR_DATE: at.toISOString(), GIT_COMMITTER_DATE: at.toISOString() },
      };
      const commit = await git(['commit-tree', tree, '-p', parent, '-F', '-'], message, identity);
      await git(['update-ref', '--no-deref', 'HEAD', commit, parent]);
      return commit;
    },
    patch: (tree) =>
      runGit(
        [
          'diff-tree',
          '-r',
          '-p',
          '--binary',
          '--full-index',
          '--no-renames',
          '--no-ext-diff',
          '--no-textconv',
          base,
          tree,
        ],
        repository.call,
      ),
    async restore(patch) {
      const index = { GIT_INDEX_FILE: join(folder, '.git/restored') };
      await git(['read-tree', base], undefined, index);
      if (patch.length > 0) {
        const file = join(folder, '.git/patch');
        writeFileSync(file, patch);
        await git(['apply', '--cached', '--binary', '--whitespace=nowarn', file], undefined, index);
      }
      const tree = await git(['write-tree'], undefined, index);
      await git(['read-tree', '--reset', '-u', tree]);
      return tree;
    },
    remove() {
      close();
      removeFolder(folder);
    },
  };
}

/** Nothing of what is set for another repository, or by its people for all, is to hold in it. */
function ownEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const others = Object.entries(env).filter(([name]) => !name.startsWith('GIT_'));
  return {
    ...gitEnvironment(Object.fromEntries(others)),
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
  };
}

/** The parts of what `-z` prints. */
function splitPaths(bytes: Buffer): RepoPath[] {
  const parts: RepoPath[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf(0, at);
    parts.push(decodePath(bytes.subarray(at, end < 0 ? bytes.length : end)));
    at = end < 0 ? bytes.length : end + 1;
  }
  return parts;
}

/** Exactly this path, as gitignore(5) reads it. One with a newline cannot be said: it stays in. */
const excluded = (path: string): string =>
  path.includes('\n') ? '#' : `/${path.replace(/[\\*?[\]!# ]/g, '\\$&')}`;

/** Also where a command has left folders that nobody may open, or that lie deeper than a path can say. */
function removeFolder(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  } catch (error) {
    if (process.platform === 'win32') throw error;
    for (const [program, ...args] of [
      ['chmod', '-R', 'u+rwX', '--', folder],
      ['rm', '-rf', '--', folder],
    ] as const)
      spawnSync(program, args, { stdio: 'ignore' });
  }
}

/** A folder of objects, and those that it borrows from (gitrepository-layout(5): a path may be relative to it). */
function objectFolders(folder: string, known = new Set<string>()): Set<string> {
  if (known.has(folder)) return known;
  known.add(folder);
  let list = '';
  try {
    list = readFileSync(join(folder, 'info/alternates'), 'utf8');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
  for (const line of list.split('\n')) {
    if (line !== '' && !line.startsWith('#')) objectFolders(resolve(folder, line), known);
  }
  return known;
}
