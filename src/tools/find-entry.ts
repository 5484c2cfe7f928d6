import type { RepoPath } from '../change/path.ts';
import type { Snapshot, TreeEntry } from '../change/snapshot.ts';

/** What there is at a path; null when there is nothing. The top ('') is a folder. */
export async function findEntry(snapshot: Snapshot, path: RepoPath): Promise<TreeEntry['kind'] | null> {
  if (path === '') return 'folder';
  const cut = path.lastIndexOf('/');
  const entries = await snapshot.list(path.slice(0, Math.max(0, cut)));
  return entries.find(({ name }) => name === path.slice(cut + 1))?.kind ?? null;
}
