import { sha256 } from '@noble/hashes/sha2.js';
import type { BlobRef, ChangeSet, FileChange, FileStatus } from '../change/change-set.ts';
import { parseRaw, type RawEntry } from '../change/parse-raw.ts';
import type { RepoPath } from '../change/path.ts';
import { CodeAgentError, EXIT } from '../code-agent-error.ts';
import { changedFailure } from './changed-failure.ts';
import type { ObjectReader } from './object-reader.ts';
import type { Repository } from './repository.ts';
import { CORRUPT_INDEX_ADVICE, runGit } from './run-git.ts';
import { fileMode } from './snapshot.ts';
import { bodyBytes, isZero, type Patch, type RunningPatch, startPatch } from './start-patch.ts';

/** A commit and its tree; without a commit, the empty tree. */
export interface BaseTree {
  readonly commit: string | null;
  readonly tree: string;
}

/** Two trees to compare: `head` null is the index. Resolved by `resolve-range`. */
export interface Comparison {
  readonly base: BaseTree;
  readonly head: BaseTree | null;
  /** Of a merge, the parents behind the first. */
  readonly otherParents: readonly BaseTree[];
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
const WITH_RENAMES = ['--raw', ...PATCH, '-M50%', '-l400'];
const WITHOUT_RENAMES = ['--raw', ...PATCH, '--no-renames'];

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
  begun: BegunChange = beginChange(repository, comparison, limits.changeBytes),
): Promise<ChangeSet> {
  try {
    const suits = begun.room === limits.changeBytes;
    if (!suits) begun.whole.stop();
    const whole = suits ? begun.whole : startWhole(repository, comparison, limits.changeBytes);
    try {
      return await readListed(repository, reader, comparison, limits, begun.list, whole);
    } finally {
      whole.stop();
    }
  } finally {
    begun.stop();
  }
}

/** A change that git is listing and printing already. */
export interface BegunChange {
  readonly list: Promise<Buffer>;
  readonly whole: RunningPatch;
  /** The limit that `whole` is read with, in bytes. */
  readonly room: number;
  /** Ends git. */
  stop(): void;
}

/**
 * Has git begin, before everything is known about what is wanted. Nearly always no file has to be left out: so the
 * patch of all is begun beside the list, and dropped when one has.
 */
export function beginChange(repository: Repository, comparison: Comparison, room: number): BegunChange {
  const stopped = new AbortController();
  const { call } = repository;
  const signal = AbortSignal.any([stopped.signal, ...(call.signal ? [call.signal] : [])]);
  const bound = { ...repository, call: { ...call, signal } };
  const list = readRawDiff(bound, comparison);
  // It is told when it is asked for.
  list.catch(() => {});
  return { list, whole: startWhole(bound, comparison, room), room, stop: () => stopped.abort() };
}

const startWhole = (repository: Repository, comparison: Comparison, room: number): RunningPatch =>
  startPatch(repository, diffCommand(comparison, WITH_RENAMES), room);

async function readListed(
  repository: Repository,
  reader: ObjectReader,
  comparison: Comparison,
  limits: ChangeLimits,
  list: Promise<Buffer>,
  whole: RunningPatch,
): Promise<ChangeSet> {
  const raw = await list;
  const { entries } = parseRaw(raw);
  const unmerged = entries.filter((entry) => entry.status === 'U');
  if (unmerged.length > 0) throw unmergedFailure(unmerged);
  if (entries.some(cannotBe)) throw corruptFailure();
  const sizes = await readSizes(reader, entries);
  const unread = new Map<RepoPath, string>();
  for (const entry of entries) {
    const reason = unreadReason(entry, sizes, limits);
    if (reason !== null) unread.set(entry.path, reason);
  }
  const files = await readPatches(repository, comparison, entries, sizes, unread, limits, whole);
  const found = new Set(files.flatMap(({ path, oldPath }) => [path, oldPath]));
  for (const entry of entries) {
    if (found.has(entry.path)) continue;
    const reason = unread.get(entry.path);
    if (reason === undefined) throw changedFailure();
    files.push(fileChange(entry, sizes, null, reason));
  }
  const order = new Map(entries.map((entry, index) => [entry.path, index]));
  return {
    base: comparison.base,
    head: { commit: comparison.head?.commit ?? null },
    files: files.sort((one, other) => (order.get(one.path) ?? 0) - (order.get(other.path) ?? 0)),
    id: changeId(comparison.base.tree, raw),
  };
}

/** The change as git lists it, without renames: `--raw -z` records. What is equal for two changes, is the same change. */
export function readRawDiff(repository: Repository, comparison: Comparison): Promise<Buffer> {
  return runGit(diffCommand(comparison, ['--raw', '--no-renames']), repository.call);
}

