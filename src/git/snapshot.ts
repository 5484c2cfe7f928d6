import type { BlobRef, FileChange, FileMode } from '../change/change-set.ts';
import { decodePath, type RepoPath } from '../change/path.ts';
import type { Snapshot, TreeEntry } from '../change/snapshot.ts';
import { CodeAgentError, EXIT } from '../code-agent-error.ts';
import type { ObjectReader } from './object-reader.ts';

interface StoredEntry {
  readonly mode: string;
  readonly oid: string;
}

type Folder = ReadonlyMap<string, StoredEntry>;

/**
 * A tree of the object database, read folder by folder as it is asked for. With a change laid over it, it is the
 * tree after that change: the index is its base commit's tree with the staged change, and so no working file and
 * no index is read. `read` rejects with a CodeAgentError (incomplete) for a file over `fileBytes`.
 */
export function createSnapshot(
  reader: ObjectReader,
  tree: string,
  limits: { readonly fileBytes: number },
  change: readonly FileChange[] = [],
): Snapshot {
  const folders = new Map<string, Promise<Folder>>();
  const overlay = overlayOf(change);

  const storedFolder = (folder: RepoPath): Promise<Folder> => {
    const known = folders.get(folder);
    if (known !== undefined) return known;
    const found = readFolder(folder);
    folders.set(folder, found);
    return found;
  };
  async function readFolder(folder: RepoPath): Promise<Folder> {
    const entry = folder === '' ? { mode: '40000', oid: tree } : await stored(folder);
    return entry?.mode === '40000' ? readTree(reader, entry.oid) : new Map();
  }
  async function stored(path: RepoPath): Promise<StoredEntry | undefined> {
    const cut = path.lastIndexOf('/');
    if (cut === 0) return undefined;
    return (await storedFolder(cut < 0 ? '' : path.slice(0, cut))).get(path.slice(cut + 1));
  }

  /** Whether a stored entry outlives the change: a folder does as long as one of its files does. */
  async function remains(path: RepoPath): Promise<boolean> {
    if (overlay.files.get(path) === null) return false;
    if (!overlay.emptied.has(path)) return true;
    for (const name of (await storedFolder(path)).keys()) if (await remains(join(path, name))) return true;
    return false;
  }

  return {
    async read(path) {
      const changed = overlay.files.get(path);
      const entry = changed === undefined ? await stored(path) : changed;
      if (!entry || entry.mode === '40000' || entry.mode === '160000') return null;
      const size = changed ? changed.size : ((await reader.info(entry.oid))?.size ?? 0);
      if (size > limits.fileBytes) {
        throw new CodeAgentError(`${path} is larger than ${limits.fileBytes} bytes (limits.fileBytes)`, {
          exitCode: EXIT.incomplete,
        });
      }
      return reader.read(entry.oid);
    },
    async list(folder) {
      const entries = new Map(overlay.added.get(folder));
      for (const [name, { mode }] of await storedFolder(folder)) {
        if (!entries.has(name) && (await remains(join(folder, name)))) entries.set(name, kindOf(mode));
      }
      return [...entries].map(([name, kind]) => ({ name, kind }));
    },
  };
}

function overlayOf(change: readonly FileChange[]) {
  /** The changed files; null: gone. */
  const files = new Map<RepoPath, BlobRef | null>();
  /** For every folder with changed files, the entries that the change puts there. */
  const added = new Map<RepoPath, Map<string, TreeEntry['kind']>>();
  /** The folders that a file was taken from. */
  const emptied = new Set<RepoPath>();
  for (const { oldPath, before } of change) {
    if (before === null) continue;
    files.set(oldPath, null);
    for (const folder of foldersOf(oldPath)) emptied.add(folder);
  }
  for (const { path, after } of change) {
    if (after === null) continue;
    files.set(path, after);
    let [inner, kind] = [path, kindOf(after.mode)];
    for (const folder of [...foldersOf(path), '']) {
      const entries = added.get(folder) ?? new Map();
      added.set(folder, entries.set(inner.slice(folder === '' ? 0 : folder.length + 1), kind));
      [inner, kind] = [folder, 'folder'];
    }
  }
  return { files, added, emptied };
}

/** The folders that a path lies in, innermost first, without the top. */
function* foldersOf(path: RepoPath): Generator<RepoPath> {
  for (let cut = path.lastIndexOf('/'); cut > 0; cut = path.lastIndexOf('/', cut - 1))
    yield path.slice(0, cut);
}

const join = (folder: RepoPath, name: string): RepoPath => (folder === '' ? name : `${folder}/${name}`);

function kindOf(mode: string): TreeEntry['kind'] {
  if (mode === '40000') return 'folder';
  if (mode === '120000') return 'symlink';
  return mode === '160000' ? 'submodule' : 'file';
}

/** The trees that were read last, for several snapshots of one repository have most of them in common. */
const trees = new WeakMap<ObjectReader, Map<string, Promise<Folder>>>();
const KEPT_TREES = 1000;

function readTree(reader: ObjectReader, oid: string): Promise<Folder> {
  const known = trees.get(reader) ?? new Map<string, Promise<Folder>>();
  trees.set(reader, known);
  const folder = known.get(oid) ?? reader.read(oid).then((bytes) => parseTree(bytes, oid.length / 2));
  if (known.size >= KEPT_TREES) known.clear();
  known.set(oid, folder);
  return folder;
}

/** The format of a tree object: `<mode> <name>\0<oid>`, repeated (gitformat-pack and git's object documentation). */
function parseTree(bytes: Buffer, oidBytes: number): Folder {
  const entries = new Map<string, StoredEntry>();
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(32, at);
    const end = bytes.indexOf(0, space);
    if (space < 0 || end < 0) throw new RangeError('tree object: cut off');
    const mode = bytes.toString('latin1', at, space);
    const oid = bytes.toString('hex', end + 1, end + 1 + oidBytes);
    entries.set(decodePath(bytes.subarray(space + 1, end)), { mode, oid });
    at = end + 1 + oidBytes;
  }
  return entries;
}

/** The mode of a tree entry or raw diff record as the ChangeSet has it. Old histories hold 100664 and the like. */
export function fileMode(mode: string): FileMode {
  if (mode === '120000' || mode === '160000') return mode;
  return (Number.parseInt(mode, 8) & 0o100) !== 0 ? '100755' : '100644';
}
