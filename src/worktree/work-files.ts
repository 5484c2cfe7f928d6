import { randomBytes } from 'node:crypto';
import { type BigIntStats, constants } from 'node:fs';
import { lstat, mkdir, open, realpath, rename, rmdir, unlink } from 'node:fs/promises';
import type { RepoPath } from '../change/path.ts';
import { CodeAgentError, EXIT } from '../code-agent-error.ts';
import { WorkFileError } from '../tools/work-file-error.ts';
import type { WorkFiles } from '../tools/work-files.ts';
import { openBackup } from './backup.ts';
import { folderHolder, type HeldFolder, isSame } from './held-folder.ts';
import { namedPath, pathParts } from './path-parts.ts';

export interface WorkFilesOptions {
  /** The top of the worktree. It must stay the same folder. */
  readonly folder: string;
  /** Where the old bytes of what is overwritten or removed are kept: see {@link openBackup}. */
  readonly backup: string;
  readonly maxBytes: number;
  /** Where other repositories belong: nothing is read or changed there, also while their folders are empty. */
  readonly submodules?: readonly RepoPath[];
  /** Where a process is shown its open descriptors; null: nowhere. See {@link folderHolder}. */
  readonly descriptors?: string | null;
}

/** A pattern of gitignore(5) for what a killed process may leave of a write: such a file is part of nothing. */
export const UNFINISHED_WRITES = '.code-agent-*.unfinished';

const NOT_FOLLOWED = constants.O_NOFOLLOW ?? 0;
/** Without a wait for the other end of a fifo, or for a device. */
const TO_READ = constants.O_RDONLY | NOT_FOLLOWED | (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0);
const TO_MAKE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | NOT_FOLLOWED;
const DOT_GIT = Buffer.from('.git');

/**
 * Opens the files of a worktree. This is the only way in which this process touches them for a model. Rejects with a
 * CodeAgentError when there is no such folder, with a TypeError when `backup` lies in it.
 */
