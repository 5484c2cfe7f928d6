import { readdirSync, statSync } from 'node:fs';
import { lstat, readdir, statfs } from 'node:fs/promises';
import { join } from 'node:path';

/** A file is not cheaper than this, an empty one neither: there are only so many. */
const LEAST_BYTES = 4096;
/** The clock of file systems stands still for as long (`jiffies`). */
const TICK_MS = 20;
/** How many entries are looked at side by side. */
const SIDE_BY_SIDE = 64;

/**
 * Watches what a command adds to a folder. Asked often: it costs one statfs(2), for what is added is missing from the file system.
 * Only when as much is missing as may be added are the files looked at, for others may write there too: those that were changed
 * since the beginning, with all that is in them, and those that were removed and are still open. What cannot be looked at counts
 * as too much.
 *
 * `processes`: folders like /proc/42 of all processes of the command; their open files are looked at.
 */
export async function watchDisk(
  folder: string,
  diskBytes: number,
  processes: () => readonly string[],
): Promise<() => Promise<boolean>> {
  const since = Date.now() - TICK_MS;
  const { dev: device } = await lstat(folder);
  const before = await statfs(folder);
  let suspicious = diskBytes;
  return async () => {
    const now = await statfs(folder);
    const missing = (before.bfree - now.bfree) * now.bsize;
    const missingFiles = (before.ffree - now.ffree) * LEAST_BYTES;
    const gone = Math.max(missing, missingFiles);
    if (gone <= suspicious) return false;
    const removed = removedBytes(processes(), device);
    if (removed > diskBytes) return true;
    const added = await changedBytes(folder, device, since, diskBytes - removed);
    // It was somebody else. The next look at all files is worth it when a good deal more is missing.
    suspicious = gone + diskBytes / 4;
    return removed + added > diskBytes;
  };
}

/** Bytes on the disk in files below `folder` that were changed since then; no more are looked for than `enough`. */
async function changedBytes(folder: string, device: number, since: number, enough: number): Promise<number> {
  let bytes = 0;
  const folders = [folder];
  for (let next = folders.pop(); next !== undefined && bytes <= enough; next = folders.pop()) {
    const at = next;
    const names: string[] | null = await readdir(at).catch(unlessGone([]));
    if (names === null) return Number.POSITIVE_INFINITY;
    for (let from = 0; from < names.length && bytes <= enough; from += SIDE_BY_SIDE) {
      const some = names.slice(from, from + SIDE_BY_SIDE).map((name) => join(at, name));
      const looks = await Promise.all(some.map((path) => lstat(path).catch(unlessGone(undefined))));
      for (const [index, found] of looks.entries()) {
        if (found === null) return Number.POSITIVE_INFINITY;
        if (found === undefined || found.dev !== device) continue;
        if (found.isDirectory()) folders.push(some[index] ?? at);
        if (found.ctimeMs >= since) bytes += Math.max(LEAST_BYTES, found.blocks * 512);
      }
    }
  }
  return bytes;
}

/** For a path that is no more: `answer`. For one that cannot be looked at (too deep, no right): null. */
const unlessGone =
  <T>(answer: T) =>
  (error: NodeJS.ErrnoException): T | null =>
    error.code === 'ENOENT' || error.code === 'ENOTDIR' ? answer : null;

/** Bytes in files of that file system that are in no folder any more, and open in one of the processes. */
function removedBytes(processes: readonly string[], device: number): number {
  const found = new Map<number, number>();
  for (const path of processes) {
    for (const descriptor of namesIn(`${path}/fd`)) {
      try {
        const { dev, ino, nlink, blocks } = statSync(`${path}/fd/${descriptor}`);
        if (dev === device && nlink === 0) found.set(ino, blocks * 512);
      } catch {
        // It was closed since.
      }
    }
  }
  return [...found.values()].reduce((total, bytes) => total + bytes, 0);
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
