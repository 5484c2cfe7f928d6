import type { RepoPath } from '../../change/path.ts';
import type { Severity } from '../finding.ts';

/** A comment of ours about a finding, as it stands on the pull request or stood there. One for each fingerprint. */
export interface StandingComment {
  readonly fingerprint: string;
  /** Where the finding was when it was posted. */
  readonly path: RepoPath;
  /** As in a finding: `check`, or the model or tool that found it. */
  readonly source: string;
  readonly kind: 'inline' | 'file';
  /** GitHub's id of the comment. */
  readonly commentId: number;
  /** GraphQL's id of the thread; null when it is not known. */
  readonly threadId: string | null;
  readonly resolved: boolean;
  /** True when a person has deleted it. */
  readonly deleted: boolean;
  /** How often it was posted again after that. */
  readonly recreated: number;
  /** What it says. */
  readonly severity: Severity;
  readonly title: string;
}
