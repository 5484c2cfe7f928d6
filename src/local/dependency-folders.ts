import { lstatSync, mkdirSync, readdirSync, realpathSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Repository } from '../git/repository.ts';
import { type GitCall, runGit } from '../git/run-git.ts';

/** What is installed for a repository, and no part of it. */
export interface DependencyFolder {
  /** From the top. */
  readonly path: string;
  /** Where it is, absolute. */
  readonly target: string;
}

/** As package managers call them: npm, pnpm and yarn; Python's venv; Bundler and Composer. */
const NAMES = ['node_modules', '.venv', 'venv', 'vendor'];
/** Of folders: workspaces lie at `packages/<name>`. */
const DEPTH = 3;

/** The folders of dependencies that a person has installed in their files, and that git ignores. */
export async function dependencyFolders({ topLevel, call }: Repository): Promise<DependencyFolder[]> {
  if (topLevel === null) return [];
  const found = [...below(topLevel, '', DEPTH)];
  if (found.length === 0) return [];
  const stdin = found.map((path) => `${path}\0`).join('');
  // With exit code 1 it says that none is.
  const ignored = await runGit(['check-ignore', '--stdin', '-z', '--no-index'], { ...call, stdin }).catch(
    () => null,
  );
  const paths =
    ignored
      ?.toString()
      .split('\0')
      .filter((path) => path !== '') ?? [];
  return paths.map((path) => ({ path, target: realpathSync.native(join(topLevel, path)) }));
}

/** The same of a checkout, in which nothing is but what a commit has and what was installed: git need not ignore it. */
export async function untrackedFolders(top: string, call: GitCall): Promise<DependencyFolder[]> {
  const found = [...below(top, '', DEPTH)];
  if (found.length === 0) return [];
  const places = found.map((path) => `:(literal)${path}`);
  const tracked = (await runGit(['ls-files', '-z', '--', ...places], call)).toString().split('\0');
  return found
    .filter((path) => !tracked.some((file) => file.startsWith(`${path}/`)))
    .map((path) => ({ path, target: realpathSync.native(join(top, path)) }));
}

function* below(top: string, folder: string, depth: number): Generator<string> {
  for (const entry of readdirSync(join(top, folder), { withFileTypes: true })) {
    if (!entry.isDirectory() || entry.name === '.git') continue;
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (NAMES.includes(entry.name)) yield path;
    else if (depth > 1 && !entry.name.startsWith('.')) yield* below(top, path, depth - 1);
  }
}

/** Puts links to them into a worktree, where there is nothing in their place. Answers those that it has put. */
export function linkDependencies(
  folder: string,
  dependencies: readonly DependencyFolder[],
): DependencyFolder[] {
  return dependencies.filter(({ path, target }) => {
    const place = join(folder, path);
    if (isLinkOnTheWay(folder, path) || lstatSync(place, { throwIfNoEntry: false }) !== undefined)
      return false;
    mkdirSync(dirname(place), { recursive: true });
    symlinkSync(target, place);
    return true;
  });
}

/** What is put behind a link is put elsewhere. */
function isLinkOnTheWay(folder: string, path: string): boolean {
  let at = folder;
  for (const name of path.split('/').slice(0, -1)) {
    at = join(at, name);
    const found = lstatSync(at, { throwIfNoEntry: false });
    if (found === undefined) return false;
    if (!found.isDirectory()) return true;
  }
  return false;
}
