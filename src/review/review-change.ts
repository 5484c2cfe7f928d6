import type { ChangeSet } from '../change/change-set.ts';
import type { RepoPath } from '../change/path.ts';
import type { Snapshot } from '../change/snapshot.ts';
import { CodeAgentError } from '../code-agent-error.ts';
import type { Check } from './check.ts';
import {
  concludeFindings,
  type FindSecrets,
  type FoundIn,
  type OpenFile,
  type SourcedProblem,
} from './conclude.ts';
import { type ExternalFinding, externalProblems } from './external-findings.ts';
import { SEVERITIES, type Severity } from './finding.ts';
import { type MergeableProblem, mergeFindings } from './merge-findings.ts';
import { type PlannedFile, planReview } from './plan.ts';
import type { Policy } from './policy.ts';
import type { Coverage, CoverageEntry, ModelShare, Review } from './review.ts';
import { openReviewedFile, type ReadBlob } from './reviewed-file.ts';
import { type CheckProblem, runChecks } from './run-checks.ts';
import { judge } from './verdict.ts';

/** What a model makes of the planned files. `skipped`: those that it did not look at, and why. */
export type Reviewer = (files: readonly PlannedFile[], signal: AbortSignal) => Promise<ReviewerRun>;

export interface ReviewerRun {
  readonly problems: readonly MergeableProblem[];
  readonly skipped: ReadonlyMap<RepoPath, string>;
  readonly failures: readonly string[];
  readonly notes: readonly string[];
  readonly outOfTime: boolean;
  readonly share: ModelShare | null;
  /** What changed in a file, in a line: Markdown of a model. Of those files that it was said of. */
  readonly walkthrough: ReadonlyMap<RepoPath, string>;
  /** Where it is kept; null when it is not. */
  readonly session: KeptSession | null;
}

/** A record that is told at the end what the review has come to. */
export interface KeptSession {
  readonly id: string;
  end(review: Review): void;
}

/** What there is of a reviewer that was not asked. */
export const NO_REVIEWER: ReviewerRun = {
  problems: [],
  skipped: new Map(),
  failures: [],
  notes: [],
  outOfTime: false,
  share: null,
  walkthrough: new Map(),
  session: null,
};

/** What a reviewer answers that could not look at anything. */
export const unreviewed = (files: readonly PlannedFile[], why: string): ReviewerRun => ({
  ...NO_REVIEWER,
  skipped: new Map(
    files.map(({ change }) => [change.path, 'not looked at by the model: the review of it failed']),
  ),
  failures: [`the model review failed: ${why}`],
});

export interface ReviewInput {
  readonly change: ChangeSet;
  /** Of a merge, the changes against its other parents. */
  readonly others: readonly ChangeSet[];
  readonly checks: readonly Check[];
  readonly policy: Policy;
  readonly before: Snapshot;
  readonly after: Snapshot;
  readonly readBlob: ReadBlob;
  readonly findSecrets: FindSecrets;
  /** Asks a model; null when there is none to ask. */
  readonly reviewer: Reviewer | null;
  /** What other tools found. */
  readonly external: readonly ExternalFinding[];
  /** Worth saying about how the review came about. */
  readonly notes: readonly string[];
  /** Whether the change is still what was read. Null when it is, else what happened. */
  readonly confirm: () => Promise<string | null>;
  /** When the work for this review began, by `process.uptime()` (`performance` takes a hook 2 ms to load). */
  readonly startedAt: number;
  /** Aborted when the time is up. */
  readonly signal: AbortSignal;
}

