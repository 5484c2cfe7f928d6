import { createBudget } from '../agent/budget.ts';
import { monotonicMs } from '../agent/clock.ts';
import type { Door as PolicyDoor } from '../agent/policy.ts';
import { CodeAgentError } from '../code-agent-error.ts';
import type { Config } from '../config/config.ts';
import { readEnvironment } from '../config/environment.ts';
import type { ReviewerProgress } from '../review/reviewer-setup.ts';
import type { ModelAsk } from './model-reviewer.ts';
import type { Door } from './prepare-review.ts';

export interface AskOptions {
  readonly door: PolicyDoor;
  /** Milliseconds from now on. */
  readonly within: number;
  /** US dollars, where a flag says so. */
  readonly maxCost?: number | undefined;
  readonly message: string | null;
  /** Nothing will be sent: no server is asked what it has, either. */
  readonly dryRun?: boolean;
  readonly onProgress?: (progress: ReviewerProgress) => void;
}

/** Models were wanted, and there are none: why. The review is incomplete then, never a pass. */
export interface NoModels {
  readonly failure: string;
}

/**
 * The models to ask within this review; undefined when none is configured, or the configuration says that none is to be
 * asked. Loads nothing of what models need in that case.
 */
export async function askModels(
  { env, signal }: Door,
  config: Config,
  {
    door,
    within,
    maxCost = config.review.maxCost ?? undefined,
    message,
    dryRun = false,
    onProgress,
  }: AskOptions,
): Promise<ModelAsk | NoModels | undefined> {
  const { models: offered } = readEnvironment(env);
  const { anthropicKey, openaiKey, openaiBaseUrl } = offered;
  if (!config.review.model) return undefined;
  if (config.models.length === 0 && anthropicKey === null && openaiBaseUrl === null) return undefined;
  const { chooseModels } = await import('./choose-models.ts');
  try {
    return {
      models: await chooseModels(config, offered, dryRun ? null : signal),
      budget: createBudget({
        usd: maxCost ?? null,
        tokens: config.review.maxTokens,
        deadline: monotonicMs() + within,
      }),
      door,
      knownValues: [anthropicKey, openaiKey].filter((value) => value !== null),
      message,
      ...(onProgress && { onProgress }),
    };
  } catch (error) {
    if (!(error instanceof CodeAgentError)) throw error;
    return { failure: [error.message, error.advice].filter((text) => text !== undefined).join('. ') };
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
