import type { RepoPath } from './path.ts';

/** A read-only tree of files. */
export interface Snapshot {
  /** The file's bytes, of a link its target; null when there is neither. Rejects when it is over the size limit. */
  read(path: RepoPath): Promise<Buffer | null>;
  /** The entries of a folder ('' is the top). Empty when there is no such folder. */
  list(folder: RepoPath): Promise<readonly TreeEntry[]>;
}

export interface TreeEntry {
  /** Without the folder's path. */
  readonly name: string;
  readonly kind: 'file' | 'folder' | 'symlink' | 'submodule';
}
