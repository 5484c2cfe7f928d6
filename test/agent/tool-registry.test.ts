import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import type { ToolCall } from '../../src/agent/model.ts';
import type { Decision, ToolUse } from '../../src/agent/policy.ts';
import { type Tool, ToolFailure, type ToolOutput } from '../../src/agent/tool.ts';
import {
  type AnyTool,
  createToolRegistry,
  type ToolboxOptions,
  toolSpec,
} from '../../src/agent/tool-registry.ts';

const input = z.strictObject({
  path: z.string().check(z.minLength(1), z.maxLength(10), z.describe('A path.')),
  options: z.optional(z.strictObject({ lines: z.array(z.int()) }).check(z.describe('More.'))),
});
type Input = z.infer<typeof input>;

function tool(run: Tool<Input>['run'], more: Partial<Tool<Input>> = {}): Tool<Input> {
  return {
    name: 'look',
    description: 'Looks.',
    input,
    effect: 'read',
    paths: ({ path }) => [path],
    run,
    ...more,
  };
}
const answering = (output: ToolOutput) => tool(async () => output);

const allow = (): Decision => ({ decision: 'allow', reason: 'all may' });
const toolbox = (tools: readonly AnyTool[], options: Partial<ToolboxOptions> = {}) =>
  createToolRegistry(tools, { decide: allow, ...options });
const call = (value: unknown, more: Partial<ToolCall> = {}): ToolCall => ({
  type: 'tool-call',
  id: 'call-1',
  name: 'look',
  input: value,
  ...more,
});
const never = new AbortController().signal;