export async function openWorkFiles(options: WorkFilesOptions): Promise<WorkFiles> {
  const { maxBytes, submodules = [], descriptors } = options;
  const top = await realpath(options.folder).catch((error: unknown) => {
    throw gone(options.folder, error);
  });
  const hold = await folderHolder(top, descriptors);
  const backup = await openBackup(options.backup, top);
  const held = await hold(top);
  const { identity } = held;
  await held.close();

  async function holdTop(): Promise<HeldFolder> {
    const folder = await hold(top).catch((error: unknown) => {
      throw gone(top, error);
    });
    if (isSame(folder.identity, identity)) return folder;
    await folder.close();
    throw gone(top);
  }

  /** Does something in the folder that a file is in, which is held for as long. Null: there is no such folder. */
  async function inFolder<T>(
    path: RepoPath,
    make: boolean,
    work: (place: Place) => Promise<T>,
  ): Promise<T | null> {
    const parts = pathParts(path);
    if (submodules.some((folder) => path === folder || path.startsWith(`${folder}/`)))
      throw new WorkFileError(`${namedPath(path)} lies in a submodule: that is another repository.`);
    const way: Step[] = [];
    let folder = await holdTop();
    try {
      const forbidden = await statsOf(folder, DOT_GIT);
      for (const [index, name] of parts.slice(0, -1).entries()) {
        const shown = path
          .split('/')
          .slice(0, index + 1)
          .join('/');
        const made = make && (await makeFolder(folder, name));
        const inner = await enter(folder, name, shown);
        if (inner === null && make) throw changedMeanwhile(shown);
        if (inner === null) return null;
        way.push({ folder, name, made });
        folder = inner;
        if (folder.identity.dev !== identity.dev)
          throw new WorkFileError(`${namedPath(shown)} is on another file system.`);
        if (forbidden !== null && isSame(folder.identity, forbidden))
          throw new WorkFileError(`${namedPath(path)} lies in git's own folder.`);
        if ((await statsOf(folder, DOT_GIT)) !== null)
          throw new WorkFileError(`${namedPath(path)} lies in another repository: ${namedPath(shown)}.`);
      }
      const name = parts.at(-1) ?? parts[0];
      return await work({ path, folder, name, way });
    } catch (error) {
      await removeEmpty(way.filter(({ made }) => made));
      throw failureOf(error, path);
    } finally {
      await folder.close();
      for (const step of way) await step.folder.close();
    }
  }

  /** The file with its bytes; null: there is nothing. */
  async function readFile({ path, folder, name }: Place): Promise<ReadFile | null> {
    const stats = await regularFile({ path, folder, name });
    if (stats === null) return null;
    const tooLarge = new WorkFileError(`${namedPath(path)} has more than ${maxBytes} bytes: too much.`);
    const handle = await open(folder.entry(name), TO_READ);
    try {
      const opened = await handle.stat({ bigint: true });
      if (!opened.isFile() || !isSame(opened, stats)) throw changedMeanwhile(path);
      if (opened.size > maxBytes) throw tooLarge;
      await folder.confirm();
      // It may grow while it is read.
      const room = Buffer.alloc(Number(opened.size) + 1);
      let length = 0;
      for (;;) {
        const { bytesRead } = await handle.read(room, length, room.length - length, length);
        length += bytesRead;
        if (bytesRead === 0) break;
        if (length === room.length) throw length > maxBytes ? tooLarge : changedMeanwhile(path);
      }
      return { bytes: room.subarray(0, length), mode: Number(opened.mode) };
    } finally {
      await handle.close();
    }
  }

  const keep = (path: RepoPath, { bytes, mode }: ReadFile): Promise<void> =>
    backup.keep(path, bytes, isExecutableMode(mode));

  return {
    maxBytes,
    read: (path) => inFolder(path, false, async (place) => (await readFile(place))?.bytes ?? null),
    async isExecutable(path) {
      const stats = await inFolder(path, false, regularFile);
      return stats !== null && isExecutableMode(Number(stats.mode));
    },
    async write(path, bytes, { executable } = {}) {
      if (bytes.length > maxBytes)
        throw new WorkFileError(`${namedPath(path)} would have more than ${maxBytes} bytes: too much.`);
      await inFolder(path, true, async (place) => {
        const old = await readFile(place);
        if (old !== null) await keep(path, old);
        await replace(place, bytes, old === null ? null : withExecutable(old.mode, executable), executable);
      });
    },
    async remove(path) {
      const removed = await inFolder(path, false, async (place) => {
        const { folder, name, way } = place;
        const old = await readFile(place);
        if (old === null) return null;
        await keep(path, old);
        await folder.confirm();
        await unlink(folder.entry(name));
        await removeEmpty(way);
        return true;
      });
      if (removed === null) throw new WorkFileError(`There is no file ${namedPath(path)}.`);
    },
    async move(from, to) {
      const moved = await inFolder(from, false, async (source) => {
        const stats = await regularFile(source);
        if (stats === null) return null;
        await inFolder(to, true, async (target) => {
          const there = await statsOf(target.folder, target.name);
          // Where capitals are not told from small letters, a file is in the way of its own new name.
          const respelled = there !== null && isSame(there, stats) && stats.nlink === 1n && from !== to;
          if (there !== null && !respelled)
            throw new WorkFileError(`There is something at ${namedPath(to)} already.`);
          await source.folder.confirm();
          await target.folder.confirm();
          await rename(source.folder.entry(source.name), target.folder.entry(target.name));
        });
        await removeEmpty(source.way);
        return true;
      });
      if (moved === null) throw new WorkFileError(`There is no file ${namedPath(from)}.`);
    },
  };
}

/** Where a file is, or would be. */
interface Place {
  readonly path: RepoPath;
  readonly folder: HeldFolder;
  readonly name: Buffer;
  /** From the top down to the folder. */
  readonly way: readonly Step[];
}

/** A folder on the way, and what was entered from it. */
interface Step {
  readonly folder: HeldFolder;
  readonly name: Buffer;
  /** It was not there before. */
  readonly made: boolean;
}

interface ReadFile {
  readonly bytes: Buffer;
  readonly mode: number;
}

const isExecutableMode = (mode: number): boolean => (mode & 0o100) !== 0;

/** The mode of a file that is replaced. Who may read it may run it, where it is executable: git knows no more. */
function withExecutable(mode: number, executable: boolean | undefined): number {
  const kept = mode & 0o777;
  if (executable === undefined) return kept;
  return executable ? kept | ((kept & 0o444) >> 2) : kept & ~0o111;
}

