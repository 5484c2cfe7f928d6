import { posix } from 'node:path';
import type { RepoPath } from '../../change/path.ts';
import type { Snapshot } from '../../change/snapshot.ts';
import type { Check, CheckContext, ReviewedFile } from '../check.ts';
import type { Problem } from '../finding.ts';
import type { Ecosystem, LockKind, RequirementChange } from './lockfile/ecosystem.ts';
import { npmLockDrift } from './lockfile/npm-lock-drift.ts';
import { type NpmLock, parseNpmLock } from './npm-lock.ts';
import { parsePackageJson } from './package-json.ts';
import { isFixturePath } from './test-path.ts';

/** A manifest and a lock file that no longer say the same. A lock file that changes alone is an update. */
export const lockfile: Check = {
  id: 'lockfile',
  summary: 'Dependencies changed without their lock file, or two lock files of different tools',
  severity: 'warning',
  generatedToo: true,
  scope: 'change',
  async *run(files, context) {
    const changed = new Set(files.filter(({ change }) => change.after !== null).map(({ path }) => path));
    for (const file of files) {
      if (file.change.after === null || isFixturePath(file.path)) continue;
      const load = ECOSYSTEMS[posix.basename(file.path)];
      if (load !== undefined) yield* behind(file, await load(), changed, context);
      if (NPM_LOCKS.includes(posix.basename(file.path))) yield* npmLockChanged(file, context);
      if (file.change.status === 'added') yield* rivals(file.path, context);
    }
  },
};

const NPM_LOCKS = ['package-lock.json', 'npm-shrinkwrap.json'];

const ECOSYSTEMS: Readonly<Record<string, () => Promise<Ecosystem>>> = {
  'package.json': async () => (await import('./lockfile/npm-ecosystem.ts')).NPM,
  'Cargo.toml': async () => (await import('./lockfile/cargo-ecosystem.ts')).CARGO,
  'go.mod': async () => (await import('./lockfile/go-ecosystem.ts')).GO,
  'pyproject.toml': async () => (await import('./lockfile/python-ecosystem.ts')).PYPROJECT,
  Pipfile: async () => (await import('./lockfile/python-ecosystem.ts')).PIPFILE,
  'composer.json': async () => (await import('./lockfile/text-ecosystems.ts')).COMPOSER,
  Gemfile: async () => (await import('./lockfile/text-ecosystems.ts')).BUNDLER,
  'mix.exs': async () => (await import('./lockfile/text-ecosystems.ts')).MIX,
  'pubspec.yaml': async () => (await import('./lockfile/text-ecosystems.ts')).PUB,
};

async function* behind(
  file: ReviewedFile,
  ecosystem: Ecosystem,
  changed: ReadonlySet<RepoPath>,
  context: CheckContext,
): AsyncGenerator<Problem> {
  const [before, after] = [await file.before(), await file.after()];
  if (after === null) return;
  const changes = requirementChanges(
    before === null ? new Map() : await ecosystem.requirements(before),
    await ecosystem.requirements(after),
  );
  if (changes.length === 0) return;
  const folder = folderOf(file.path);
  const nearest = await nearestLocks(folder, ecosystem.locks, context.after);
  for (const kind of nearest.kinds) {
    const path = posix.join(nearest.folder, kind.file);
    const inside = posix.relative(nearest.folder, folder);
    if (changed.has(path)) continue;
    const lock = inside !== '' || kind.lacks !== undefined ? await textOf(context.after, path) : '';
    if (inside !== '' && !kind.speaksFor(lock, inside, after)) continue;
    const lacking = changes
      .slice(0, MOST_CHANGES)
      .filter((change) => kind.lacks?.(lock, change, inside !== '') ?? true);
    if (lacking.length === 0) continue;
    yield {
      path: file.path,
      place: null,
      title: `Dependencies changed, ${path} did not`,
      body: `It is behind on ${listed(lacking.map(({ name }) => name))}. Run \`${kind.command}\` and commit the lock file too.`,
    };
  }
}

/** Each may be a search through the whole lock file; honest changes are of a few, and one finding is all there is. */
const MOST_CHANGES = 50;

