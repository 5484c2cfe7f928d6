import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { createBudget, NO_USAGE } from '../../src/agent/budget.ts';
import { monotonicMs } from '../../src/agent/clock.ts';
import type { AgentEvent, AgentOutcome } from '../../src/agent/events.ts';
import { runAgent } from '../../src/agent/loop.ts';
import type { Message, ModelTurn, TurnBlock } from '../../src/agent/model.ts';
import { ModelError } from '../../src/agent/model-error.ts';
import { decide, REVIEWER_EFFECTS } from '../../src/agent/policy.ts';
import type { Tool } from '../../src/agent/tool.ts';
import { type AnyTool, createToolRegistry } from '../../src/agent/tool-registry.ts';
import { createScriptedModel, type ScriptStep } from '../../src/models/scripted.ts';

const usage = { ...NO_USAGE, input: 10, output: 5 };

function turn(stop: ModelTurn['stop'], ...blocks: TurnBlock[]): ModelTurn {
  return { blocks, stop, usage };
}
let ids = 0;
const call = (name: string, input: unknown = {}, id = `call-${ids++}`): TurnBlock => ({
  type: 'tool-call',
  id,
  name,
  input,
});
const text = (said: string): TurnBlock => ({ type: 'text', text: said });
const done = (): ModelTurn => turn('tool-calls', call('finish'));

interface Ran {
  readonly outcome: AgentOutcome;
  readonly events: readonly AgentEvent[];
  /** The inputs that the tool `look` was run with. */
  readonly looked: readonly string[];
  readonly requests: readonly { messages: readonly Message[]; maxOutput: number }[];
}

async function run(
  steps: readonly ScriptStep[],
  {
    turns = 20,
    tokens = null,
    deadline = 60_000,
    signal = new AbortController().signal,
    more = [],
    model: facts = {},
  }: {
    turns?: number;
    tokens?: number | null;
    deadline?: number;
    signal?: AbortSignal;
    more?: readonly AnyTool[];
    model?: Parameters<typeof createScriptedModel>[1];
  } = {},
): Promise<Ran> {
  const model = createScriptedModel(steps, facts);
  const looked: string[] = [];
  let finished = false;
  const look: Tool<{ at: string }> = {
    name: 'look',
    description: 'Looks.',
    input: z.strictObject({ at: z.string() }),
    effect: 'read',
    paths: ({ at }) => [at],
    async run({ at }) {
      looked.push(at);
      if (at === 'late') await new Promise((resolve) => setTimeout(resolve, 30));
      return { content: `seen ${at} ${'x'.repeat(at === 'large' ? 5000 : 0)}` };
    },
  };
  const finish: Tool<Record<string, never>> = {
    name: 'finish',
    description: 'Ends.',
    input: z.strictObject({}),
    effect: 'report',
    async run() {
      finished = true;
      return { content: 'ended' };
    },
  };
  const tools: AnyTool[] = [look, finish, ...more];
  const persona = { name: 'the reviewer', tools: tools.map(({ name }) => name), effects: REVIEWER_EFFECTS };
  const generator = runAgent({
    model,
    system: 'system',
    prompt: 'prompt',
    toolbox: createToolRegistry(tools, { decide: (use) => decide(use, { persona, door: 'cli' }) }),
    budget: createBudget({ usd: null, tokens, deadline: monotonicMs() + deadline }),
    limits: { turns, outputTokens: 1000 },
    isFinished: () => finished,
    nudge: 'Call finish.',
    signal,
  });
  const events: AgentEvent[] = [];
  for (;;) {
    const next = await generator.next();
    if (next.done) {
      expect(model.left(), 'steps of the script that were not asked for').toBe(0);
      return { outcome: next.value, events, looked, requests: model.requests };
    }
    events.push(next.value);
  }
}

const results = ({ events }: Ran) =>
  events.flatMap((event) => (event.type === 'tool-result' ? [event.result] : []));

