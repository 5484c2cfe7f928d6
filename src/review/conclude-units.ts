import type { AgentOutcome } from '../agent/events.ts';
import type { RepoPath } from '../change/path.ts';
import { guidelinesFor } from './guidelines.ts';
import type { MergeableProblem } from './merge-findings.ts';
import type { ModelFinding } from './place-finding.ts';
import type { UnitContext } from './render-unit.ts';
import type { ModelShare } from './review.ts';
import type { ReviewerRun } from './review-change.ts';
import type { LookedAt, UnitOutcome } from './review-unit.ts';
import type { ReviewerSetup } from './reviewer-setup.ts';
import type { ReviewUnit, UnitPlan } from './units.ts';

/** What the outcomes of all units come to: findings, and every file that was not looked at, with the reason. */
export function concludeUnits(
  { models, budget, context, notes }: ReviewerSetup,
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
  const unjudged = outcomes.reduce((total, outcome) => total + outcome.unjudged, 0);
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
    notes: [
      ...notes,
      ...cutGuidelines(units, context),
      ...(unjudged === 0
        ? []
        : [
            `${unjudged} of the model's findings could not be looked at a second time: they are shown as reported`,
          ]),
    ],
    outOfTime: outcomes.some(({ failure }) => failure !== null && isOutOfTime(failure)),
    share,
  };
}

/** A guideline that is whole by itself may be cut where a unit has too many. */
function cutGuidelines(units: readonly ReviewUnit[], { guidelines }: UnitContext): string[] {
  const whole = guidelines.filter(({ cut }) => cut === 0).map(({ path }) => path);
  const cut = units.flatMap((unit) =>
    guidelinesFor(
      guidelines,
      unit.files.map(({ file }) => file.path),
    ).filter((guideline) => guideline.cut > 0 && whole.includes(guideline.path)),
  );
  return [...new Set(cut.map(({ path }) => path))].map(
    (path) => `${path} was not sent to its end: there are too many guidelines for some of the files`,
  );
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
