import type { AgentOutcome } from '../agent/events.ts';
import type { RepoPath } from '../change/path.ts';
import type { MergeableProblem } from './merge-findings.ts';
import type { ModelFinding } from './place-finding.ts';
import type { ModelShare } from './review.ts';
import type { ReviewerRun } from './review-change.ts';
import type { LookedAt, UnitOutcome } from './review-unit.ts';
import type { ReviewerSetup } from './reviewer-setup.ts';
import type { ReviewUnit, UnitPlan } from './units.ts';

/** What the outcomes of all units come to: findings, and every file that was not looked at, with the reason. */
export function concludeUnits(
  { models, budget }: ReviewerSetup,
  units: readonly ReviewUnit[],
  outcomes: readonly UnitOutcome[],
  leftOut: UnitPlan['leftOut'],
): ReviewerRun {
  const skipped = new Map<RepoPath, string>();
  const failures = new Set<string>();
  for (const { path, outcome, reason } of leftOut)
    if (outcome === 'skipped') skipped.set(path, `not shown to the model: ${reason}`);
  for (const [index, { failure }] of outcomes.entries()) {
    if (failure === null) continue;
    const late = isOutOfTime(failure);
    const reason = late ? 'it did not answer in time' : (failure.reason ?? failure.ended);
    for (const path of pathsOf(units[index])) skipped.set(path, `not looked at by the model: ${reason}`);
    if (!late) failures.add(`the model review failed: ${reason}`);
  }
  const results = outcomes.flatMap(({ result }) => (result === null ? [] : [result]));
  const sum = (of: (result: LookedAt) => number) => results.reduce((total, result) => total + of(result), 0);
  const { calls, usage, usd, unpriced } = budget.spent();
  const share: ModelShare = {
    models: models.map(({ id }) => id),
    calls,
    tokens: usage,
    usd: unpriced ? null : usd,
    units: {
      reviewed: results.length,
      known: outcomes.filter(({ known }) => known).length,
      failed: outcomes.filter(({ failure }) => failure !== null).length,
    },
    dropped: { unplaced: sum(({ unplaced }) => unplaced), refuted: sum(({ refuted }) => refuted), merged: 0 },
  };
  return {
    problems: results.flatMap(({ findings, model }) => findings.map((finding) => sourced(finding, model))),
    skipped,
    failures: [...failures],
    notes: [],
    outOfTime: outcomes.some(({ failure }) => failure !== null && isOutOfTime(failure)),
    share,
  };
}

const isOutOfTime = ({ ended, reason }: AgentOutcome): boolean =>
  ended === 'aborted' || (ended === 'limit' && /time/.test(reason ?? ''));

function sourced(finding: ModelFinding, model: string): MergeableProblem {
  const { path, place, title, body, category, severity, confidence, suggestion, side, reported } = finding;
  const { quote } = reported;
  // Places are in the new file: what is about a line that is gone is the file's.
  const problem = { path, place: side === 'new' ? place : null, title, body };
  const where = { side: side === 'new' ? ('RIGHT' as const) : ('LEFT' as const), quote };
  return { problem, category, severity, source: model, confidence, suggestion, ...where };
}

/** The files whose change a unit shows. */
export const pathsOf = (unit: ReviewUnit | undefined): RepoPath[] =>
  (unit?.files ?? []).filter(({ hunks }) => hunks.length > 0).map(({ file }) => file.path);