describe('runAgent', () => {
  it('asks, runs the tools, gives their results back in order, and ends when the model says so', async () => {
    const ran = await run([
      turn('tool-calls', text('Let me see.'), call('look', { at: 'late' }), call('look', { at: 'b' })),
      done(),
    ]);
    expect(ran.outcome).toMatchObject({ ended: 'finished', reason: null, turns: 2 });
    expect(ran.outcome.usage).toEqual({ ...NO_USAGE, input: 20, output: 10 });
    expect(results(ran).map(({ content }) => content.trim())).toEqual(['seen late', 'seen b', 'ended']);
    expect(ran.events.map(({ type }) => type)).toEqual([
      'model-request',
      'model-response',
      ...['tool-call', 'tool-call', 'tool-result', 'tool-result'],
      ...['model-request', 'model-response', 'tool-call', 'tool-result'],
    ]);
  });

  it('sends what was sent before byte for byte, with what is new behind it', async () => {
    const thinking: TurnBlock = { type: 'opaque', provider: 'scripted', value: { signature: 'abc' } };
    const { requests } = await run([
      turn('tool-calls', thinking, call('look', { at: 'a' })),
      turn('tool-calls', call('look', { at: 'b' })),
      done(),
    ]);
    for (const [index, { messages }] of requests.slice(1).entries()) {
      const before = requests[index]?.messages ?? [];
      expect(JSON.stringify(messages.slice(0, before.length))).toBe(JSON.stringify(before));
    }
  });

  it('fault 14: a turn that was cut off is never run, and asked for once more with more room', async () => {
    const cut = turn('max-tokens', call('look', { at: 'half' }));
    const ran = await run([cut, done()]);
    expect(ran.looked).toEqual([]);
    expect(ran.requests.map(({ maxOutput }) => maxOutput)).toEqual([1000, 2000]);
    expect(ran.requests[1]?.messages).toEqual(ran.requests[0]?.messages);
    expect((await run([cut, cut])).outcome).toMatchObject({
      ended: 'failed',
      reason: 'the answer was cut off at 2000 tokens',
    });
  });

  it('fault 15: input that is no JSON goes back as an error; after three such turns the run has failed', async () => {
    const invalid = (): ModelTurn =>
      turn('tool-calls', {
        type: 'tool-call',
        id: `i${ids++}`,
        name: 'look',
        input: undefined,
        invalid: '{"at": ',
      });
    const mended = await run([invalid(), invalid(), turn('tool-calls', call('look', { at: 'a' })), done()]);
    expect(mended.outcome.ended).toBe('finished');
    expect(results(mended)[0]).toMatchObject({ isError: true });
    const { outcome, looked } = await run([invalid(), invalid(), invalid()]);
    expect(outcome.ended).toBe('failed');
    expect(looked).toEqual([]);
  });

  it('fault 16: an unknown tool is an error that names the tools', async () => {
    const ran = await run([turn('tool-calls', call('shell', { command: 'env' })), done()]);
    expect(results(ran)[0]).toMatchObject({
      isError: true,
      content: expect.stringContaining('finish, look'),
    });
  });

  it('fault 17: what the policy forbids is denied, said to the model, and in the events', async () => {
    const ran = await run([
      turn('tool-calls', call('look', { at: '/proc/self/environ' }), call('look', { at: '.git/config' })),
      done(),
    ]);
    expect(ran.looked).toEqual([]);
    const denied = ran.events.filter(
      (event) => event.type === 'tool-result' && event.decision?.decision === 'deny',
    );
    expect(denied).toHaveLength(2);
  });

  it('fault 18: two calls with one id are no turn', async () => {
    const { outcome, looked } = await run([
      turn('tool-calls', call('look', { at: 'a' }, 'x'), call('look', { at: 'b' }, 'x')),
    ]);
    expect(outcome).toMatchObject({
      ended: 'failed',
      retryable: true,
      reason: expect.stringContaining('two calls have one id'),
    });
    expect(looked).toEqual([]);
  });

  it('fault 19: of calls side by side one fails: all results are sent, in order', async () => {
    const ran = await run([
      turn(
        'tool-calls',
        call('look', { at: 'late' }, 'one'),
        call('look', { at: 5 }, 'two'),
        call('look', { at: 'c' }, 'three'),
      ),
      done(),
    ]);
    const sent = ran.requests[1]?.messages.at(-1);
    expect(sent).toMatchObject({
      role: 'tool-results',
      results: [
        { callId: 'one', isError: false },
        { callId: 'two', isError: true },
        { callId: 'three', isError: false },
      ],
    });
  });

  it('fault 20: a pause is sent back and gone on from, but not for ever', async () => {
    const pause = turn('pause', text('working'));
    const ran = await run([pause, pause, done()]);
    expect(ran.outcome.ended).toBe('finished');
    expect(ran.requests[2]?.messages.filter(({ role }) => role === 'assistant')).toHaveLength(2);
    expect((await run([pause, pause, pause, pause, pause, pause])).outcome.ended).toBe('failed');
  });

  it('fault 21: a refusal ends it, with its reason, and nothing is run', async () => {
    const refusal: ModelTurn = { ...turn('refusal', call('look', { at: 'a' })), refusal: 'policy' };
    const { outcome, looked } = await run([refusal]);
    expect(outcome).toMatchObject({ ended: 'refused', reason: 'the model refused: policy' });
    expect(looked).toEqual([]);
  });

  it.each([
    ['22: a full context', turn('context-exceeded')],
    ['03: a request that is too large', new ModelError('too-large', 'too large (413)', { retryable: false })],
  ])('fault %s: older results are taken out once, and then it has failed', async (_, full) => {
    const looks = ['a', 'b', 'c', 'large'].map((at) =>
      turn('tool-calls', { type: 'opaque', provider: 'scripted', value: at }, call('look', { at })),
    );
    const ran = await run([...looks, full, done()]);
    expect(ran.outcome.ended).toBe('finished');
    const after = ran.requests.at(-1)?.messages ?? [];
    const told = after.flatMap((message) =>
      message.role === 'tool-results' ? message.results.map(({ content }) => content.slice(0, 8)) : [],
    );
    expect(told).toEqual(['[This re', '[This re', 'seen c ', 'seen lar']);
    // Thinking is bound to what was before it.
    expect(JSON.stringify(after)).not.toContain('opaque');
    expect((await run([...looks, full, full])).outcome.ended).toBe('failed');
    expect((await run([full])).outcome.ended).toBe('failed');
  });

  it('fault 24: an end without a word, or without saying that it is done, is nudged once and then a failure', async () => {
    for (const end of [turn('end'), turn('end', text('Looks good to me.'))]) {
      const nudged = await run([end, done()]);
      expect(nudged.outcome.ended).toBe('finished');
      expect(nudged.requests[1]?.messages.at(-1)).toEqual({ role: 'user', text: 'Call finish.' });
      expect((await run([end, end])).outcome).toMatchObject({ ended: 'failed', retryable: true });
    }
  });

  it('fault 26: the same call five times ends it', async () => {
    const again = (): ModelTurn => turn('tool-calls', call('look', { at: 'a' }));
    const { outcome, looked } = await run([again(), again(), again(), again(), again()]);
    expect(outcome).toMatchObject({ ended: 'failed', reason: 'the model made the same call 5 times' });
    expect(looked).toHaveLength(4);
  });

  it.each([
    ['key', false],
    ['server', true],
    ['connection', true],
    ['bad-answer', true],
  ] as const)(
    'a failure of the model (%s) is an outcome that says whether another may do',
    async (kind, retryable) => {
      const { outcome } = await run([new ModelError(kind, 'no answer', { retryable, usage })]);
      expect(outcome).toMatchObject({ ended: 'failed', reason: 'no answer', retryable, usage });
    },
  );

  it('of more than forty calls in a turn the rest is not run, said to the model, and asked for again', async () => {
    const looks = Array.from({ length: 45 }, (_, at) => call('look', { at: String(at) }));
    const ran = await run([turn('tool-calls', call('finish'), ...looks), turn('end', text('Done.'))]);
    expect(ran.looked).toHaveLength(39);
    expect(results(ran)).toHaveLength(46);
    expect(results(ran).at(-1)).toMatchObject({ isError: true, content: expect.stringContaining('Not run') });
    // Nothing that was not run is lost behind a finish of the same turn.
    expect(ran.requests).toHaveLength(2);
    expect(ran.outcome).toMatchObject({ ended: 'finished' });
  });

  it('results of one turn that would fill the context are not all sent: the model is told to ask again', async () => {
    const context = { limits: { context: 8_000, output: 1_000 } };
    const looks = ['large', 'a', 'large'].map((at) => call('look', { at }));
    const ran = await run([turn('tool-calls', ...looks), done()], { model: context });
    const [, , sent] = ran.requests[1]?.messages ?? [];
    if (sent?.role !== 'tool-results') throw new Error('no results');
    expect(sent.results.map(({ isError }) => isError)).toEqual([false, false, true]);
    expect(sent.results[2]?.content).toMatch(/^Not shown: .* 5011 characters/);
  });

  it('ends at its limits of turns, tokens and time, before it asks again', async () => {
    const look = (at: string): ModelTurn => turn('tool-calls', call('look', { at }));
    expect((await run([look('a'), look('b')], { turns: 2 })).outcome).toMatchObject({
      ended: 'limit',
      reason: 'out of turns (2)',
      turns: 2,
    });
    expect((await run([], { tokens: 100 })).outcome).toMatchObject({ ended: 'limit', turns: 1 });
    expect((await run([], { deadline: 0 })).outcome).toMatchObject({ ended: 'late', reason: 'out of time' });
  });

  it('is stopped between two turns when it is told to', async () => {
    const controller = new AbortController();
    const stop: AnyTool = {
      name: 'stop',
      description: 'Stops.',
      input: z.strictObject({}),
      effect: 'read',
      async run() {
        controller.abort();
        return { content: 'stopped' };
      },
    };
    const { outcome } = await run([turn('tool-calls', call('stop'))], {
      signal: controller.signal,
      more: [stop],
    });
    expect(outcome.ended).toBe('aborted');
  });

  it('a defect of ours in a tool is not told to the model: it rejects', async () => {
    const broken: AnyTool = {
      name: 'broken',
      description: 'Breaks.',
      input: z.strictObject({}),
      effect: 'read',
      run: () => Promise.reject(new TypeError('ours')),
    };
    await expect(run([turn('tool-calls', call('broken'))], { more: [broken] })).rejects.toThrow('ours');
  });

  it('a script that has ended fails the test', async () => {
    await expect(run([turn('tool-calls', call('look', { at: 'a' }))])).rejects.toThrow(
      'the script of the model has ended',
    );
  });
});
