import type { Model, Price } from '../agent/model.ts';
import { CodeAgentError, EXIT } from '../code-agent-error.ts';
import type { Config, ModelChoice } from '../config/config.ts';
import type { ModelEnvironment } from '../config/environment.ts';

/** Asked for when nothing names a model. */
const DEFAULT_CLAUDE = 'claude-sonnet-5-5';

/**
 * The models to ask, in order: those that the user's configuration names, else what the environment offers, a server
 * of the user's own before Claude. Empty when there is none. Keys and servers come from the environment and the
 * user's own file alone. Rejects (exit code 2) when a model is named that nothing here can reach. `signal` null: no
 * server is asked what it has, and a model that only it can name is not named.
 */
export async function chooseModels(
  config: Pick<Config, 'models' | 'review'>,
  env: ModelEnvironment,
  signal: AbortSignal | null,
): Promise<Model[]> {
  if (!config.review.model) return [];
  if (config.models.length > 0) return Promise.all(config.models.map((choice) => open(choice, env)));
  const offered: Model[] = [];
  checkUrl(env.openaiBaseUrl);
  if (env.openaiBaseUrl !== null) offered.push(await openFirst(env.openaiBaseUrl, env, signal));
  if (env.anthropicKey !== null) offered.push(await open({ id: DEFAULT_CLAUDE }, env));
  return offered;
}

async function open(choice: ModelChoice, env: ModelEnvironment): Promise<Model> {
  for (const url of [choice.baseUrl, env.openaiBaseUrl, env.anthropicBaseUrl]) checkUrl(url);
  const baseUrl = choice.baseUrl ?? (choice.id.startsWith('claude-') ? null : env.openaiBaseUrl);
  return baseUrl === null ? openClaude(choice, env) : openCompatible(choice, baseUrl, env);
}

function checkUrl(url: string | null | undefined): void {
  if (url == null || (URL.canParse(url) && /^https?:/.test(url))) return;
  throw new CodeAgentError(`${JSON.stringify(url)} is no address of a model's server`, {
    exitCode: EXIT.usage,
    advice: 'It begins with http:// or https://, such as http://localhost:1234/v1.',
  });
}

async function openClaude(choice: ModelChoice, env: ModelEnvironment): Promise<Model> {
  if (!choice.id.startsWith('claude-')) {
    throw new CodeAgentError(`the model ${choice.id} has no server`, {
      exitCode: EXIT.usage,
      advice: 'Set OPENAI_BASE_URL, or its baseUrl in your own configuration.',
    });
  }
  if (env.anthropicKey === null) {
    throw new CodeAgentError(`the model ${choice.id} needs a key`, {
      exitCode: EXIT.usage,
      advice: 'Set ANTHROPIC_API_KEY.',
    });
  }
  const { createAnthropicModel } = await import('../models/anthropic.ts');
  return createAnthropicModel({
    id: choice.id,
    apiKey: env.anthropicKey,
    ...(env.anthropicBaseUrl !== null && { baseUrl: env.anthropicBaseUrl }),
    ...overridesOf(choice),
  });
}

async function openCompatible(choice: ModelChoice, baseUrl: string, env: ModelEnvironment): Promise<Model> {
  const { createOpenAiCompatibleModel } = await import('../models/openai-compatible.ts');
  return createOpenAiCompatibleModel({
    id: choice.id,
    baseUrl,
    // The key goes to the server that it was set for, and to no other.
    ...(env.openaiKey !== null && baseUrl === env.openaiBaseUrl && { apiKey: env.openaiKey }),
    ...overridesOf(choice),
  });
}

/** The model that the server has loaded, or the first that it lists. */
async function openFirst(baseUrl: string, env: ModelEnvironment, signal: AbortSignal | null): Promise<Model> {
  if (signal === null) return openCompatible({ id: `the first model at ${baseUrl}` }, baseUrl, env);
  const { listModels } = await import('../models/openai-compatible.ts');
  const [id] = await listModels(baseUrl, env.openaiKey, signal);
  if (id !== undefined) return openCompatible({ id }, baseUrl, env);
  throw new CodeAgentError(`the server at OPENAI_BASE_URL has no model`, {
    exitCode: EXIT.incomplete,
    advice: 'Load one, or name it under `models` in your own configuration.',
  });
}

function overridesOf({ context, output, price }: ModelChoice) {
  return {
    ...((context !== undefined || output !== undefined) && {
      limits: { ...(context !== undefined && { context }), ...(output !== undefined && { output }) },
    }),
    ...(price && { price: fullPrice(price) }),
  };
}

/** Where nothing is said of caches, what is read from one and written to one costs as input does. */
function fullPrice({
  input,
  output,
  cacheRead = input,
  cacheWrite = input,
}: NonNullable<ModelChoice['price']>): Price {
  return { input, output, cacheRead, cacheWrite };
}
