import type { RepoPath } from '../change/path.ts';

/**
 * The files of a worktree, as a model may read and change them: regular files, by names that lead through folders alone,
 * and never out of it, into git's own or into another repository. What a model can be told is a WorkFileError; then
 * everything is as it was. Implemented in `worktree/work-files`.
 */
export interface WorkFiles {
  /** Bytes of the largest file that is read, written or removed. */
  readonly maxBytes: number;
  /** Null: there is nothing. What is there and is no regular file rejects. */
  read(path: RepoPath): Promise<Buffer | null>;
  /** False where there is nothing. */
  isExecutable(path: RepoPath): Promise<boolean>;
  /**
   * Replaces or makes the file at once, and the folders on the way to it. Its mode stays, but for what `executable` says.
   * Another name of the same file, a hard link, keeps what it had.
   */
  write(path: RepoPath, bytes: Buffer, options?: { readonly executable?: boolean }): Promise<void>;
  /** And the folders that are empty then. Rejects where there is nothing. */
  remove(path: RepoPath): Promise<void>;
  /** Rejects where something is at `to`. A file of any size: nothing of it is read. */
  move(from: RepoPath, to: RepoPath): Promise<void>;
}
