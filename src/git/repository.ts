import { existsSync, lstatSync, readFileSync, realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { CodeAgentError, EXIT } from '../code-agent-error.ts';
import { type GitCall, gitEnvironment, runGit } from './run-git.ts';

/** The hashes of `tree 0\0`. */
const EMPTY_TREE = {
  sha1: '4b825dc642cb6eb9a060e54bf8d69288fbee4904',
  sha256: '6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321',
} as const;

/** Where a repository is, and how to run git in it. */
export interface Repository {
  /** Absolute; null when it is bare. */
  readonly topLevel: string | null;
  /** Absolute. In a linked worktree its own directory; `commonDir` is the one that all share. */
  readonly gitDir: string;
  readonly commonDir: string;
  /** Absolute: the index that would be committed, which in a hook may be a temporary one. */
  readonly indexFile: string;
  readonly objectFormat: 'sha1' | 'sha256';
  readonly shallow: boolean;
  /** The object id of the tree without entries, in this object format. */
  readonly emptyTree: string;
  /** For every git command: cwd is the top level, for in a linked worktree a subfolder would be taken for it. */
  readonly call: GitCall;
}

/**
 * Finds the repository that `cwd` is in, by git's own rules (`GIT_DIR` and the like are honoured).
 * Rejects with exit code 2 when there is none.
 */
export async function openRepository(
  cwd: string,
  env: NodeJS.ProcessEnv,
  signal?: AbortSignal,
): Promise<Repository> {
  const start: GitCall = { cwd, env: gitEnvironment(env), ...(signal && { signal }) };
  const [bare, shallow, objectFormat, gitDir = '', commonDir = '', up, ...more] =
    answersInHook(cwd, env) ?? (await askRevParse(start));
  if (more.length > 0 || (objectFormat !== 'sha1' && objectFormat !== 'sha256')) {
    throw new CodeAgentError(
      'the path of the repository contains a newline, or its object format is unknown',
      {
        exitCode: EXIT.usage,
      },
    );
  }
  if (bare !== 'true' && up === undefined) {
    throw new CodeAgentError('this is the inside of a git directory', {
      exitCode: EXIT.usage,
      advice: 'Run it in the working tree.',
    });
  }
  // git's answers start from where the folder really is; `cwd` may be a link to it.
  const here = realpathSync.native(cwd);
  const topLevel = up === undefined ? null : resolve(here, up);
  const inside = topLevel ?? gitDir;
  const named = env['GIT_INDEX_FILE'];
  const indexFile = named === undefined ? resolve(gitDir, 'index') : resolve(inside, named);
  return {
    topLevel,
    gitDir,
    commonDir: resolve(here, commonDir),
    indexFile,
    objectFormat,
    shallow: shallow === 'true',
    emptyTree: EMPTY_TREE[objectFormat],
    call: {
      ...start,
      cwd: inside,
      env: {
        ...start.env,
        ...(named !== undefined && { GIT_INDEX_FILE: indexFile }),
        ...(env['GIT_DIR'] !== undefined && { GIT_DIR: gitDir }),
        ...(env['GIT_WORK_TREE'] !== undefined && topLevel !== null && { GIT_WORK_TREE: topLevel }),
      },
    },
  };
}

async function askRevParse(call: GitCall): Promise<string[]> {
  const asked = ['--is-bare-repository', '--is-shallow-repository', '--show-object-format'];
  // --show-cdup comes last: outside of a working tree it prints no line at all.
  const where = ['--absolute-git-dir', '--git-common-dir', '--show-cdup'];
  const output = (await runGit(['rev-parse', ...asked, ...where], call)).toString();
  return output.slice(0, -1).split('\n');
}

/** What may make a repository another one than it looks (git-config(1), gitrepository-layout(5)). */
const OUT_OF_THE_ORDINARY = /^\s*\[\s*(?:extensions|include)|^\s*worktree\b|\\$/im;

/**
 * The same answers without asking, which takes a hook 4 ms: git starts the hooks of a commit at the top level
 * (githooks(5)), and names the index. Null where anything is out of the ordinary.
 */
function answersInHook(cwd: string, env: NodeJS.ProcessEnv): string[] | null {
  const moved = ['GIT_DIR', 'GIT_WORK_TREE', 'GIT_COMMON_DIR', 'GIT_OBJECT_DIRECTORY'];
  if (env['GIT_INDEX_FILE'] === undefined || moved.some((name) => env[name] !== undefined)) return null;
  try {
    const gitDir = join(realpathSync.native(cwd), '.git');
    if (!lstatSync(gitDir).isDirectory() || existsSync(join(gitDir, 'commondir'))) return null;
    const config = readFileSync(join(gitDir, 'config'), 'latin1');
    if (OUT_OF_THE_ORDINARY.test(config) || !/^\s*bare = false$/m.test(config)) return null;
    if (!['HEAD', 'objects', 'refs'].every((name) => existsSync(join(gitDir, name)))) return null;
    return ['false', String(existsSync(join(gitDir, 'shallow'))), 'sha1', gitDir, '.git', ''];
  } catch {
    return null;
  }
}
