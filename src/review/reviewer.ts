import { createHash } from 'node:crypto';
import type { Budget } from '../agent/budget.ts';
import type { AgentEvent, AgentOutcome } from '../agent/events.ts';
import { runAgent } from '../agent/loop.ts';
import type { Model, ModelRequest } from '../agent/model.ts';
import { type Door, decide, REVIEWER_EFFECTS } from '../agent/policy.ts';
import { ToolFailure } from '../agent/tool.ts';
import { type AnyTool, createToolRegistry } from '../agent/tool-registry.ts';
import type { ChangeSet } from '../change/change-set.ts';
import type { RepoPath } from '../change/path.ts';
import { createFinishReview } from '../tools/finish-review.ts';
import { createJudgeFinding, type Judgement } from '../tools/judge-finding.ts';
import { createReportFinding } from '../tools/report-finding.ts';
import type { ReviewedFile } from './check.ts';
import { SEVERITIES, type Severity } from './finding.ts';
import type { MergeableProblem } from './merge-findings.ts';
import { type ModelFinding, placeFinding, type Texts } from './place-finding.ts';
import type { PlannedFile } from './plan.ts';
import type { Redact } from './redact.ts';
import { renderFinding } from './render-finding.ts';
import { renderUnit, type UnitContext, unitDigest } from './render-unit.ts';
import type { ModelShare } from './review.ts';
import type { Reviewer, ReviewerRun } from './review-change.ts';
import { PROMPT_VERSION, reviewerPrompt, validatorPrompt } from './reviewer-prompt.ts';
import { showFile } from './shown-file.ts';
import type { ParseFile } from './suggestion.ts';
import { parseUnitResult, type UnitResult } from './unit-result.ts';
import { planUnits, type ReviewUnit, type UnitLimits } from './units.ts';

export interface ReviewerSetup {
  readonly change: ChangeSet;
  readonly open: (file: PlannedFile) => Promise<ReviewedFile>;
  /** In order: the next one is asked when one cannot answer. Not empty. */
  readonly models: readonly Model[];
  /** What a model may look with: nothing that it could change anything with. */
  readonly tools: readonly AnyTool[];
  readonly context: UnitContext;
  readonly budget: Budget;
  readonly door: Door;
  readonly limits: UnitLimits & { readonly parallel: number; readonly validate: Severity | 'never' };
  readonly redact: Redact;
  readonly parse: ParseFile;
  readonly textOf: Texts['textOf'];
  /** Drawn anew for each run: see {@link renderUnit}. */
  readonly nonce: string;
  /** What was answered before, by {@link keyOf}. */
  readonly results: { read(key: string): unknown; write(key: string, result: unknown): void };
  readonly onProgress?: (progress: ReviewerProgress) => void;
  readonly onEvent?: (unit: number, event: AgentEvent) => void;
}

export interface ReviewerProgress {
  readonly units: number;
  readonly done: number;
  /** The files of a unit that is being looked at. */
  readonly paths: readonly RepoPath[];
}

/** Turns of one unit, and of one second look. */
const REVIEW_TURNS = 30;
const VALIDATE_TURNS = 12;
const OUTPUT_TOKENS = 16_000;

/** Reviews the files of a change with a model: in units side by side, each finding located and looked at twice. */
export function createReviewer(setup: ReviewerSetup): Reviewer {
  return async (files, signal) => {
    const shown = await Promise.all(
      files.map(async (file) => showFile(await setup.open(file), setup.redact, mostBytes(setup.limits))),
    );
    const { units, leftOut } = planUnits(shown, setup.limits);
    let done = 0;
    const outcomes = await sideBySide(units, setup.limits.parallel, async (unit, number) => {
      const paths = pathsOf(unit);
      setup.onProgress?.({ units: units.length, done, paths });
      const outcome = await reviewUnit(unit, number, setup, signal);
      done += 1;
      setup.onProgress?.({ units: units.length, done, paths });
      return outcome;
    });
    return concludeRun(setup, units, outcomes, leftOut);
  };
}

