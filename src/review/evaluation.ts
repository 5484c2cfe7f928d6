import { addUsage, NO_USAGE, type Spent } from '../agent/budget.ts';
import type { ModelShare } from './review.ts';
import { type Rates, ratesOf, type Score } from './score-findings.ts';

/** A review of one case. */
export interface CaseRun {
  /** Counted from 0. */
  readonly run: number;
  /** Null when the review is not of the whole change: it is not counted then, neither as right nor as wrong. */
  readonly score: Score | null;
  /** Why not; empty with a score. */
  readonly incomplete: readonly string[];
  /** Findings of the model that were not shown. */
  readonly dropped: ModelShare['dropped'];
  /** Of all its calls, also when it is incomplete. */
  readonly cost: Cost;
}

export interface Cost extends Pick<ModelShare, 'calls' | 'tokens' | 'usd'> {
  /** Milliseconds of wall time. */
  readonly ms: number;
}

export interface EvaluatedCase {
  readonly name: string;
  readonly title: string;
  readonly runs: readonly CaseRun[];
}

/** What an evaluation of a reviewer came to. */
export interface Evaluation {
  /** Those that were asked. */
  readonly models: readonly string[];
  /** So often each case was reviewed. */
  readonly runs: number;
  readonly cases: readonly EvaluatedCase[];
  /** Milliseconds of wall time of the whole. */
  readonly ms: number;
}

/** Of several runs. Null where no run has a value. */
export interface Spread {
  readonly mean: number;
  readonly min: number;
  readonly max: number;
}

/** What runs came to together. */
export interface Summary {
  readonly counts: {
    readonly expected: number;
    readonly matched: number;
    readonly wrong: number;
    /** Those of the wrong ones that were known to look so. */
    readonly forbidden: number;
    readonly duplicates: number;
  };
  /** One value a run: of all that was expected and found in it, not a mean over cases. */
  readonly rates: Readonly<Record<keyof Rates, Spread | null>>;
  readonly dropped: ModelShare['dropped'];
  readonly cost: Cost;
  /** Runs of a case that do not count. */
  readonly incomplete: number;
}

/** Adds up the runs of one case or of all. Rates are taken for each run by itself. */
export function summarize(runs: readonly CaseRun[]): Summary {
  const counts = countsOf(runs);
  const byRun = [...new Set(runs.map(({ run }) => run))].map((number) =>
    ratesOf(countsOf(runs.filter(({ run }) => run === number))),
  );
  const spread = (rate: keyof Rates) => spreadOf(byRun.flatMap((rates) => rates[rate] ?? []));
  const sum = (of: (run: CaseRun) => number) => runs.reduce((total, run) => total + of(run), 0);
  return {
    counts,
    rates: { precision: spread('precision'), recall: spread('recall'), f1: spread('f1') },
    dropped: {
      unplaced: sum(({ dropped }) => dropped.unplaced),
      refuted: sum(({ dropped }) => dropped.refuted),
      merged: sum(({ dropped }) => dropped.merged),
    },
    cost: {
      calls: sum(({ cost }) => cost.calls),
      tokens: runs.reduce((total, { cost }) => addUsage(total, cost.tokens), NO_USAGE),
      usd: runs.some(({ cost }) => cost.usd === null) ? null : sum(({ cost }) => cost.usd ?? 0),
      ms: sum(({ cost }) => cost.ms),
    },
    incomplete: runs.filter(({ score }) => score === null).length,
  };
}

function countsOf(runs: readonly CaseRun[]): Summary['counts'] {
  const sum = (of: (score: Score) => number) =>
    runs.reduce((total, { score }) => total + (score === null ? 0 : of(score)), 0);
  return {
    expected: sum(({ expected }) => expected),
    matched: sum(({ matched }) => matched),
    wrong: sum(({ wrong }) => wrong.length),
    forbidden: sum(({ wrong }) => wrong.filter(({ forbidden }) => forbidden !== null).length),
    duplicates: sum(({ duplicates }) => duplicates),
  };
}

function spreadOf(values: readonly number[]): Spread | null {
  if (values.length === 0) return null;
  const mean = values.reduce((total, value) => total + value, 0) / values.length;
  return { mean, min: Math.min(...values), max: Math.max(...values) };
}

/** What was spent, with the time that it took. */
export const costOfRun = ({ calls, usage, usd, unpriced }: Spent, ms: number): Cost => ({
  calls,
  tokens: usage,
  usd: unpriced ? null : usd,
  ms,
});
