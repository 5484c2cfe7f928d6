import { statSync } from 'node:fs';
import type { Repository } from './repository.ts';

/**
 * Tells one state of the index from another without reading it: git writes an index as a new file and renames it
 * into place (gitrepository-layout(5), api-lockfile), so its inode, size and times change. Null when there is none.
 */
export function indexStamp({ indexFile }: Repository): string | null {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = statSync(indexFile, { bigint: true });
    return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
