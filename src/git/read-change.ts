import { createHash } from 'node:crypto';
import type { BlobRef, ChangeSet, FileChange, FileStatus } from '../change/change-set.ts';
import type { Hunk } from '../change/hunk.ts';
import { type PatchSection, parsePatch } from '../change/parse-patch.ts';
import { parseRaw, type RawEntry } from '../change/parse-raw.ts';
import type { RepoPath } from '../change/path.ts';
import { CodeAgentError, EXIT } from '../code-agent-error.ts';
import type { ObjectReader } from './object-reader.ts';
import type { Repository } from './repository.ts';
import { gitEnd, runGit, spawnGit } from './run-git.ts';
import { fileMode } from './snapshot.ts';

/** Two trees to compare: `head` null is the index. Resolved by `resolve-range`. */
export interface Comparison {
  readonly base: { readonly commit: string | null; readonly tree: string };
  readonly head: { readonly commit: string } | null;
}

export interface ChangeLimits {
  /** A file that is larger before or after is listed, and its content is not read. */
  readonly fileBytes: number;
  /** Of all patches together; the files behind it are listed, and their content is not read. */
  readonly changeBytes: number;
}

/** Every option that the user's configuration or attributes could bend, fixed. See git-diff(1) and gitattributes(5). */
const FIXED = [
  '-r',
  '-z',
  '--full-index',
  '--no-ext-diff',
  '--no-textconv',
  '--no-color',
  '--ignore-submodules=none',
];
const PATCH = [
  ...['-p', '--text', '-U3', '--inter-hunk-context=0', '--diff-algorithm=myers', '--indent-heuristic'],
  ...[
    '--src-prefix=a/',
    '--dst-prefix=b/',
    '--no-relative',
    '--submodule=short',
    '--ws-error-highlight=none',
  ],
];
/** More candidates than this and only exact renames are found: the search is quadratic. */
const RENAMES = ['-M50%', '-l400'];

/**
 * The change between two trees of the object database; of the index, what `git commit` would record.
 * Reads objects and the index, writes nothing, runs no program that the repository names.
 * Rejects with exit code 3 when the index has unmerged paths or an object is missing.
 */
export async function readChange(
  repository: Repository,
  reader: ObjectReader,
  comparison: Comparison,
  limits: ChangeLimits,
): Promise<ChangeSet> {
  const raw = await readRawDiff(repository, comparison);
  const { entries } = parseRaw(raw);
  const unmerged = entries.filter((entry) => entry.status === 'U');
  if (unmerged.length > 0) throw unmergedFailure(unmerged);
  const sizes = await readSizes(reader, entries);
  const unread = new Map<RepoPath, string>();
  for (const entry of entries) {
    const reason = unreadReason(entry, sizes, limits);
    if (reason !== null) unread.set(entry.path, reason);
  }
  const files = await readPatches(repository, comparison, entries, sizes, unread, limits);
  const covered = new Set(files.flatMap(({ path, oldPath }) => [path, oldPath]));
  for (const entry of entries) {
    if (covered.has(entry.path)) continue;
    files.push(fileChange(entry, sizes, null, unread.get(entry.path) ?? 'git gave no patch for it'));
  }
  const order = new Map(entries.map((entry, index) => [entry.path, { index, oid: entry.newOid }]));
  const moved = files.find(({ path, after }) => after !== null && order.get(path)?.oid !== after.oid);
  if (moved !== undefined) throw changedFailure();
  return {
    base: comparison.base,
    head: { commit: comparison.head?.commit ?? null },
    files: files.sort(
      (one, other) => (order.get(one.path)?.index ?? 0) - (order.get(other.path)?.index ?? 0),
    ),
    id: changeId(comparison.base.tree, raw),
  };
}

/** The index became another one between two looks at it: another process staged something. */
export function changedFailure(): CodeAgentError {
  return new CodeAgentError('the index changed while it was being reviewed', {
    exitCode: EXIT.incomplete,
    advice: 'Something else staged or unstaged files. Run it again.',
    retryable: true,
  });
}

/** The change as git lists it, without renames: `--raw -z` records. What is equal for two changes, is the same change. */
export function readRawDiff(repository: Repository, comparison: Comparison): Promise<Buffer> {
  return runGit(diffCommand(comparison, ['--raw', '--no-renames']), repository.call);
}

/** See {@link ChangeSet.id}. */
export function changeId(baseTree: string, rawDiff: Buffer): string {
  return createHash('sha256').update(`${baseTree}\0`).update(rawDiff).digest('hex');
}