describe('what a model is told', () => {
  it('names, descriptions and schemas, by name, and unknown keys are errors', () => {
    const other = tool(async () => ({ content: '' }), { name: 'also' });
    const { specs } = toolbox([tool(async () => ({ content: '' })), other]);
    expect(specs.map(({ name }) => name)).toEqual(['also', 'look']);
    expect(specs[1]).toEqual({
      name: 'look',
      description: 'Looks.',
      inputSchema: {
        type: 'object',
        properties: {
          path: { type: 'string', minLength: 1, maxLength: 10, description: 'A path.' },
          options: {
            type: 'object',
            description: 'More.',
            properties: {
              lines: {
                type: 'array',
                items: { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
              },
            },
            required: ['lines'],
            additionalProperties: false,
          },
        },
        required: ['path'],
        additionalProperties: false,
      },
    });
    expect(JSON.stringify(toolbox([other, tool(async () => ({ content: '' }))]).specs)).toBe(
      JSON.stringify(specs),
    );
  });

  it('what is no tool is refused when the registry is made', () => {
    const run = async () => ({ content: '' });
    expect(() => toolbox([tool(run), tool(run)])).toThrow(/one name/);
    expect(() => toolbox([tool(run, { name: 'Look' })])).toThrow(/no name/);
    const schema = (wanted: z.ZodMiniType<unknown>): AnyTool => ({ ...tool(run), input: wanted });
    expect(() => toolSpec(schema(z.string()))).toThrow(/no object/);
    expect(() => toolSpec(schema(z.object({ a: z.string() })))).toThrow(/unknown keys/);
  });
});

describe('a call that is none', () => {
  const { call: run } = toolbox([answering({ content: 'ran' })]);
  it('of an unknown tool names the tools', async () => {
    const answer = await run(call({ path: 'a' }, { name: 'shell' }), never);
    expect(answer).toMatchObject({ outcome: 'unknown', decision: null });
    expect(answer.result).toEqual({
      callId: 'call-1',
      content: 'There is no tool "shell". The tools are: look.',
      isError: true,
    });
    for (const name of ['__proto__', 'constructor', ''])
      expect((await run(call({}, { name }), never)).outcome).toBe('unknown');
  });

  it('with an input that is no JSON says so', async () => {
    const answer = await run(call(undefined, { invalid: '{"path": "a' }), never);
    expect(answer.outcome).toBe('invalid');
    expect(answer.result.content).toBe('The input of look was no JSON: "{\\"path\\": \\"a"');
  });

  it('with a wrong input lists what is wrong, path by path', async () => {
    const answer = await run(call({ path: 'x'.repeat(11), options: { lines: [1, 'b'] }, extra: 1 }), never);
    expect(answer).toMatchObject({ outcome: 'invalid', decision: null });
    expect(answer.result.content).toBe(
      [
        'The input of look is wrong:',
        '- path: Too big: expected string to have <=10 characters',
        '- options.lines[1]: Invalid input: expected number, received string',
        '- the input: Unrecognized key: "extra"',
      ].join('\n'),
    );
    expect((await run(call(null), never)).result.content).toContain(
      '- the input: Invalid input: expected object',
    );
    expect((await run(call({ path: 'a', __proto__: null }), never)).outcome).toBe('done');
  });
});

describe('the policy', () => {
  const seen: ToolUse[] = [];
  const deciding = (decision: Decision['decision'], options: Partial<ToolboxOptions> = {}) => {
    let ran = false;
    const looking = tool(async () => {
      ran = true;
      return { content: 'ran' };
    });
    const decide = (use: ToolUse): Decision => {
      seen.push(use);
      return { decision, reason: 'the rules say so' };
    };
    const { call: run } = toolbox([looking], { decide, ...options });
    return async () => ({ answer: await run(call({ path: 'a' }), never), ran });
  };

  it('is asked with the tool, its effect and its paths, and what it denies is not run', async () => {
    const { answer, ran } = await deciding('deny')();
    expect(seen.at(-1)).toEqual({ tool: 'look', effect: 'read', paths: ['a'] });
    expect(ran).toBe(false);
    expect(answer).toMatchObject({
      outcome: 'denied',
      decision: { decision: 'deny' },
      result: { content: 'Not allowed: the rules say so.', isError: true },
    });
  });

  it('what it would ask is denied where nobody can answer', async () => {
    const { answer, ran } = await deciding('ask')();
    expect(ran).toBe(false);
    expect(answer.outcome).toBe('denied');
    expect(answer.result.content).toMatch(/nobody can be asked/);
  });

  it('a person decides where one can', async () => {
    const questions: unknown[] = [];
    const approve = (yes: boolean) => async (question: unknown) => {
      questions.push(question);
      return yes;
    };
    expect(await deciding('ask', { approve: approve(true) })()).toMatchObject({ ran: true });
    const { answer, ran } = await deciding('ask', { approve: approve(false) })();
    expect(ran).toBe(false);
    expect(answer.outcome).toBe('denied');
    expect(questions[0]).toMatchObject({ tool: 'look', input: { path: 'a' }, reason: 'the rules say so' });
  });
});

describe('running', () => {
  it('gives the tool the parsed input and passes its answer on', async () => {
    const inputs: Input[] = [];
    const looking = tool(async (value) => {
      inputs.push(value);
      return { content: 'seen', details: { lines: 3 } };
    });
    const answer = await toolbox([looking]).call(call({ path: 'a' }), never);
    expect(inputs).toEqual([{ path: 'a' }]);
    expect(answer).toMatchObject({ outcome: 'done', cut: 0, details: { lines: 3 } });
    expect(answer.result).toEqual({ callId: 'call-1', content: 'seen', isError: false });
    expect(answer.ms).toBeGreaterThanOrEqual(0);
  });

  it('what the model did wrong is an answer, what went wrong with us rejects', async () => {
    const failing = (error: Error) =>
      toolbox([tool(() => Promise.reject(error))]).call(call({ path: 'a' }), never);
    expect(await failing(new ToolFailure('no such file'))).toMatchObject({
      outcome: 'failed',
      result: { content: 'no such file', isError: true },
    });
    await expect(failing(new Error('broken'))).rejects.toThrow('broken');
    const throwing = tool(() => {
      throw new ToolFailure('at once');
    });
    expect((await toolbox([throwing]).call(call({ path: 'a' }), never)).result.content).toBe('at once');
  });

  it('a tool that takes too long is told to stop, and the model that it did', async () => {
    const heeding = tool(async (_, { signal }) => {
      await sleep(10_000, undefined, { signal });
      return { content: 'late' };
    });
    const answer = await toolbox([heeding], { timeLimit: 50 }).call(call({ path: 'a' }), never);
    expect(answer).toMatchObject({ outcome: 'failed', result: { isError: true } });
    expect(answer.result.content).toBe('look did not end within 0.05 s and was stopped. Ask for less.');
    expect(answer.ms).toBeLessThan(900);
  });

  it('one that reads and does not heed is left alone; one that changes something is no answer at all', async () => {
    const deaf = (effect: Tool['effect']) =>
      toolbox([tool(() => new Promise(() => {}), { effect })], { timeLimit: 20 }).call(
        call({ path: 'a' }),
        never,
      );
    expect((await deaf('read')).outcome).toBe('failed');
    await expect(deaf('write')).rejects.toThrow(/may still be changing/);
  });

  it('ends when the run is stopped', async () => {
    const stopped = new AbortController();
    const heeding = tool((_, { signal }) => sleep(10_000, { content: '' }, { signal }));
    const running = toolbox([heeding]).call(call({ path: 'a' }), stopped.signal);
    setTimeout(() => stopped.abort(), 20);
    const answer = await running;
    expect(answer.result).toMatchObject({ content: 'look was stopped.', isError: true });
    expect(answer.ms).toBeLessThan(900);
  });
});

describe('what is too long', () => {
  const lines = Array.from({ length: 1_000 }, (_, index) => `line ${index}`).join('\n');
  const shown = async (output: ToolOutput, options: Partial<ToolboxOptions> = {}) =>
    toolbox([answering(output)], options).call(call({ path: 'a' }), never);

  it('is cut at the end of a line, and the model told how much and what shows the rest', async () => {
    const { result, cut } = await shown({ content: lines, more: 'Use start_line.' }, { characters: 100 });
    const [notice = '', ...kept] = result.content.split('\n').reverse();
    expect(kept.reverse().join('\n')).toBe(lines.slice(0, lines.length - cut));
    expect(lines[lines.length - cut]).toBe('\n');
    expect(notice).toBe(`[The last ${cut} of ${lines.length} characters are cut off. Use start_line.]`);
    expect(lines.length - cut).toBeGreaterThan(90);
    expect(lines.length - cut).toBeLessThanOrEqual(100);
  });

  it('is what is longer than 30,000 characters, unless told otherwise', async () => {
    expect((await shown({ content: 'x'.repeat(30_000) })).cut).toBe(0);
    expect((await shown({ content: 'x'.repeat(30_001) })).cut).toBe(1);
  });

  it('within one line is cut there, and never in the middle of a character', async () => {
    const { result, cut } = await shown({ content: `a\n${'😀'.repeat(100)}` }, { characters: 51 });
    expect(cut).toBe(151);
    expect(result.content.isWellFormed()).toBe(true);
  });

  it('is cut after secrets were taken out', async () => {
    const { result } = await shown(
      { content: `${'x'.repeat(95)}SECRET${'y'.repeat(100)}` },
      { characters: 100, redact: (text) => text.replaceAll('SECRET', '······') },
    );
    expect(result.content).not.toMatch(/S|E/);
  });

  it('errors are redacted too', async () => {
    const failing = tool(() => Promise.reject(new ToolFailure('SECRET is no file')));
    const { result } = await toolbox([failing], {
      redact: async (text) => text.replaceAll('SECRET', '…'),
    }).call(call({ path: 'a' }), never);
    expect(result.content).toBe('… is no file');
  });
});
