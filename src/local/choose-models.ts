import type { Model, Price } from '../agent/model.ts';
import { CodeAgentError, EXIT } from '../code-agent-error.ts';
import type { Config, ModelChoice } from '../config/config.ts';
import type { ModelEnvironment } from '../config/environment.ts';
import { createUnreachableModel } from '../models/unreachable.ts';

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
  for (const url of [env.openaiBaseUrl, env.anthropicBaseUrl, ...config.models.map(({ baseUrl }) => baseUrl)])
    checkUrl(url);
  const wanted = config.models.map((choice) => ({ id: choice.id, open: () => open(choice, env) }));
  if (wanted.length > 0) return openAll(wanted);
  const { openaiBaseUrl } = env;
  return openAll([
    ...(openaiBaseUrl === null
      ? []
      : [{ id: `the server at ${openaiBaseUrl}`, open: () => openFirst(openaiBaseUrl, env, signal) }]),
    ...(env.anthropicKey === null
      ? []
      : [{ id: DEFAULT_CLAUDE, open: () => open({ id: DEFAULT_CLAUDE }, env) }]),
  ]);
}

/** All of them; of several, one that cannot be opened is one that cannot answer. */
async function openAll(wanted: readonly { id: string; open: () => Promise<Model> }[]): Promise<Model[]> {
  const opened = wanted.map(async ({ id, open }) => {
    try {
      return await open();
    } catch (error) {
      if (!(error instanceof CodeAgentError) || wanted.length === 1) throw error;
      return createUnreachableModel(id, error);
    }
  });
  return Promise.all(opened);
}

async function open(choice: ModelChoice, env: ModelEnvironment): Promise<Model> {
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
    ...(env.openaiKey !== null && isSame(baseUrl, env.openaiBaseUrl) && { apiKey: env.openaiKey }),
    ...overridesOf(choice),
  });
}

const isSame = (url: string, other: string | null): boolean =>
  other !== null && url.replace(/\/+$/, '') === other.replace(/\/+$/, '');

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
