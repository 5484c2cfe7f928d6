import { createHash } from 'node:crypto';
import type { AgentOutcome } from '../agent/events.ts';
import type { Model } from '../agent/model.ts';
import { ToolFailure } from '../agent/tool.ts';
import type { AnyTool } from '../agent/tool-registry.ts';
import { createFinishReview, type FileWalkthrough } from '../tools/finish-review.ts';
import { createJudgeFinding, type Judgement } from '../tools/judge-finding.ts';
import { createReportFinding, type ReportedFinding } from '../tools/report-finding.ts';
import { SEVERITIES, type Severity } from './finding.ts';
import { fileBegins, movedLine } from './moved-lines.ts';
import { type ModelFinding, placeFinding } from './place-finding.ts';
import { renderFinding } from './render-finding.ts';
import { renderUnit, unitDigest } from './render-unit.ts';
import type { ReviewerSetup } from './reviewer-setup.ts';
import { runTask } from './run-task.ts';
import { sayTheSame } from './same-title.ts';
import { sideBySide } from './side-by-side.ts';
import { parseUnitResult, type UnitResult } from './unit-result.ts';
import type { ReviewUnit } from './units.ts';
import { PROMPT_VERSION, validatorPrompt } from './validator-prompt.ts';

/** Turns of one second look. */
const VALIDATE_TURNS = 12;

export interface UnitOutcome {
  /** Null when no model finished it. */
  readonly result: LookedAt | null;
  readonly known: boolean;
  /** Of the models that were asked and did not finish it, in order. */
  readonly failures: readonly ModelFailure[];
  /** What the last of them had found, when none finished it: quoted rightly, and not looked at twice. */
  readonly partial: readonly { readonly finding: ModelFinding; readonly model: string }[];
  /** So many findings could not be looked at a second time, and are kept as they are. */
  readonly unjudged: number;
}

export interface ModelFailure extends AgentOutcome {
  readonly model: string;
}

/** A unit that a model looked at, with what it found in the files as they are now. */
export interface LookedAt extends Omit<UnitResult, 'findings' | 'begins'> {
  readonly findings: readonly ModelFinding[];
}

/**
 * Asks the models for a unit, one after the other until one finishes it. What was answered before, about the same
 * content, is not asked again.
 */
export async function reviewUnit(
  unit: ReviewUnit,
  number: number,
  setup: ReviewerSetup,
  signal: AbortSignal,
): Promise<UnitOutcome> {
  // What the session has paid for itself is made again of its own answers, which its limits count.
  const isBegun = setup.models.some((model) => setup.sink?.hasBegun(runOf(number, model)));
  const known = isBegun ? null : knownResult(unit, setup);
  if (known !== null) return { ...NOTHING, result: await placeAnew(known, unit, setup), known: true };
  const failures: ModelFailure[] = [];
  let partial: UnitOutcome['partial'] = [];
  for (const model of setup.models) {
    const { outcome, found, unplaced, walkthrough } = await askForFindings(
      unit,
      model,
      number,
      setup,
      signal,
    );
    if (outcome.ended === 'finished') {
      const { findings, refuted, unjudged } = await lookTwice(found, model, number, setup, signal);
      const told = walkthrough.length > 0 ? { walkthrough } : {};
      const result = { model: model.id, findings, unplaced, refuted, ...told };
      if (unjudged === 0) setup.results.write(keyOf(unit, model, setup), toKeep(result, unit));
      return { ...NOTHING, result, failures, unjudged };
    }
    failures.push({ ...outcome, model: model.id });
    if (found.length > 0) partial = found.map((finding) => ({ finding, model: model.id }));
    // The time is the same for every model; money and turns may be enough for another one.
    if (outcome.ended === 'aborted' || outcome.ended === 'late') break;
  }
  return { ...NOTHING, failures, partial };
}

const NOTHING: UnitOutcome = { result: null, known: false, failures: [], partial: [], unjudged: 0 };

/** The same for the same unit whenever a session is gone on with. */
const runOf = (number: number, model: Model): string => `${number + 1} ${model.id}`;