/** What would be sent first for each unit, and to whom. Nothing is sent; what a model asks for then cannot be known. */
export async function firstRequests(
  setup: ReviewerSetup,
  files: readonly PlannedFile[],
): Promise<ModelRequest[]> {
  const shown = await Promise.all(
    files.map(async (file) => showFile(await setup.open(file), setup.redact, mostBytes(setup.limits))),
  );
  const { units } = planUnits(shown, setup.limits);
  const reporting = [createReportFinding(() => ''), createFinishReview(() => {})];
  const { specs } = createToolRegistry([...setup.tools, ...reporting], {
    decide: () => ({ decision: 'deny', reason: 'nothing is run' }),
  });
  return units.map((unit) => ({
    system: reviewerPrompt(),
    tools: specs,
    messages: [{ role: 'user', text: renderUnit(unit, setup.context, setup.nonce) }],
    maxOutput: OUTPUT_TOKENS,
  }));
}

/** What is surely too much is not even looked through for secrets: no token has more characters on the whole. */
const mostBytes = ({ fileTokens }: UnitLimits): number => fileTokens * 8;

interface UnitOutcome {
  /** Null when no model finished it. */
  readonly result: LookedAt | null;
  readonly known: boolean;
  /** Why not. */
  readonly failure: AgentOutcome | null;
}

interface LookedAt extends Omit<UnitResult, 'findings'> {
  readonly findings: readonly ModelFinding[];
}

async function reviewUnit(
  unit: ReviewUnit,
  number: number,
  setup: ReviewerSetup,
  signal: AbortSignal,
): Promise<UnitOutcome> {
  for (const model of setup.models) {
    const known = parseUnitResult(setup.results.read(keyOf(unit, model, setup)));
    if (known !== null) return { result: await placeAnew(known, setup), known: true, failure: null };
  }
  let failure: AgentOutcome | null = null;
  const reasons: string[] = [];
  for (const model of setup.models) {
    const found: ModelFinding[] = [];
    const rejected = new Set<string>();
    let summary: string | null = null;
    const outcome = await runToEnd(model, number, setup, signal, {
      persona: 'the reviewer',
      system: reviewerPrompt(),
      prompt: renderUnit(unit, setup.context, setup.nonce),
      nudge: 'Call finish_review when you have looked at everything, or go on with the tools.',
      turns: REVIEW_TURNS,
      isFinished: () => summary !== null,
      tools: [
        createReportFinding(async (reported) => {
          const title = `${reported.path}\0${reported.title}`;
          rejected.add(title);
          const finding = await placeFinding(reported, setup);
          rejected.delete(title);
          found.push(finding);
          return `Noted, at line ${finding.place.startLine}.`;
        }),
        createFinishReview((text) => {
          summary = text;
        }),
      ],
    });
    if (outcome.ended === 'finished') {
      const looked = await lookTwice(found, model, number, setup, signal);
      const { findings, refuted } = looked;
      const result = { model: model.id, findings, unplaced: rejected.size, refuted };
      const kept = findings.map(({ reported, severity }) => ({ ...reported, severity }));
      if (looked.judged) setup.results.write(keyOf(unit, model, setup), { ...result, findings: kept });
      return { result, known: false, failure: null };
    }
    reasons.push(`${model.id}: ${outcome.reason ?? outcome.ended}`);
    failure = { ...outcome, reason: reasons.join('; ') };
    // What is used up is so for every model.
    if (outcome.ended === 'aborted' || outcome.ended === 'limit') break;
  }
  return { result: null, known: false, failure };
}

/** What was answered before, in the files as they are now. */
async function placeAnew(known: UnitResult, setup: ReviewerSetup): Promise<LookedAt> {
  const findings: ModelFinding[] = [];
  for (const reported of known.findings) {
    try {
      findings.push(await placeFinding(reported, setup));
    } catch (error) {
      if (!(error instanceof ToolFailure)) throw error;
    }
  }
  const lost = known.findings.length - findings.length;
  return { ...known, findings, unplaced: known.unplaced + lost };
}

