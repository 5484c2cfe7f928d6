import { displayPath, type RepoPath } from '../change/path.ts';
import { shownPath } from '../tools/shown-path.ts';
import { guidelinesFor } from './guidelines.ts';
import type { MergeableProblem } from './merge-findings.ts';
import type { ModelFinding } from './place-finding.ts';
import type { UnitContext } from './render-unit.ts';
import type { ModelShare } from './review.ts';
import type { ReviewerRun } from './review-change.ts';
import type { LookedAt, ModelFailure, UnitOutcome } from './review-unit.ts';
import type { LookSetup } from './reviewer-setup.ts';
import type { ReviewUnit, UnitPlan } from './units.ts';

/** What the outcomes of all units come to: findings, and every file that was not looked at, with the reason. */
export function concludeUnits(
  setup: LookSetup,
  units: readonly ReviewUnit[],
  outcomes: readonly UnitOutcome[],
  leftOut: UnitPlan['leftOut'],
): ReviewerRun {
  const skipped = new Map<RepoPath, string>();
  const failures = new Set<string>();
  for (const { path, outcome, reason } of leftOut)
    if (outcome === 'skipped') skipped.set(path, `not shown to the model: ${reason}`);
  for (const [index, outcome] of outcomes.entries()) {
    if (outcome.result !== null) continue;
    const late = isOutOfTime(outcome);
    const why = late ? `it did not answer within ${setup.patience}` : 'the review of it failed';
    for (const path of pathsOf(units[index])) skipped.set(path, `not looked at by the model: ${why}`);
    if (!late) failures.add(`the model review failed: ${whyFailed(outcome)}`);
  }
  return {
    problems: outcomes.flatMap(problemsOf),
    skipped,
    failures: [...failures],
    notes: [
      ...setup.notes,
      ...notShown(leftOut),
      ...cutGuidelines(units, setup.context),
      ...otherModels(outcomes),
      ...notJudged(outcomes),
    ],
    outOfTime: outcomes.some(isOutOfTime),
    share: shareOf(setup, outcomes),
    walkthrough: walkthroughOf(units, outcomes),
    session: null,
  };
}

/** Of the files that a unit shows: a model can say nothing of others. */
function walkthroughOf(
  units: readonly ReviewUnit[],
  outcomes: readonly UnitOutcome[],
): ReadonlyMap<RepoPath, string> {
  const said = outcomes.flatMap(({ result }, index) => {
    const paths = new Map(pathsOf(units[index]).map((path) => [shownPath(path), path]));
    return (result?.walkthrough ?? []).flatMap(({ path, change }) => {
      const known = paths.get(path);
      return known === undefined ? [] : [[known, change] as const];
    });
  });
  return new Map(said);
}

function shareOf({ models, budget }: LookSetup, outcomes: readonly UnitOutcome[]): ModelShare {
  const results = outcomes.flatMap(({ result }) => (result === null ? [] : [result]));
  const sum = (of: (result: LookedAt) => number) => results.reduce((total, result) => total + of(result), 0);
  const { calls, usage, usd, unpriced } = budget.spent();
  return {
    models: models.map(({ id }) => id),
    calls,
    tokens: usage,
    usd: unpriced && usd === 0 ? null : usd,
    unpriced,
    units: {
      reviewed: results.length,
      known: outcomes.filter(({ known }) => known).length,
      failed: outcomes.length - results.length,
    },
    dropped: { unplaced: sum(({ unplaced }) => unplaced), refuted: sum(({ refuted }) => refuted), merged: 0 },
  };
}

/** Of a unit that no model finished: in the words of each that was asked, and what can be done about it. */
function whyFailed({ failures }: UnitOutcome): string {
  const reasons = failures.map(reasonOf).join('; ');
  const advice = failures.find((failure) => failure.advice !== null)?.advice;
  return advice == null ? reasons : `${reasons}. ${advice}`;
}

const reasonOf = ({ model, reason, ended }: ModelFailure): string => `${model}: ${reason ?? ended}`;

/** What the repository sends to nobody is no reason for doubt, and still worth knowing. */
function notShown(leftOut: UnitPlan['leftOut']): string[] {
  const excluded = leftOut.filter(({ outcome }) => outcome === 'excluded');
  if (excluded.length === 0) return [];
  const named = excluded.slice(0, NAMED).map(({ path, reason }) => `${displayPath(path)} (${reason})`);
  const more = excluded.length > named.length ? ` and ${excluded.length - named.length} more` : '';
  return [`not shown to the model: ${named.join(', ')}${more}`];
}

const NAMED = 3;

/** Where the code went when a model could not answer. */
function otherModels(outcomes: readonly UnitOutcome[]): string[] {
  const notes = outcomes.flatMap(({ result, failures }) =>
    result === null
      ? []
      : failures.map((failure) => `${reasonOf(failure)}; ${result.model} was asked instead`),
  );
  return [...new Set(notes)];
}

function notJudged(outcomes: readonly UnitOutcome[]): string[] {
  const unjudged = outcomes.reduce((total, outcome) => total + outcome.unjudged, 0);
  const partial = outcomes.reduce((total, outcome) => total + outcome.partial.length, 0);
  const count = unjudged + partial;
  if (count === 0) return [];
  return [`${count} of the model's findings could not be looked at a second time: shown as reported`];
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

/** What it did not say in time, nobody has said. */
const isOutOfTime = ({ result, failures }: UnitOutcome): boolean => {
  const last = failures.at(-1)?.ended;
  return result === null && (last === 'aborted' || last === 'late');
};

const problemsOf = ({ result, partial }: UnitOutcome): MergeableProblem[] =>
  result === null
    ? partial.map(({ finding, model }) => sourced(finding, model))
    : result.findings.map((finding) => sourced(finding, result.model));

function sourced(finding: ModelFinding, model: string): MergeableProblem {
  const { path, place, title, body, category, severity, confidence, suggestion, side, reported } = finding;
  const { quote } = reported;
  // Places are in the new file: what is about a line that is gone is the file's, and says which.
  const problem =
    side === 'new'
      ? { path, place, title, body }
      : {
          path,
          place: null,
          title,
          body: `${body}\nLine ${place.startLine} before the change: ${quote.trim().split('\n')[0]}`,
        };
  const where = { side: side === 'new' ? ('RIGHT' as const) : ('LEFT' as const), quote };
  return { problem, category, severity, source: model, confidence, suggestion, ...where };
}

/** The files whose change a unit shows. */
export const pathsOf = (unit: ReviewUnit | undefined): RepoPath[] =>
  (unit?.files ?? []).filter(({ hunks }) => hunks.length > 0).map(({ file }) => file.path);
