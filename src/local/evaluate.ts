import { type Budget, createBudget, NO_USAGE } from '../agent/budget.ts';
import { monotonicMs } from '../agent/clock.ts';
import { CodeAgentError, EXIT } from '../code-agent-error.ts';
import type { Config } from '../config/config.ts';
import { plainGitEnvironment } from '../git/unpack-bundle.ts';
import { type CaseRun, costOfRun, type Evaluation } from '../review/evaluation.ts';
import type { Coverage } from '../review/review.ts';
import { reviewChange } from '../review/review-change.ts';
import type { ReviewerProgress } from '../review/reviewer-setup.ts';
import { scoreFindings } from '../review/score-findings.ts';
import { sideBySide } from '../review/side-by-side.ts';
import { askModels, choosing, type NoModels } from './ask-models.ts';
import { commitMessage } from './commit-message.ts';
import { type EvalCase, readEvalCases } from './eval-case.ts';
import { type CaseModel, type EvalScript, readEvalScript } from './eval-script.ts';
import { loadOwnTools } from './load-own-tools.ts';
import type { ModelAsk } from './model-reviewer.ts';
import {
  type Bench,
  checkCase,
  inTemporaryFolder,
  type OpenCase,
  unpackCase,
  withCase,
} from './open-eval-case.ts';
import { type Door, prepareReview } from './prepare-review.ts';
import { shareBudget } from './share-budget.ts';

export interface EvaluateOptions {
  /** Ask this model, instead of those of the configuration. */
  readonly model?: string | undefined;
  /** Ask none, but take this file for what one says. */
  readonly script?: string | undefined;
  /** US dollars of the whole; each review also keeps to the limit of the configuration. */
  readonly maxCost?: number | undefined;
  /** So many cases are reviewed side by side. */
  readonly parallel: number;
  /** So often each case is reviewed. */
  readonly runs: number;
  readonly onProgress: (progress: ReviewerProgress) => void;
}

/**
 * Reviews the cases of a folder with a model alone, and compares what it finds with what is known of them. Everything that
 * can be wrong with the cases is told (exit code 2) before a model is asked.
 */
export async function evaluate(folder: string, options: EvaluateOptions, door: Door): Promise<Evaluation> {
  const startedAt = monotonicMs();
  const cases = await readEvalCases(folder);
  const names = cases.map(({ name }) => name);
  const script = options.script === undefined ? null : await readEvalScript(options.script, names);
  return inTemporaryFolder(async (place) => {
    const stopped = new AbortController();
    const signal = AbortSignal.any([door.signal, stopped.signal]);
    const bench: Bench = { place, door: { ...door, env: plainGitEnvironment(door.env), signal } };
    for (const one of cases) await checkCase(one, bench);

    const budget = createBudget({ usd: options.maxCost ?? null, tokens: null, deadline: Infinity });
    const asking: Asking = { model: options.model, script, budget, models: new Set() };
    const reviews = Array.from({ length: options.runs }, (_, run) =>
      cases.map((one) => ({ one, run })),
    ).flat();
    const failures: unknown[] = [];
    let done = 0;
    const results = await sideBySide(reviews, options.parallel, async ({ one, run }) => {
      if (failures.length > 0) return [];
      options.onProgress({ units: reviews.length, done, paths: [one.name], spent: budget.spent });
      try {
        return [await reviewCase(one, run, asking, bench)];
      } catch (error) {
        failures.push(error);
        stopped.abort();
        return [];
      } finally {
        done += 1;
      }
    });
    // Told when the others, which it has stopped, have ended.
    if (failures.length > 0) throw failures[0];
    const runs = results.flat();
    return {
      models: [...asking.models],
      runs: options.runs,
      cases: cases.map(({ name, title }, index) => ({
        name,
        title,
        runs: runs.filter((_, review) => review % cases.length === index),
      })),
      ms: monotonicMs() - startedAt,
    };
  });
}