async function askForFindings(
  unit: ReviewUnit,
  model: Model,
  number: number,
  setup: ReviewerSetup,
  signal: AbortSignal,
): Promise<{
  outcome: AgentOutcome;
  found: ModelFinding[];
  unplaced: number;
  walkthrough: FileWalkthrough[];
}> {
  const found: ModelFinding[] = [];
  const walkthrough: FileWalkthrough[] = [];
  const rejected: ReportedFinding[] = [];
  let summary: string | null = null;
  const outcome = await runTask(model, { ...setup, tools: setup.personaTools }, signal, {
    run: runOf(number, model),
    persona: 'the reviewer',
    paths: unit.files.map(({ file }) => file.path),
    system: setup.persona.prompt,
    prompt: renderUnit(unit, setup.context, setup.nonce),
    nudge: 'Call finish_review when you have looked at everything, or go on with the tools.',
    turns: setup.persona.turns,
    isFinished: () => summary !== null,
    tools: [
      createReportFinding(async (reported) => {
        try {
          const finding = await placeFinding(reported, setup);
          const before = rejected.findIndex((one) => isMended(one, reported));
          if (before >= 0) rejected.splice(before, 1);
          found.push(finding);
          return `Noted, at line ${finding.place.startLine}.`;
        } catch (error) {
          rejected.push(reported);
          throw error;
        }
      }),
      createFinishReview(
        (text, files) => {
          summary = text;
          walkthrough.push(...files);
        },
        { withFiles: isWalkthroughWanted(setup) },
      ),
    ],
  });
  return { outcome, found, unplaced: rejected.length, walkthrough };
}

/** Beside a pull request people read a summary; in a hook nobody does. */
export const isWalkthroughWanted = ({ door }: Pick<ReviewerSetup, 'door'>): boolean => door === 'app';

/** The one is the other with a quote that was not in the file. */
const isMended = (one: ReportedFinding, other: ReportedFinding): boolean =>
  one.path === other.path &&
  (sayTheSame(one.title, other.title) ||
    (one.category === other.category && one.lineHint !== null && one.lineHint === other.lineHint));

/** What one of the models has answered about the same content before; null when none has. */
export function knownResult(unit: ReviewUnit, setup: ReviewerSetup): UnitResult | null {
  for (const model of setup.models) {
    const known = parseUnitResult(setup.results.read(keyOf(unit, model, setup)));
    if (known !== null) return known;
  }
  return null;
}

function toKeep({ findings, ...result }: LookedAt, unit: ReviewUnit): UnitResult {
  const kept = findings.map(({ reported, severity, place }) => ({
    ...reported,
    severity,
    lineHint: place.startLine,
  }));
  return { ...result, findings: kept, begins: fileBegins(unit) };
}

/**
 * What was answered before, in the files as they are now. Lines may have moved since, and the hints move with them: of
 * several places that a quote stands in, it is the same one.
 */
async function placeAnew(
  { findings: kept, begins = [], ...known }: UnitResult,
  unit: ReviewUnit,
  setup: ReviewerSetup,
): Promise<LookedAt> {
  const findings: ModelFinding[] = [];
  for (const reported of kept) {
    const { path, side, lineHint: hint } = reported;
    const then = begins.find((file) => file.path === path);
    const now = unit.files.find(({ file }) => file.path === path);
    const isKnown = hint !== null && then !== undefined && now !== undefined;
    const lineHint = isKnown ? movedLine(hint, side, then.hunks, now.hunks) : hint;
    try {
      findings.push(await placeFinding({ ...reported, lineHint }, setup));
    } catch (error) {
      if (!(error instanceof ToolFailure)) throw error;
    }
  }
  return { ...known, findings, unplaced: known.unplaced + kept.length - findings.length };
}

/** A second, independent look at each finding that weighs enough. One that could not be judged is kept as it is. */
async function lookTwice(
  found: readonly ModelFinding[],
  model: Model,
  number: number,
  setup: ReviewerSetup,
  signal: AbortSignal,
): Promise<{ findings: ModelFinding[]; refuted: number; unjudged: number }> {
  const { validate } = setup.limits;
  const weighs = ({ severity }: ModelFinding) =>
    validate !== 'never' && SEVERITIES.indexOf(severity) <= SEVERITIES.indexOf(validate);
  const judged = await sideBySide(found, setup.limits.parallel, async (finding, index) => {
    if (!weighs(finding)) return { finding, judgement: null, failed: false };
    let judgement: Judgement | null = null;
    await runTask(model, setup, signal, {
      run: `${runOf(number, model)} ${index + 1}`,
      persona: 'the validator',
      paths: [finding.path],
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
    unjudged: judged.filter(({ failed }) => failed).length,
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

/** Of all that a model's answer to a unit depends on. PROMPT_VERSION is for the words that come with the program. */
function keyOf(
  unit: ReviewUnit,
  model: Model,
  { context, tools, limits, persona, personaTools }: ReviewerSetup,
): string {
  const named = (some: readonly AnyTool[]): string[] => some.map(({ name }) => name).sort();
  const own = persona.file === null ? [] : [persona.prompt, named(personaTools)];
  return createHash('sha256')
    .update(
      JSON.stringify([
        PROMPT_VERSION,
        unitDigest(unit, context),
        model.provider,
        model.id,
        named(tools),
        limits.validate,
        ...own,
      ]),
    )
    .digest('hex');
}