/** A second, independent look at each finding that weighs enough. One that could not be judged is kept as it is. */
async function lookTwice(
  found: readonly ModelFinding[],
  model: Model,
  number: number,
  setup: ReviewerSetup,
  signal: AbortSignal,
): Promise<{ findings: ModelFinding[]; refuted: number; judged: boolean }> {
  const { validate } = setup.limits;
  const weighs = ({ severity }: ModelFinding) =>
    validate !== 'never' && SEVERITIES.indexOf(severity) <= SEVERITIES.indexOf(validate);
  const judged = await sideBySide(found, setup.limits.parallel, async (finding) => {
    if (!weighs(finding)) return { finding, judgement: null, failed: false };
    let judgement: Judgement | null = null;
    await runToEnd(model, number, setup, signal, {
      persona: 'the validator',
      system: validatorPrompt(),
      prompt: renderFinding(finding, setup.nonce),
      nudge: 'Call judge_finding with your judgement.',
      turns: VALIDATE_TURNS,
      isFinished: () => judgement !== null,
      tools: [
        createJudgeFinding((one) => {
          judgement = one;
        }),
      ],
    });
    return { finding, judgement: judgement as Judgement | null, failed: judgement === null };
  });
  return {
    findings: judged.flatMap(({ finding, judgement }) => afterJudgement(finding, judgement)),
    refuted: judged.filter(({ judgement }) => judgement?.verdict === 'refuted').length,
    judged: judged.every(({ failed }) => !failed),
  };
}

function afterJudgement(finding: ModelFinding, judgement: Judgement | null): ModelFinding[] {
  if (judgement === null) return [finding];
  if (judgement.verdict === 'refuted') return [];
  const severity = judgement.verdict === 'unsure' ? 'info' : (judgement.severity ?? finding.severity);
  return [{ ...finding, severity: lesser(severity, finding.severity) }];
}

/** A second look may find that something weighs less, never that it weighs more. */
const lesser = (one: Severity, other: Severity): Severity =>
  SEVERITIES.indexOf(one) > SEVERITIES.indexOf(other) ? one : other;

interface Task {
  readonly persona: string;
  readonly system: string;
  readonly prompt: string;
  readonly nudge: string;
  readonly turns: number;
  readonly isFinished: () => boolean;
  readonly tools: readonly AnyTool[];
}

async function runToEnd(
  model: Model,
  number: number,
  { tools, budget, door, redact, onEvent }: ReviewerSetup,
  signal: AbortSignal,
  task: Task,
): Promise<AgentOutcome> {
  const all = [...tools, ...task.tools];
  const persona = { name: task.persona, tools: all.map(({ name }) => name), effects: REVIEWER_EFFECTS };
  const toolbox = createToolRegistry(all, { decide: (use) => decide(use, { persona, door }), redact });
  const events = runAgent({
    model,
    system: task.system,
    prompt: task.prompt,
    toolbox,
    budget,
    limits: { turns: task.turns, outputTokens: OUTPUT_TOKENS },
    isFinished: task.isFinished,
    nudge: task.nudge,
    signal,
  });
  for (;;) {
    const next = await events.next();
    if (next.done) return next.value;
    onEvent?.(number, next.value);
  }
}

/** Of all that a model's answer to a unit depends on. */
function keyOf(unit: ReviewUnit, model: Model, { context, tools, limits }: ReviewerSetup): string {
  const names = tools.map(({ name }) => name).sort();
  return createHash('sha256')
    .update(
      JSON.stringify([
        PROMPT_VERSION,
        unitDigest(unit, context),
        model.provider,
        model.id,
        names,
        limits.validate,
      ]),
    )
    .digest('hex');
}

function concludeRun(
  { models, budget }: ReviewerSetup,
  units: readonly ReviewUnit[],
  outcomes: readonly UnitOutcome[],
  leftOut: ReturnType<typeof planUnits>['leftOut'],
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

const pathsOf = (unit: ReviewUnit | undefined): RepoPath[] =>
  (unit?.files ?? []).filter(({ hunks }) => hunks.length > 0).map(({ file }) => file.path);

/** At most so many at a time, in order; the results in the order of the items. */
async function sideBySide<T, R>(
  items: readonly T[],
  most: number,
  work: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const queue = items.entries();
  const worker = async (): Promise<void> => {
    for (const [index, item] of queue) results[index] = await work(item, index);
  };
  await Promise.all(Array.from({ length: Math.min(most, items.length) }, worker));
  return results;
}