async function statsOf(folder: HeldFolder, name: Buffer): Promise<BigIntStats | null> {
  try {
    return await lstat(folder.entry(name), { bigint: true });
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

/** Null: there is nothing. Rejects for what is there and is no regular file. */
async function regularFile({
  path,
  folder,
  name,
}: Pick<Place, 'path' | 'folder' | 'name'>): Promise<BigIntStats | null> {
  const stats = await statsOf(folder, name);
  if (stats === null || stats.isFile()) return stats;
  const shown = namedPath(path);
  if (stats.isSymbolicLink())
    throw new WorkFileError(`${shown} is a symbolic link, and links are not followed.`);
  throw new WorkFileError(stats.isDirectory() ? `${shown} is a folder.` : `${shown} is no regular file.`);
}

/** Whether it was not there before. */
async function makeFolder(folder: HeldFolder, name: Buffer): Promise<boolean> {
  try {
    await folder.confirm();
    await mkdir(folder.entry(name));
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Null: there is nothing. */
async function enter(folder: HeldFolder, name: Buffer, shown: RepoPath): Promise<HeldFolder | null> {
  const stats = await statsOf(folder, name);
  if (stats === null) return null;
  if (stats.isSymbolicLink())
    throw new WorkFileError(`${namedPath(shown)} is a symbolic link, and links are not followed.`);
  if (!stats.isDirectory()) throw new WorkFileError(`${namedPath(shown)} is a file, not a folder.`);
  const inner = await folder.enter(name);
  if (isSame(inner.identity, stats)) return inner;
  await inner.close();
  throw changedMeanwhile(shown);
}

/** Takes folders away that have nothing in them, from the last on. */
async function removeEmpty(way: readonly Step[]): Promise<void> {
  for (const { folder, name } of way.toReversed()) {
    try {
      await folder.confirm();
      await rmdir(folder.entry(name));
    } catch {
      return;
    }
  }
}

/** Writes a file beside, and puts it in the place. `mode`: of what is there. */
async function replace(
  { folder, name }: Place,
  bytes: Buffer,
  mode: number | null,
  executable = false,
): Promise<void> {
  const unfinished = Buffer.from(`.code-agent-${randomBytes(8).toString('hex')}.unfinished`);
  await folder.confirm();
  const handle = await open(folder.entry(unfinished), TO_MAKE, mode ?? (executable ? 0o777 : 0o666));
  try {
    try {
      await folder.confirm();
      // What may be set for a new file takes nothing from one that was there.
      if (mode !== null) await handle.chmod(mode);
      await handle.writeFile(bytes);
    } finally {
      await handle.close();
    }
    await folder.confirm();
    await rename(folder.entry(unfinished), folder.entry(name));
  } catch (error) {
    await unlink(folder.entry(unfinished)).catch(() => undefined);
    throw error;
  }
  await folder.confirm();
}

const gone = (folder: string, cause?: unknown): CodeAgentError =>
  new CodeAgentError(`the worktree ${folder} is not there, or is another one by now`, {
    exitCode: EXIT.incomplete,
    advice: 'start the task again',
    cause,
  });

const changedMeanwhile = (path: RepoPath): WorkFileError =>
  new WorkFileError(`${namedPath(path)} was changed at the same time by another program. Try again.`);

const codeOf = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : undefined;

/** What the system says when something is another thing than it was a moment ago. */
const SWAPPED: ReadonlySet<unknown> = new Set([
  'ELOOP',
  'ENOTDIR',
  'ENOENT',
  'EEXIST',
  'EISDIR',
  'ENOTEMPTY',
  'ENXIO',
  'ESTALE',
]);

const FOR_MODEL: ReadonlyMap<unknown, string> = new Map([
  ['EACCES', 'may not be read or changed: its mode, or that of its folder, forbids it'],
  ['EPERM', 'may not be read or changed: its mode, or that of its folder, forbids it'],
  ['EROFS', 'cannot be changed: the file system is read-only'],
  ['ENOSPC', 'cannot be written: the disk is full'],
  ['EDQUOT', 'cannot be written: the disk is full'],
  ['EXDEV', 'is on another file system'],
  ['EBUSY', 'is in use by another program'],
  ['EAGAIN', 'is in use by another program'],
  ['ETXTBSY', 'is in use by another program'],
  ['EFBIG', 'cannot be written: it is too large'],
  ['ENAMETOOLONG', 'has a name that is too long'],
  ['EILSEQ', 'is no name that a file can have here'],
  ['EINVAL', 'is no name that a file can have here'],
]);

/** What the model may be told is a WorkFileError. What is broken here is for a person. */
function failureOf(error: unknown, path: RepoPath): unknown {
  if (error instanceof WorkFileError || error instanceof CodeAgentError) return error;
  const code = codeOf(error);
  if (SWAPPED.has(code)) return changedMeanwhile(path);
  const told = FOR_MODEL.get(code);
  if (told !== undefined) return new WorkFileError(`${namedPath(path)} ${told}.`);
  if (typeof code !== 'string') return error;
  return new CodeAgentError(`a file of the worktree cannot be used: ${namedPath(path)}: ${code}`, {
    exitCode: EXIT.incomplete,
    retryable: true,
    cause: error,
  });
}
