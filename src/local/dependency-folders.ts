import {
  type Dirent,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  symlinkSync,
} from 'node:fs';
import { basename, dirname, isAbsolute, join, resolve, sep } from 'node:path';
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
    if (basename(path) === 'node_modules') linkPackages(target, place, target);
    else symlinkSync(target, place);
    return true;
  });
}

/** Tools make them anew, and some stop where they cannot write there: Vite in `.vite-temp` (its `loadConfigFromFile`). */
const CACHES = ['.cache', '.tmp', '.vite', '.vite-temp'];

/**
 * Makes a folder of links to packages: beside them can be written. What leads out of `top`, all that is installed, is a package of the
 * repository itself (a workspace): it leads to the one of the worktree.
 */
function linkPackages(from: string, to: string, top: string): void {
  mkdirSync(to);
  for (const entry of packagesIn(from)) {
    const [source, place] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory() && entry.name.startsWith('@')) linkPackages(source, place, top);
    else symlinkSync(entry.isSymbolicLink() ? leadOf(source, top) : source, place);
  }
}

/** What cannot be read, or is no text, is nothing that a program could load. */
function packagesIn(folder: string): Dirent[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    return entries.filter(({ name }) => !CACHES.includes(name) && !name.includes('\ufffd'));
  } catch {
    return [];
  }
}

function leadOf(link: string, top: string): string {
  const lead = readlinkSync(link);
  return isAbsolute(lead) || `${resolve(dirname(link), lead)}${sep}`.startsWith(`${top}${sep}`) ? link : lead;
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
