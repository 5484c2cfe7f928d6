import { describe, expect, it } from 'vitest';
import { monotonicMs } from '../../src/agent/clock.ts';
import { DEFAULTS, type ModelChoice } from '../../src/config/config.ts';
import type { ModelEnvironment } from '../../src/config/environment.ts';
import { chooseModels } from '../../src/local/choose-models.ts';
import type { ScriptedTurn } from '../support/model-script.ts';
import { startOpenAiServer } from '../support/openai-server.ts';

const NOTHING: ModelEnvironment = {
  anthropicKey: null,
  anthropicBaseUrl: null,
  openaiKey: null,
  openaiBaseUrl: null,
};
const { signal } = new AbortController();

const choose = (models: readonly ModelChoice[], env: Partial<ModelEnvironment>, model = true) =>
  chooseModels({ models, review: { ...DEFAULTS.review, model } }, { ...NOTHING, ...env }, signal);
const named = async (...args: Parameters<typeof choose>) =>
  (await choose(...args)).map(({ provider, id }) => `${provider} ${id}`);

describe('chooseModels', () => {
  it('none is offered, or none is wanted', async () => {
    expect(await choose([], {})).toEqual([]);
    expect(await choose([], { anthropicKey: 'key-of-claude' }, false)).toEqual([]);
  });

  it('the server of the user before Claude', async () => {
    const server = await startOpenAiServer([]);
    const env = { anthropicKey: 'key-of-claude', openaiBaseUrl: server.baseUrl };
    expect(await named([], env)).toEqual(['openai-compatible scripted-model', 'anthropic claude-sonnet-5-5']);
  });

  it('what the configuration names, in its order', async () => {
    const models = [
      { id: 'claude-opus-5-5' },
      { id: 'qwen', baseUrl: 'http://127.0.0.1:9/v1', context: 1000 },
    ];
    expect(await named(models, { anthropicKey: 'key-of-claude' })).toEqual([
      'anthropic claude-opus-5-5',
      'openai-compatible qwen',
    ]);
    const [, local] = await choose(models, { anthropicKey: 'key-of-claude' });
    expect(local?.limits.context).toBe(1000);
  });

  it.each([
    [[{ id: 'claude-opus-5-5' }], {}, 'needs a key'],
    [[{ id: 'qwen' }], { anthropicKey: 'key-of-claude' }, 'has no server'],
    [[], { openaiBaseUrl: 'localhost:1234' }, 'is no address'],
    [[], { openaiBaseUrl: 'http://127.0.0.1:9/v1' }, ''],
  ])('%j with %j: says what is missing', async (models, env, message) => {
    await expect(choose(models, env)).rejects.toMatchObject({
      name: 'CodeAgentError',
      message: expect.stringContaining(message),
    });
  });

  it('a key goes to the server that it was set for, and to no other', async () => {
    const end: ScriptedTurn = { text: 'hello' };
    const [own, other] = [await startOpenAiServer([end]), await startOpenAiServer([end])];
    const env = { openaiKey: 'key-of-the-own-server', openaiBaseUrl: own.baseUrl };
    const models = await choose(
      [{ id: 'scripted-model' }, { id: 'scripted-model', baseUrl: other.baseUrl }],
      env,
    );
    const request = {
      system: 's',
      tools: [],
      messages: [{ role: 'user' as const, text: 'hi' }],
      maxOutput: 10,
    };
    for (const model of models) await model.ask(request, { signal, deadline: monotonicMs() + 10_000 });
    expect(own.requests.map(({ headers }) => headers['authorization'])).toEqual([
      'Bearer key-of-the-own-server',
    ]);
    expect(other.requests.map(({ headers }) => headers['authorization'])).toEqual([undefined]);
  });

  it('a price that is only half said counts caches as input', async () => {
    const [model] = await choose(
      [{ id: 'q', baseUrl: 'http://127.0.0.1:9/v1', price: { input: 2, output: 4 } }],
      {},
    );
    expect(model?.price).toEqual({ input: 2, output: 4, cacheRead: 2, cacheWrite: 2 });
  });
});
