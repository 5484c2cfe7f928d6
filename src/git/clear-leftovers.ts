import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { namesIn } from './mirror-lock.ts';
import type { MirrorPlace } from './mirror-place.ts';
import { isClaimed } from './process-claim.ts';

/** Names that git gives to what is not finished: locks, parts of packs and objects (lockfile.h, tmp-objdir.c, odb_mkstemp). */
const UNFINISHED = /\.lock$|^\.?tmp[-_]|^incoming-|\.new$/;

/**
 * Removes what processes that were killed have left in a mirror. Only under its lock: nobody else writes there. A pack that is to
 * be kept (`.keep`) was being fetched, and one without an index is not one yet.
 */
export function clearLeftovers({ folder, gitDir, grave, lock }: MirrorPlace): void {
  rmSync(grave, { recursive: true, force: true });
  for (const name of namesIn(folder)) {
    const [, claim] = /^lock\.(.+)$/.exec(name) ?? [];
    if (claim !== undefined && !isClaimed(`${lock}.${claim}`, claim)) remove(join(folder, name));
  }
  clearFolder(gitDir);
  const packs = join(gitDir, 'objects/pack');
  const names = new Set(namesIn(packs));
  for (const name of names) {
    const unindexed = name.endsWith('.pack') && !names.has(name.replace(/\.pack$/, '.idx'));
    if (unindexed || name.endsWith('.keep')) remove(join(packs, name));
  }
}

function clearFolder(folder: string): void {
  if (namesIn(folder).length === 0) return;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (UNFINISHED.test(entry.name)) remove(path);
    else if (entry.isDirectory()) clearFolder(path);
  }
}

const remove = (path: string): void => rmSync(path, { recursive: true, force: true });