interface Asking {
  readonly model: string | undefined;
  readonly script: EvalScript | null;
  /** Of all reviews together. */
  readonly budget: Budget;
  /** Is given the models that were asked. */
  readonly models: Set<string>;
}

/** One review of one case. What keeps the review from being whole is told in the result. */
async function reviewCase(one: EvalCase, run: number, asking: Asking, bench: Bench): Promise<CaseRun> {
  return withCase(one, await unpackCase(one, bench), async ({ git, door, comparison, config }) => {
    const scripted = asking.script?.modelFor(one.name) ?? null;
    const settled = forEvaluation(config, asking);
    const ask = await modelsFor(settled, await commitMessage(git.reader, comparison), scripted, asking, door);
    const startedAt = monotonicMs();
    const seen = await look({ git, door, comparison, config: settled }, ask);
    scripted?.end(seen.incomplete.length === 0);
    const spent = 'models' in ask ? ask.budget.spent() : NOTHING_SPENT;
    return {
      run,
      score: seen.incomplete.length === 0 ? scoreFindings(seen.findings, one) : null,
      incomplete: seen.incomplete,
      dropped: seen.dropped,
      cost: costOfRun(spent, monotonicMs() - startedAt),
    };
  });
}

const NOTHING_SPENT = { calls: 0, usage: NO_USAGE, usd: 0, unpriced: false };
const NOTHING_DROPPED = { unplaced: 0, refuted: 0, merged: 0 };

async function look({ git, door, comparison, config }: OpenCase, ask: ModelAsk | NoModels) {
  try {
    const input = await prepareReview(git, door, comparison, config, door.signal, { ask });
    const review = await reviewChange({ ...input, checks: [] });
    const dropped = review.model?.dropped ?? NOTHING_DROPPED;
    return { findings: review.findings, dropped, incomplete: whyIncomplete(review.coverage) };
  } catch (error) {
    // A script that does not fit is to be mended, not measured.
    if (!(error instanceof CodeAgentError) || error.exitCode === EXIT.usage) throw error;
    return { findings: [], dropped: NOTHING_DROPPED, incomplete: [error.message] };
  }
}

const whyIncomplete = ({ files, failures }: Coverage): string[] => [
  ...failures,
  ...files
    .filter(({ outcome }) => outcome === 'skipped')
    .map(({ path, reason }) => `${path}: ${reason ?? 'skipped'}`),
];

/** A case's own configuration cannot keep the model from being asked. A script is told in order. */
function forEvaluation(config: Config, { model, script }: Asking): Config {
  const chosen = choosing(config, { model, asked: true });
  return script === null ? chosen : { ...chosen, review: { ...chosen.review, parallel: 1 } };
}

async function modelsFor(
  config: Config,
  message: string | null,
  scripted: CaseModel | null,
  { budget, models }: Asking,
  door: Door,
): Promise<ModelAsk | NoModels> {
  const ask = scripted
    ? { ...scriptedAsk(scripted, config, message), tools: await loadOwnTools(config) }
    : await askModels(door, config, { door: 'cli', within: config.review.timeout, message });
  if (ask === undefined) {
    throw new CodeAgentError('no model is configured, so there is nothing to evaluate', {
      exitCode: EXIT.usage,
      advice: 'Set ANTHROPIC_API_KEY, or OPENAI_BASE_URL for a local server, or give a --script.',
    });
  }
  if ('failure' in ask) {
    if (ask.failure.exitCode === EXIT.usage) throw ask.failure;
    return ask;
  }
  for (const { id } of ask.models) models.add(id);
  return { ...ask, budget: shareBudget(ask.budget, budget) };
}

const scriptedAsk = (
  { model }: CaseModel,
  { review }: Config,
  message: string | null,
): Omit<ModelAsk, 'tools'> => ({
  models: [model],
  budget: createBudget({
    usd: review.maxCost,
    tokens: review.maxTokens,
    deadline: monotonicMs() + review.timeout,
  }),
  door: 'cli',
  knownValues: [],
  message,
  patience: `${review.timeout / 1000} s (review.timeout)`,
  notes: [],
});
