import type { ChangeSet } from '../change/change-set.ts';
import type { RepoPath } from '../change/path.ts';
import type { Finding, Severity } from './finding.ts';

/** What a review of one change came to. Reports render it; nothing is decided after it. */
export interface Review {
  readonly change: ChangeSet;
  readonly verdict: Verdict;
  readonly coverage: Coverage;
  /** Most important first. Suppressed ones are among them, last. */
  readonly findings: readonly Finding[];
  readonly timing: { readonly totalMs: number };
  /** Null when no model was asked. */
  readonly model: ModelShare | null;
  /** What changed in a file, in a line: Markdown of a model. Of those files that it was said of. */
  readonly walkthrough: ReadonlyMap<RepoPath, string>;
  /** The session that it is kept in; null when it is not: an empty change, or it could not be. */
  readonly session: string | null;
}

/** What the models did, and what it took. */
export interface ModelShare {
  /** Those that were asked, the first choice first. */
  readonly models: readonly string[];
  readonly calls: number;
  readonly tokens: {
    readonly input: number;
    readonly output: number;
    readonly cacheRead: number;
    readonly cacheWrite: number;
    /** True when a server did not say, and they are estimated. */
    readonly estimated: boolean;
  };
  /** US dollars, of the models with a price; null when only others were asked. */
  readonly usd: number | null;
  /** True when a model without a known price was asked: `usd` is not all. */
  readonly unpriced: boolean;
  readonly units: {
    readonly reviewed: number;
    /** Whose answer was known: nothing in them had changed. */
    readonly known: number;
    readonly failed: number;
  };
  /**
   * Findings that are not shown: their quote is not in the file; they did not survive the second look; another one says
   * the same.
   */
  readonly dropped: { readonly unplaced: number; readonly refuted: number; readonly merged: number };
}

/** `incomplete`: nothing that fails was found, but not everything was looked at. Never shown as a pass. */
export interface Verdict {
  readonly outcome: 'pass' | 'fail' | 'incomplete';
  /** The least severity that fails. */
  readonly failOn: FailOn;
  /** True when the budget ran out before everything was looked at. */
  readonly outOfTime: boolean;
}

export type FailOn = Severity | 'never';

/** The ledger: one entry for every path of the raw diff, in its order. */
export interface Coverage {
  readonly files: readonly CoverageEntry[];
  /** Parts of the review that failed, a check or a look at a commit: one line each. Any makes the verdict incomplete. */
  readonly failures: readonly string[];
  /** Worth saying but no reason for doubt: "config.yml in the working tree is not in effect yet", … */
  readonly notes: readonly string[];
}

export interface CoverageEntry {
  readonly path: RepoPath;
  readonly outcome: 'reviewed' | 'excluded' | 'skipped';
  /** The rule that excludes it or the reason for skipping it. Null when reviewed. */
  readonly reason: string | null;
}
