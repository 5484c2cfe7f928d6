import type { ModelRequest } from '../agent/model.ts';
import { createToolRegistry } from '../agent/tool-registry.ts';
import { createFinishReview } from '../tools/finish-review.ts';
import { createReportFinding } from '../tools/report-finding.ts';
import { concludeUnits, pathsOf } from './conclude-units.ts';
import type { PlannedFile } from './plan.ts';
import { renderUnit } from './render-unit.ts';
import type { CoverageEntry } from './review.ts';
import type { Reviewer } from './review-change.ts';
import { isWalkthroughWanted, knownResult, reviewUnit } from './review-unit.ts';
import type { ReviewerSetup } from './reviewer-setup.ts';
import { OUTPUT_TOKENS } from './run-task.ts';
import { showFile } from './shown-file.ts';
import { sideBySide } from './side-by-side.ts';
import { planUnits, type ReviewUnit, type UnitLimits, type UnitPlan } from './units.ts';

/** Reviews the files of a change with a model: in units side by side, each finding located and looked at twice. */
export function createReviewer(setup: ReviewerSetup): Reviewer {
  return async (files, signal) => {
    const { units, leftOut } = await planFiles(setup, files);
    let done = 0;
    const open = new Set<ReviewUnit>();
    const tell = (): void => {
      const [unit] = open;
      if (unit === undefined) return;
      const { spent } = setup.budget;
      setup.onProgress?.({ units: units.length, done, paths: pathsOf(unit), spent });
    };
    const outcomes = await sideBySide(units, setup.limits.parallel, async (unit, number) => {
      open.add(unit);
      tell();
      const outcome = await reviewUnit(unit, number, setup, signal);
      open.delete(unit);
      done += 1;
      tell();
      return outcome;
    });
    return concludeUnits(setup, units, outcomes, leftOut);
  };
}

/** What would be sent first for each unit. What a model asks for then cannot be known. */
export interface DryRun {
  readonly requests: readonly ModelRequest[];
  /** So many units are not sent: what a model has said of them is known. */
  readonly known: number;
  /** The files that are not shown to a model, and why. */
  readonly leftOut: readonly CoverageEntry[];
}

/** Plans what {@link createReviewer} would send, and sends nothing. */
export async function planRequests(setup: ReviewerSetup, files: readonly PlannedFile[]): Promise<DryRun> {
  const { units, leftOut } = await planFiles(setup, files);
  const reporting = [
    createReportFinding(() => ''),
    createFinishReview(() => {}, { withFiles: isWalkthroughWanted(setup) }),
  ];
  const { specs } = createToolRegistry([...setup.personaTools, ...reporting], {
    decide: () => ({ decision: 'deny', reason: 'nothing is run' }),
  });
  const sent = units.filter((unit) => knownResult(unit, setup) === null);
  const requests = sent.map(
    (unit): ModelRequest => ({
      system: setup.persona.prompt,
      tools: specs,
      messages: [{ role: 'user', text: renderUnit(unit, setup.context, setup.nonce) }],
      maxOutput: OUTPUT_TOKENS,
    }),
  );
  return { requests, known: units.length - sent.length, leftOut };
}

/** What is surely too much is not even looked through for secrets: no token has more characters on the whole. */
const mostBytes = ({ fileTokens }: UnitLimits): number => fileTokens * 8;

/** Secrets are taken out of all files before they are divided into units. */
async function planFiles(
  { open, redact, limits }: ReviewerSetup,
  files: readonly PlannedFile[],
): Promise<UnitPlan> {
  const shown = files.map(async (file) => showFile(await open(file), redact, mostBytes(limits)));
  return planUnits(await Promise.all(shown), limits);
}
