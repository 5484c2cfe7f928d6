import { type BigIntStats, constants } from 'node:fs';
import { lstat, open } from 'node:fs/promises';
import { WorkFileError } from '../tools/work-file-error.ts';

/** Which file it is, under whatever name. */
export interface Identity {
  readonly dev: bigint;
  readonly ino: bigint;
}

export const isSame = (one: Identity, other: Identity): boolean =>
  one.dev === other.dev && one.ino === other.ino;

/** A folder that stays the same one, whatever others do to its path. */
export interface HeldFolder {
  readonly identity: Identity;
  /** The path by which something in this folder is reached: for one call, and never to be followed at its end. */
  entry(name: Buffer): Buffer;
  /** A folder in it. Rejects, also for a link, as the system does. */
  enter(name: Buffer): Promise<HeldFolder>;
  /** Rejects with a WorkFileError when `entry` leads to another folder by now. Where descriptors hold it, it never does. */
  confirm(): Promise<void>;
  close(): Promise<void>;
}

/** Holds a folder whose path is trusted. */
export type HoldFolder = (path: string) => Promise<HeldFolder>;

/** `path/0`, of an open folder with the descriptor 0, leads to that very folder: proc(5). */
export const DESCRIPTORS = '/proc/self/fd';

/** Undefined on Windows, where there are no such links to a device that could be waited for. */
const NOT_FOLLOWED = constants.O_NOFOLLOW ?? 0;
const FOLDER = constants.O_RDONLY | (constants.O_DIRECTORY ?? 0) | NOT_FOLLOWED;

/**
 * How folders are held on this machine. With a file system that shows a process its descriptors, a name is looked up in
 * the open folder itself, as openat(2) does, and no swap of a folder for a link leads elsewhere. Without one (macOS,
 * Windows) a folder is looked at before and after each use: what was swapped in between is found, not prevented.
 */
export async function folderHolder(
  top: string,
  descriptors: string | null = DESCRIPTORS,
): Promise<HoldFolder> {
  if (descriptors === null) return (path) => holdByPath(Buffer.from(path), null);
  const hold: HoldFolder = (path) => holdByDescriptor(Buffer.from(path), descriptors);
  const folder = await hold(top).catch(() => null);
  if (folder === null) return (path) => holdByPath(Buffer.from(path), null);
  try {
    const seen = await lstat(folder.entry(Buffer.from('.')), { bigint: true }).catch(() => null);
    return seen !== null && isSame(seen, folder.identity)
      ? hold
      : (path) => holdByPath(Buffer.from(path), null);
  } finally {
    await folder.close();
  }
}

async function holdByDescriptor(path: Buffer, descriptors: string): Promise<HeldFolder> {
  const handle = await open(path, FOLDER);
  try {
    const { dev, ino } = await handle.stat({ bigint: true });
    const entry = (name: Buffer): Buffer =>
      Buffer.concat([Buffer.from(`${descriptors}/${handle.fd}/`), name]);
    return {
      identity: { dev, ino },
      entry,
      enter: (name) => holdByDescriptor(entry(name), descriptors),
      confirm: async () => {},
      close: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function holdByPath(path: Buffer, parent: HeldFolder | null): Promise<HeldFolder> {
  const { dev, ino } = await folderStats(path);
  const identity = { dev, ino };
  const entry = (name: Buffer): Buffer => Buffer.concat([path, Buffer.from('/'), name]);
  const folder: HeldFolder = {
    identity,
    entry,
    enter: (name) => holdByPath(entry(name), folder),
    async confirm() {
      await parent?.confirm();
      if (!isSame(await folderStats(path), identity)) throw swapped();
    },
    close: async () => {},
  };
  return folder;
}

async function folderStats(path: Buffer): Promise<BigIntStats> {
  const stats = await lstat(path, { bigint: true });
  if (!stats.isDirectory()) throw swapped();
  return stats;
}

const swapped = (): WorkFileError =>
  new WorkFileError('A folder on the way was changed at the same time by another program. Try again.');