/** See {@link ChangeSet.id}. */
export function changeId(baseTree: string, rawDiff: Buffer): string {
  // Node's own takes 2 ms to load, which a commit without findings needs for nothing else.
  const hash = sha256
    .create()
    .update(Buffer.from(`${baseTree}\0`))
    .update(rawDiff)
    .digest();
  return Buffer.from(hash).toString('hex');
}

function diffCommand(
  { base, head }: Comparison,
  options: readonly string[],
  paths: readonly string[] = [],
): string[] {
  const trees = head === null ? [base.tree] : [base.tree, head.tree];
  // Plumbing shows "intent to add" as an empty new file unless told not to; nothing of it would be committed.
  const command = head === null ? ['diff-index', '--cached', '--ita-invisible-in-index'] : ['diff-tree'];
  return [...command, ...FIXED, ...options, ...trees, '--', ...paths];
}

/** git trusts the index: of one that is damaged it tells files without a name, a mode or an object. */
const cannotBe = ({ path, oldMode, newMode, newOid }: RawEntry): boolean =>
  path === '' || (newMode === '000000' ? oldMode === newMode : isZero(newOid));

function corruptFailure(): CodeAgentError {
  return new CodeAgentError('the index is corrupt (it lists files that cannot be)', {
    exitCode: EXIT.incomplete,
    advice: CORRUPT_INDEX_ADVICE,
  });
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
  whole: RunningPatch,
): Promise<FileChange[]> {
  const files: FileChange[] = [];
  const done = new Set<RepoPath>(unread.keys());
  const listed = new Set(entries.flatMap(recordsOf));
  const beyond = `behind the first ${formatBytes(limits.changeBytes)} of the change (limits.changeBytes)`;
  let room = limits.changeBytes;
  const add = ({ entry, hunks }: Patch): void => {
    if (recordsOf(entry).some((record) => !listed.has(record))) throw changedFailure();
    if (done.has(entry.path) || done.has(entry.oldPath)) return;
    done.add(entry.path).add(entry.oldPath);
    room = hunks === null ? -1 : room - bodyBytes(hunks);
    files.push(room < 0 ? fileChange(entry, sizes, null, beyond) : fileChange(entry, sizes, hunks, null));
  };
  const read = async (options: readonly string[], paths: readonly string[]): Promise<void> => {
    for (const patch of await startPatch(repository, diffCommand(comparison, options, paths), room).patches())
      add(patch);
  };
  if (unread.size === 0) for (const patch of await whole.patches()) add(patch);
  else whole.stop();
  if (unread.size > 0 && done.size < entries.length) {
    // A rename is only found within one command, and so the files that are not wanted are left out of it.
    const left = [...unread.keys()].map((path) => pathspec('exclude', path));
    if (left.join(' ').length < ARGUMENT_CHARACTERS) await read(WITH_RENAMES, left);
  }
  // What is left when there were too many to leave out, or when a pathspec left out more than its file.
  for (const batch of batches(entries.filter(({ path }) => !done.has(path)))) {
    if (room < 0) for (const entry of batch) add({ entry, hunks: null });
    else {
      await read(
        WITHOUT_RENAMES,
        batch.map(({ path }) => pathspec('', path)),
      );
    }
  }
  return files;
}

/** A record as text; of a rename, the deletion and the addition that it is made of. */
function recordsOf({ oldMode, newMode, oldOid, newOid, oldPath, path }: RawEntry): string[] {
  const none = '0'.repeat(oldOid.length);
  if (oldPath === path) return [`${oldMode} ${newMode} ${oldOid} ${newOid} ${path}`];
  return [`${oldMode} 000000 ${oldOid} ${none} ${oldPath}`, `000000 ${newMode} ${none} ${newOid} ${path}`];
}

/** Arguments of one command, together; the least that a platform allows is 32,767 characters (Windows). */
const ARGUMENT_CHARACTERS = 24_000;

/** The entries in parts whose pathspecs fit into one command each. */
function batches(entries: readonly RawEntry[]): RawEntry[][] {
  const parts: RawEntry[][] = [];
  let room = 0;
  for (const entry of entries) {
    const length = pathspec('', entry.path).length + 1;
    if (length > room) {
      parts.push([]);
      room = ARGUMENT_CHARACTERS;
    }
    parts.at(-1)?.push(entry);
    room -= length;
  }
  return parts;
}

/**
 * An argument cannot hold bytes that are not UTF-8, so such a byte is asked for as `?`; and the name of a file
 * also stands for what is in a folder of that name. What is left out by mistake is read by its own name, and what
 * is taken twice is dropped by its path.
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
