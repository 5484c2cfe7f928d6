import { type Budget, createBudget } from '../agent/budget.ts';
import { monotonicMs } from '../agent/clock.ts';
import type { Door as PolicyDoor } from '../agent/policy.ts';
import { CodeAgentError } from '../code-agent-error.ts';
import { type Config, DEFAULTS } from '../config/config.ts';
import { type ModelEnvironment, readEnvironment } from '../config/environment.ts';
import { durationText } from '../report/summary.ts';
import type { ReviewerProgress } from '../review/reviewer-setup.ts';
import type { ModelAsk } from './model-reviewer.ts';
import type { Door } from './prepare-review.ts';

export interface AskOptions {
  readonly door: PolicyDoor;
  /** Milliseconds from now on, and what says so. */
  readonly within: number;
  readonly withinBy?: 'hook.budget' | 'review.timeout' | '--budget' | '--timeout';
  /** US dollars, where something else than `review.maxCost` says so; null: no limit. */
  readonly maxCost?: number | null | undefined;
  readonly message: string | null;
  /** Nothing will be sent: no server is asked what it has, either. */
  readonly dryRun?: boolean;
  readonly onProgress?: (progress: ReviewerProgress) => void;
}

/** Models were wanted, and there are none: why. The review is incomplete then, never a pass. */
export interface NoModels {
  readonly failure: CodeAgentError;
}

/**
 * The models to ask within this review; undefined when none is configured, or the configuration says that none is to be
 * asked. Loads nothing of what models need in that case. What is promised takes as long as a server needs to say what it has.
 */
export function askModels(
  { env, signal }: Door,
  config: Config,
  options: AskOptions,
): Promise<ModelAsk | NoModels> | undefined {
  const { models: offered, held } = readEnvironment(env);
  if (!config.review.model) return undefined;
  if (config.models.length === 0 && offered.anthropicKey === null && offered.openaiBaseUrl === null)
    return undefined;
  const { within, maxCost = config.review.maxCost } = options;
  const budget = createBudget({
    usd: maxCost,
    tokens: config.review.maxTokens,
    deadline: monotonicMs() + within,
  });
  const time = AbortSignal.any([signal, AbortSignal.timeout(within)]);
  const asking = choose(config, offered, held, options, budget, time);
  // It is told when it is asked for.
  asking.catch(() => {});
  return asking;
}

async function choose(
  config: Config,
  offered: ModelEnvironment,
  held: readonly string[],
  { door, within, withinBy = 'review.timeout', maxCost, message, dryRun = false, onProgress }: AskOptions,
  budget: Budget,
  time: AbortSignal,
): Promise<ModelAsk | NoModels> {
  const [{ chooseModels }, { priceNotes }, { loadOwnTools }] = await Promise.all([
    import('./choose-models.ts'),
    import('./price-notes.ts'),
    import('./load-own-tools.ts'),
  ]);
  try {
    const tools = await loadOwnTools(config);
    const models = await chooseModels(config, offered, dryRun ? null : time);
    const isLimited = maxCost !== undefined || config.review.maxCost !== DEFAULTS.review.maxCost;
    return {
      models,
      tools,
      budget,
      patience: `${durationText(within)} (${withinBy})`,
      door,
      knownValues: held,
      message,
      notes: priceNotes(models, isLimited),
      ...(onProgress && { onProgress }),
    };
  } catch (error) {
    if (!(error instanceof CodeAgentError)) throw error;
    return { failure: error };
  }
}

/** The configuration with another choice of models: one by its id, as the configuration knows it; whether any is asked. */
export function choosing(
  config: Config,
  { model, asked = config.review.model }: { model: string | undefined; asked?: boolean },
): Config {
  const known = config.models.filter(({ id }) => id === model);
  return {
    ...config,
    ...(model !== undefined && { models: known.length > 0 ? known : [{ id: model }] }),
    review: { ...config.review, model: asked },
  };
}