function requirementChanges(
  before: ReadonlyMap<string, string> | null,
  after: ReadonlyMap<string, string> | null,
): RequirementChange[] {
  if (before === null || after === null) return [];
  return [...new Set([...before.keys(), ...after.keys()])]
    .map((name) => ({ name, before: before.get(name) ?? null, after: after.get(name) ?? null }))
    .filter((change) => change.before !== change.after);
}

/** The lock files in the folder or, when there are none, in the nearest one above it that has any. */
async function nearestLocks(
  folder: RepoPath,
  kinds: readonly LockKind[],
  tree: Snapshot,
): Promise<{ folder: RepoPath; kinds: readonly LockKind[] }> {
  const names = await namesIn(tree, folder);
  const found = kinds.filter(({ file }) => names.has(file));
  if (found.length > 0 || folder === '') return { folder, kinds: found };
  return nearestLocks(folderOf(folder), kinds, tree);
}

/** `npm ci` compares `package.json` with the copy of it in the lock file. Only a new disagreement counts. */
async function* npmLockChanged(file: ReviewedFile, context: CheckContext): AsyncGenerator<Problem> {
  const lock = parseNpmLock((await file.after()) ?? '');
  if (lock === null) return;
  let lockBefore: NpmLock | null | undefined;
  for (const folder of [...lock.manifests.keys()].slice(0, MOST_WORKSPACES)) {
    const path = posix.join(folderOf(file.path), folder, 'package.json');
    const drift = await driftIn(context.after, path, lock, folder);
    if (drift.size === 0) continue;
    lockBefore ??= parseNpmLock((await file.before()) ?? '{}');
    const driftBefore = lockBefore && (await driftIn(context.before, path, lockBefore, folder));
    const names = [...drift].filter((name) => !driftBefore?.has(name));
    if (names.length === 0) continue;
    yield {
      path: file.path,
      place: null,
      title: `Not in step with ${path}`,
      body: `They disagree about ${listed(names)}. \`npm ci\` refuses that when a version is missing or does not fit. Run \`npm install\` and commit both.`,
    };
  }
}

const MOST_WORKSPACES = 1000;

async function driftIn(
  tree: Snapshot,
  path: RepoPath,
  lock: NpmLock,
  folder: string,
): Promise<ReadonlySet<string>> {
  const manifest = parsePackageJson(await textOf(tree, path));
  return manifest === null ? new Set() : npmLockDrift(manifest, lock, folder);
}

/** Lock files by the tool that writes them. Tools of one list install the same packages. */
const RIVALS: readonly Readonly<Record<string, string>>[] = [
  {
    ...{
      'package-lock.json': 'npm',
      'npm-shrinkwrap.json': 'npm',
      'yarn.lock': 'Yarn',
      'pnpm-lock.yaml': 'pnpm',
    },
    ...{ 'bun.lock': 'Bun', 'bun.lockb': 'Bun' },
  },
  { 'poetry.lock': 'Poetry', 'uv.lock': 'uv', 'pdm.lock': 'PDM', 'Pipfile.lock': 'Pipenv' },
];

async function* rivals(path: RepoPath, context: CheckContext): AsyncGenerator<Problem> {
  const name = posix.basename(path);
  const tools = RIVALS.find((list) => list[name] !== undefined);
  if (tools === undefined) return;
  const names = await namesIn(context.after, folderOf(path));
  const others = Object.keys(tools).filter((other) => names.has(other) && tools[other] !== tools[name]);
  if (others.length === 0) return;
  yield {
    path,
    place: null,
    title: `${name} is ${tools[name]}'s, and ${others.join(' and ')} is there already`,
    body: 'Each tool updates only its own lock file, so that the other one goes stale. Keep one.',
  };
}

const folderOf = (path: RepoPath): RepoPath => {
  const folder = posix.dirname(path);
  return folder === '.' ? '' : folder;
};

const namesIn = async (tree: Snapshot, folder: RepoPath): Promise<ReadonlySet<string>> =>
  new Set((await tree.list(folder)).map(({ name }) => name));

const textOf = async (tree: Snapshot, path: RepoPath): Promise<string> =>
  (await tree.read(path))?.toString() ?? '';

const listed = (names: readonly string[]): string =>
  names.length > 5 ? `${names.slice(0, 5).join(', ')} and ${names.length - 5} more` : names.join(', ');
