import type { Hunk } from './hunk.ts';
import type { RepoPath } from './path.ts';

/** An immutable change between two git trees. Built by `git/read-change`, judged by `review`. */
export interface ChangeSet {
  /** What the change starts from. `commit` is null for the empty tree: there is no commit before it. */
  readonly base: { readonly commit: string | null; readonly tree: string };
  /** What the change ends in: a commit, or the index (`commit` is null). */
  readonly head: { readonly commit: string | null };
  /** In git's order, by the bytes of the path. */
  readonly files: readonly FileChange[];
  /** sha256 of the base tree and the raw diff: the same for the same change to the same tree, wherever it is seen. */
  readonly id: string;
}

export type FileStatus = 'added' | 'deleted' | 'modified' | 'renamed' | 'type-changed';

/** One side of a changed file, as its tree entry has it. */
export interface BlobRef {
  readonly mode: FileMode;
  readonly oid: string;
  /** Bytes; 0 for a submodule, whose commit is no object of this repository. */
  readonly size: number;
}

/** https://git-scm.com/docs/git-fast-import lists the modes that a tree may hold for files. */
export type FileMode = '100644' | '100755' | '120000' | '160000';

export interface FileChange {
  /** The path after the change; of a deleted file, the path before it. */
  readonly path: RepoPath;
  /** The path before the change: another one than `path` only for a rename. */
  readonly oldPath: RepoPath;
  readonly status: FileStatus;
  readonly before: BlobRef | null;
  readonly after: BlobRef | null;
  /** Byte for byte: the content before with these applied is the content after. Null when they were not read. */
  readonly hunks: readonly Hunk[] | null;
  /** Why there are no hunks. Null when there are. */
  readonly unread: string | null;
}

export const isSymlink = (blob: BlobRef | null): boolean => blob?.mode === '120000';
export const isSubmodule = (blob: BlobRef | null): boolean => blob?.mode === '160000';
