import type { FileMode } from '../../change/change-set.ts';
import type { RepoPath } from '../../change/path.ts';

/** One example that a check is held to, kept as data beside it. No findings expected: a false case. */
export interface CheckCase {
  /** What the case shows. */
  readonly name: string;
  /** The changed files. A string is the text of a new file. */
  readonly change: Readonly<Record<RepoPath, string | CaseFile>>;
  /** Files around the change that stay as they are. */
  readonly tree?: Readonly<Record<RepoPath, string>>;
  /** What the check must say, in order, and nothing else. */
  readonly finds: readonly CaseFinding[];
}

export interface CaseFile {
  /** Absent: the file is new. */
  readonly before?: string | Uint8Array;
  /** Absent: the file is deleted. Of a symlink, its target; of a submodule, the commit. */
  readonly after?: string | Uint8Array;
  readonly modeBefore?: FileMode;
  readonly modeAfter?: FileMode;
  readonly oldPath?: RepoPath;
  readonly generated?: boolean;
}

export interface CaseFinding {
  readonly path: RepoPath;
  /** Absent: the finding is the file's. */
  readonly line?: number;
  /** A part of the title. */
  readonly title?: string;
  readonly severity?: 'error' | 'warning' | 'info';
}