function diffCommand(
  { base, head }: Comparison,
  options: readonly string[],
  paths: readonly string[] = [],
): string[] {
  const trees = head === null ? [base.tree] : [base.tree, head.commit];
  // Plumbing shows "intent to add" as an empty new file unless told not to; nothing of it would be committed.
  const command = head === null ? ['diff-index', '--cached', '--ita-invisible-in-index'] : ['diff-tree'];
  return [...command, ...FIXED, ...options, ...trees, '--', ...paths];
}

function unmergedFailure(entries: readonly RawEntry[]): CodeAgentError {
  const names = entries.slice(0, 3).map((entry) => entry.path);
  const more = entries.length > names.length ? ` and ${entries.length - names.length} more` : '';
  return new CodeAgentError(
    `the index has unmerged paths (${names.join(', ')}${more}). Nothing was reviewed`,
    {
      exitCode: EXIT.incomplete,
      advice: 'Resolve them and `git add`.',
    },
  );
}

/** The size of every blob that the entries name; null for one that is not there (a partial clone). */
async function readSizes(
  reader: ObjectReader,
  entries: readonly RawEntry[],
): Promise<Map<string, number | null>> {
  const oids = new Set(
    entries.flatMap(({ oldMode, oldOid, newMode, newOid }) => [
      ...(isBlob(oldMode) ? [oldOid] : []),
      ...(isBlob(newMode) ? [newOid] : []),
    ]),
  );
  const sizes = [...oids].map(async (oid) => [oid, (await reader.info(oid))?.size ?? null] as const);
  return new Map(await Promise.all(sizes));
}

const isBlob = (mode: string): boolean => mode !== '000000' && mode !== '160000';

function unreadReason(
  entry: RawEntry,
  sizes: ReadonlyMap<string, number | null>,
  limits: ChangeLimits,
): string | null {
  for (const [mode, oid] of [
    [entry.oldMode, entry.oldOid],
    [entry.newMode, entry.newOid],
  ] as const) {
    if (!isBlob(mode)) continue;
    const size = sizes.get(oid) ?? null;
    if (size === null) return `the object ${oid} is missing (a partial clone, or a damaged repository)`;
    if (size > limits.fileBytes) return `larger than ${formatBytes(limits.fileBytes)} (limits.fileBytes)`;
  }
  return null;
}

/** The files that are not in `unread`, with their patches, and renames found among them. */
async function readPatches(
  repository: Repository,
  comparison: Comparison,
  entries: readonly RawEntry[],
  sizes: ReadonlyMap<string, number | null>,
  unread: ReadonlyMap<RepoPath, string>,
  limits: ChangeLimits,
): Promise<FileChange[]> {
  const files: FileChange[] = [];
  const seen = new Set<RepoPath>();
  let bytes = 0;
  for (const paths of pathspecs(entries, unread)) {
    const command = diffCommand(comparison, ['--raw', ...PATCH, ...RENAMES], paths);
    for await (const { entry, hunks, opaque } of readPatch(repository, command)) {
      if (seen.has(entry.path)) continue;
      seen.add(entry.path);
      bytes += hunks.reduce((sum, hunk) => sum + hunk.body.length, 0);
      if (bytes > limits.changeBytes) {
        const reason = `behind the first ${formatBytes(limits.changeBytes)} of the change (limits.changeBytes)`;
        files.push(fileChange(entry, sizes, null, reason));
      } else {
        files.push(
          fileChange(entry, sizes, opaque ? null : hunks, opaque ? 'git would not show its content' : null),
        );
      }
    }
  }
  return files;
}

interface Patch {
  readonly entry: RawEntry;
  readonly hunks: readonly Hunk[];
  readonly opaque: boolean;
}

/** Runs a diff that prints raw records and then the patch, and puts the two together. */
async function* readPatch(repository: Repository, command: readonly string[]): AsyncGenerator<Patch> {
  const child = spawnGit(command, repository.call);
  const end = gitEnd(child, 'diff').then(
    () => null,
    (error: unknown) => error,
  );
  child.stdin.end();
  const output: AsyncIterator<Buffer> = child.stdout[Symbol.asyncIterator]();
  try {
    const { entries, rest } = await readRawPart(output);
    const sections = parsePatch(continued(rest, output));
    for (const entry of entries) {
      // A change of type is printed as a deletion and a creation.
      const first = await nextSection(sections, entry);
      const second = entry.status === 'T' ? await nextSection(sections, entry) : null;
      yield {
        entry,
        hunks: [...first.hunks, ...(second?.hunks ?? [])],
        opaque: first.opaque || second?.opaque === true,
      };
    }
    if (!(await sections.next()).done) throw new RangeError('patch: more sections than raw records');
  } catch (cause) {
    // Output that ends too early is the consequence; what git died of is the reason.
    const failure = child.stdout.readableEnded ? await end : null;
    throw failure ?? cause;
  } finally {
    child.kill();
  }
  const failure = await end;
  if (failure !== null) throw failure;
}

