import type { RepoPath } from '../change/path.ts';
import type { CheckId } from './check-id.ts';
import type { Severity } from './finding.ts';
import type { FailOn } from './review.ts';

/** A finding that does not count. */
export interface Accepted {
  readonly title: string;
  readonly reason: string;
}

/** What the repository and the user decided, resolved at the base of the change, never from the change itself. */
export interface Policy {
  readonly failOn: FailOn;
  /** The glob that keeps a path out of the review; null when none does. */
  ignoredBy(path: RepoPath): string | null;
  /** Why `.gitattributes` say that a file is not written by hand; null when they do not. */
  generatedBy(path: RepoPath): 'generated' | 'vendored' | null;
  /** What a finding of the check weighs there; null: the check's own severity. */
  severityOf(path: RepoPath, check: CheckId): Severity | 'off' | null;
  /** By fingerprint: findings that were accepted. */
  readonly baseline: ReadonlyMap<string, Accepted>;
  /** By fingerprint: findings that a person dismissed on this machine. */
  readonly dismissed: ReadonlyMap<string, Accepted>;
  readonly limits: { readonly largeFileBytes: number };
}