/** The review of one change, from plan to verdict. */
export async function reviewChange(input: ReviewInput): Promise<Review> {
  const { change, policy, readBlob } = input;

  const plan = planReview(change, input.others, policy);
  const context = { before: input.before, after: input.after, limits: policy.limits };
  const run = await runChecks(plan.files, input.checks, context, readBlob, input.signal);
  const reviewer = await askReviewer(input, plan.files);
  const external = await externalProblems(input.external, plan.files, readBlob);

  const merged = mergeFindings<MergeableProblem>([
    ...weigh(run.problems, policy),
    ...external.problems,
    ...reviewer.problems,
  ]);
  const problems = merged.map(({ finding }) => finding);
  const duplicates = merged.flatMap((one) => one.duplicates.filter(isModels)).length;
  const planned = new Map(plan.files.map((file) => [file.change.path, file]));
  const open: OpenFile = async (path) => {
    const file = planned.get(path);
    if (file === undefined) return openUnchanged(input.after, path);
    return file.change.hunks === null
      ? null
      : openReviewedFile(file.change, file.generated, readBlob, file.others);
  };
  const findings = await concludeFindings(problems, [...planned.keys()], open, policy, input.findSecrets);

  const moved = await input.confirm();

  const coverage: Coverage = {
    files: ledger(change, [
      ...plan.excluded,
      ...plan.files.map((file) => closeEntry(file, run.outOfTime, reviewer.skipped)),
    ]),
    failures: [...run.failures, ...reviewer.failures, ...(moved === null ? [] : [moved])],
    notes: [...input.notes, ...reviewer.notes, ...external.notes],
  };
  const verdict = judge(findings, coverage, policy.failOn, run.outOfTime.size > 0 || reviewer.outOfTime);
  const review: Review = {
    change,
    verdict,
    coverage,
    findings,
    timing: { totalMs: (process.uptime() - input.startedAt) * 1000 },
    model: reviewer.share && {
      ...reviewer.share,
      dropped: { ...reviewer.share.dropped, merged: duplicates },
    },
    walkthrough: reviewer.walkthrough,
    session: reviewer.session?.id ?? null,
  };
  reviewer.session?.end(review);
  return review;
}

/** Only a model is less than certain. */
const isModels = ({ confidence }: SourcedProblem): boolean => confidence !== undefined;

/** A file that the change does not touch, and a model speaks of. Null when there is none, or it is too large. */
async function openUnchanged(after: Snapshot, path: RepoPath): Promise<FoundIn | null> {
  try {
    const text = (await after.read(path))?.toString() ?? null;
    return { added: [], after: async () => text };
  } catch (error) {
    if (error instanceof CodeAgentError) return null;
    throw error;
  }
}

/** Whatever happens to the reviewer, what the checks have found stands. */
async function askReviewer(
  { reviewer, signal }: ReviewInput,
  files: readonly PlannedFile[],
): Promise<ReviewerRun> {
  try {
    return reviewer === null ? NO_REVIEWER : await reviewer(files, signal);
  } catch (error) {
    const run = unreviewed(files, error instanceof Error ? error.message : String(error));
    return { ...run, outOfTime: signal.aborted };
  }
}

/** What the policy makes of a check's problems at their place; `off` leaves them out. */
function weigh(problems: readonly CheckProblem[], policy: Policy): SourcedProblem[] {
  return problems.flatMap(({ check, problem }) => {
    const set = policy.severityOf(problem.path, check.id);
    if (set === 'off') return [];
    // A problem that speaks for itself as a lesser one stays so when the whole check is raised.
    const severity = weaker(problem.severity ?? set ?? check.severity, set ?? 'error');
    return [{ problem, category: check.id, severity, source: 'check' }];
  });
}

function weaker(one: Severity, other: Severity): Severity {
  return SEVERITIES.indexOf(one) > SEVERITIES.indexOf(other) ? one : other;
}

function closeEntry(
  file: PlannedFile,
  outOfTime: ReadonlySet<PlannedFile>,
  skipped: ReadonlyMap<RepoPath, string>,
): CoverageEntry {
  const { entry } = file;
  if (entry.outcome !== 'reviewed') return entry;
  const reason = outOfTime.has(file) ? 'out of time (hook.budget)' : skipped.get(entry.path);
  return reason === undefined ? entry : { path: entry.path, outcome: 'skipped', reason };
}

/** One entry for every file of the change, in its order. A file without one is a defect, and is said to be skipped. */
function ledger(change: ChangeSet, entries: readonly CoverageEntry[]): CoverageEntry[] {
  const byPath = new Map(entries.map((entry) => [entry.path, entry]));
  return change.files.map(
    ({ path }) =>
      byPath.get(path) ?? { path, outcome: 'skipped', reason: 'no part of the review took it up' },
  );
}