async function nextSection(sections: AsyncGenerator<PatchSection>, entry: RawEntry): Promise<PatchSection> {
  const { value, done } = await sections.next();
  if (done) throw new RangeError('patch: fewer sections than raw records');
  const { oids } = value;
  const belongs = (oid: string, expected: string) => oid === expected || /^0+$/.test(oid);
  if (oids !== null && !(belongs(oids.old, entry.oldOid) && belongs(oids.new, entry.newOid))) {
    throw new RangeError(`patch: out of step with the raw records at ${entry.path}`);
  }
  return value;
}

/** Reads up to the empty record between the raw records and the patch. */
async function readRawPart(output: AsyncIterator<Buffer>): Promise<{ entries: RawEntry[]; rest: Buffer }> {
  let head: Buffer = Buffer.alloc(0);
  for (;;) {
    const { done, value } = await output.next();
    if (!done) head = Buffer.concat([head, value]);
    const separator = head.indexOf('\0\0');
    if (separator < 0 && !done) continue;
    const { entries, end } = parseRaw(separator < 0 ? head : head.subarray(0, separator + 2));
    return { entries, rest: head.subarray(end) };
  }
}

async function* continued(first: Buffer, output: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield first;
  for (let next = await output.next(); !next.done; next = await output.next()) yield next.value;
}

/** Arguments of one command, together; the least that a platform allows is 32,767 characters (Windows). */
const ARGUMENT_CHARACTERS = 24_000;

/**
 * The pathspecs of one or more commands that together give every entry that is not in `unread`. Leaving out is
 * preferred: a rename is only found within one command.
 */
function pathspecs(entries: readonly RawEntry[], unread: ReadonlyMap<RepoPath, string>): string[][] {
  if (entries.length === unread.size) return [];
  const left = [...unread.keys()].map((path) => pathspec('exclude', path));
  if (left.join(' ').length < ARGUMENT_CHARACTERS) return [left];
  const batches: string[][] = [];
  let room = 0;
  for (const { path } of entries) {
    if (unread.has(path)) continue;
    const argument = pathspec('', path);
    if (argument.length + 1 > room) {
      batches.push([]);
      room = ARGUMENT_CHARACTERS;
    }
    batches.at(-1)?.push(argument);
    room -= argument.length + 1;
  }
  return batches;
}

/**
 * An argument cannot hold bytes that are not UTF-8, so such a byte is asked for as `?`. What is left out by
 * mistake is said to be unread; what is taken twice is dropped by its path.
 */
function pathspec(magic: 'exclude' | '', path: RepoPath): string {
  const prefix = magic === '' ? ':(top' : `:(top,${magic}`;
  return path.isWellFormed()
    ? `${prefix},literal)${path}`
    : `${prefix},glob)${path.replace(/[*?[\]\\]/g, '\\$&').replace(/[\udc80-\udcff]/g, '?')}`;
}

const STATUS: Readonly<Record<RawEntry['status'], FileStatus>> = {
  A: 'added',
  C: 'added',
  D: 'deleted',
  M: 'modified',
  R: 'renamed',
  T: 'type-changed',
  U: 'modified',
};

function fileChange(
  entry: RawEntry,
  sizes: ReadonlyMap<string, number | null>,
  hunks: FileChange['hunks'],
  unread: string | null,
): FileChange {
  const side = (mode: string, oid: string): BlobRef | null =>
    mode === '000000' ? null : { mode: fileMode(mode), oid, size: sizes.get(oid) ?? 0 };
  return {
    path: entry.path,
    oldPath: entry.oldPath,
    status: STATUS[entry.status],
    before: side(entry.oldMode, entry.oldOid),
    after: side(entry.newMode, entry.newOid),
    hunks,
    unread,
  };
}

/** A size as the configuration writes it. */
export function formatBytes(bytes: number): string {
  if (bytes >= 1_000_000) return `${Math.round(bytes / 100_000) / 10} MB`;
  return bytes >= 1_000 ? `${Math.round(bytes / 100) / 10} kB` : `${bytes} bytes`;
}
