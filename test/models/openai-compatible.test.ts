import { once } from 'node:events';
import { createServer } from 'node:net';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { monotonicMs } from '../../src/agent/clock.ts';
import type { Message, Model, ModelRequest, ModelTurn, ToolSpec, TurnBlock } from '../../src/agent/model.ts';
import { ModelError } from '../../src/agent/model-error.ts';
import {
  createOpenAiCompatibleModel,
  listModels,
  type OpenAiCompatibleOptions,
} from '../../src/models/openai-compatible.ts';
import { readEventStream } from '../../src/models/read-event-stream.ts';
import type { ModelServer, ScriptedTurn, Step } from '../support/model-script.ts';
import { type Deviations, startOpenAiServer } from '../support/openai-server.ts';

const READ_FILE: ToolSpec = {
  name: 'read_file',
  description: 'Reads a file.',
  inputSchema: { type: 'object', properties: { path: { type: 'string' } }, required: ['path'] },
};
const USER: Message = { role: 'user', text: 'Review this.' };
const ANSWER: ScriptedTurn = { text: 'All is well.' };
const CALLS: ScriptedTurn = {
  text: 'I look at two files.',
  calls: [
    { name: 'read_file', input: { path: 'a.ts' }, id: 'first' },
    { name: 'read_file', input: { path: 'b/ü.ts', start_line: 3 }, id: 'second' },
  ],
};

const conversation = (...messages: Message[]): ModelRequest => ({
  system: 'You review.',
  tools: [READ_FILE],
  messages,
  maxOutput: 1000,
});

type Settings = Partial<OpenAiCompatibleOptions>;

const modelOf = ({ baseUrl }: ModelServer, settings: Settings = {}): Model =>
  createOpenAiCompatibleModel({ id: 'scripted-model', baseUrl, retryDelayMs: 10, ...settings });

interface Asking {
  readonly messages?: readonly Message[];
  readonly signal?: AbortSignal;
  readonly milliseconds?: number;
  readonly onProgress?: (characters: number) => void;
}

const ask = (model: Model, asking: Asking = {}): Promise<ModelTurn> =>
  model.ask(conversation(...(asking.messages ?? [USER])), {
    signal: asking.signal ?? new AbortController().signal,
    deadline: monotonicMs() + (asking.milliseconds ?? 5000),
    ...(asking.onProgress && { onProgress: asking.onProgress }),
  });

/** The turn that a server with these deviations gives. */
async function turnOf(step: Step, deviations: Deviations = {}): Promise<ModelTurn> {
  const server = await startOpenAiServer([step], deviations);
  return ask(modelOf(server, { idleTimeoutMs: 5000 }));
}

/** How asking ends, which is not with a turn; how often the server was asked. */
async function failureOf(
  steps: readonly Step[],
  { settings = {}, asking = {} }: { settings?: Settings; asking?: Asking } = {},
): Promise<{ error: ModelError; server: ModelServer }> {
  const server = await startOpenAiServer(steps);
  const error: unknown = await ask(modelOf(server, settings), asking).then(
    (turn) => expect.fail(`a turn: ${JSON.stringify(turn)}`),
    (reason: unknown) => reason,
  );
  if (!(error instanceof ModelError)) throw error;
  return { error, server };
}

const times = (count: number, step: Step): Step[] => Array.from({ length: count }, () => step);
const textOf = ({ blocks }: ModelTurn) =>
  blocks.flatMap((block) => (block.type === 'text' ? [block.text] : []));
const callsOf = ({ blocks }: ModelTurn) => blocks.filter((block) => block.type === 'tool-call');
/** What a real one looks like. */
const KEY = `sk-${'proj'}-${'Abc123'.repeat(6)}`;

describe('a turn', () => {
  test('of text, with its usage and progress', async () => {
    const server = await startOpenAiServer([
      { text: 'Größe 😀 ok', usage: { input: 30, output: 7, cacheRead: 12 }, pieces: 1 },
    ]);
    const progress: number[] = [];
    const turn = await ask(modelOf(server), { onProgress: (characters) => progress.push(characters) });
    expect(turn).toEqual({
      blocks: [{ type: 'text', text: 'Größe 😀 ok' }],
      stop: 'end',
      usage: { input: 30, output: 7, cacheRead: 12, cacheWrite: 0, estimated: false },
    });
    expect(progress.at(-1)).toBe('Größe 😀 ok'.length);
    expect(server.abandoned()).toBe(0);
  });

  test('of calls, in pieces', async () => {
    const turn = await turnOf({ ...CALLS, pieces: 7 });
    expect(turn.stop).toBe('tool-calls');
    expect(turn.blocks).toEqual([
      { type: 'text', text: 'I look at two files.' },
      { type: 'tool-call', id: 'first', name: 'read_file', input: { path: 'a.ts' } },
      { type: 'tool-call', id: 'second', name: 'read_file', input: { path: 'b/ü.ts', start_line: 3 } },
    ]);
  });

  test('arguments: empty ones are none, what is no JSON is kept as it was written', async () => {
    const turn = await turnOf({
      calls: [
        { name: 'read_file', raw: '' },
        { name: 'read_file', raw: '{"path": "a' },
        { name: 'read_file', raw: '"a.ts"' },
      ],
    });
    expect(callsOf(turn).map(({ input, invalid }) => ({ input, invalid }))).toEqual([
      { input: {}, invalid: undefined },
      { input: undefined, invalid: '{"path": "a' },
      { input: 'a.ts', invalid: undefined },
    ]);
  });

  test('the request: one system message in front, the tools, the key, the limit', async () => {
    const server = await startOpenAiServer([ANSWER]);
    await ask(modelOf({ ...server, baseUrl: `${server.baseUrl}/` }, { apiKey: KEY }));
    const [request] = server.requests;
    expect(request?.headers['authorization']).toBe(`Bearer ${KEY}`);
    expect(request?.json).toEqual({
      model: 'scripted-model',
      max_tokens: 1000,
      stream: true,
      stream_options: { include_usage: true },
      tools: [
        {
          type: 'function',
          function: { name: 'read_file', description: 'Reads a file.', parameters: READ_FILE.inputSchema },
        },
      ],
      messages: [
        { role: 'system', content: 'You review.' },
        { role: 'user', content: 'Review this.' },
      ],
    });
  });

  test('many on one connection', async () => {
    const server = await startOpenAiServer(times(3, ANSWER));
    for (let turn = 0; turn < 3; turn += 1) await ask(modelOf(server));
    expect(server.connections()).toBe(1);
  });
});

describe('a conversation', () => {
  test('of three turns begins with the same bytes each time', async () => {
    const server = await startOpenAiServer([
      CALLS,
      { calls: [{ name: 'read_file', raw: '{"path": 1.0e2 }' }] },
      ANSWER,
    ]);
    const model = modelOf(server);
    const messages: Message[] = [USER];
    for (let turn = 0; turn < 3; turn += 1) {
      const { blocks } = await ask(model, { messages });
      messages.push({ role: 'assistant', blocks }, { role: 'tool-results', results: resultsOf(blocks) });
    }
    const sent = server.requests.map(({ raw }) => raw.slice(0, -'}]}'.length));
    for (const [index, raw] of sent.entries()) expect(raw.startsWith(sent[index - 1] ?? '')).toBe(true);
    expect(new Set(sent).size).toBe(3);
    expect(messagesOf(server.requests[1])).toEqual([
      { role: 'system', content: 'You review.' },
      { role: 'user', content: 'Review this.' },
      {
        role: 'assistant',
        content: 'I look at two files.',
        tool_calls: [
          { id: 'first', type: 'function', function: { name: 'read_file', arguments: '{"path":"a.ts"}' } },
          {
            id: 'second',
            type: 'function',
            function: { name: 'read_file', arguments: '{"path":"b/ü.ts","start_line":3}' },
          },
        ],
      },
      { role: 'tool', tool_call_id: 'first', content: 'result of first' },
      { role: 'tool', tool_call_id: 'second', content: 'Error: result of second' },
    ]);
  });

  test('joins user turns, and leaves out what is empty or of another provider', async () => {
    const server = await startOpenAiServer([ANSWER]);
    const empty: Message = {
      role: 'assistant',
      blocks: [{ type: 'opaque', provider: 'anthropic', value: { thinking: 'hm' } }],
    };
    await ask(modelOf(server), { messages: [USER, empty, { role: 'user', text: 'Go on.' }] });
    expect(messagesOf(server.requests[0])).toEqual([
      { role: 'system', content: 'You review.' },
      { role: 'user', content: 'Review this.\n\nGo on.' },
    ]);
  });

  test('goes on after arguments that are no JSON object, which vLLM would refuse for ever', async () => {
    const server = await startOpenAiServer([
      {
        calls: [
          { name: 'read_file', raw: '{"path": "a' },
          { name: 'read_file', raw: '["a.ts"]' },
        ],
      },
      ANSWER,
    ]);
    const { blocks } = await ask(modelOf(server));
    await ask(modelOf(server), {
      messages: [USER, { role: 'assistant', blocks }, { role: 'tool-results', results: resultsOf(blocks) }],
    });
    expect(server.requests[1]?.raw).toContain(String.raw`{\"invalid_arguments\":\"{\\\"path\\\": \\\"a\"}`);
    expect(server.requests[1]?.raw).toContain(String.raw`{\"invalid_arguments\":[\"a.ts\"]}`);
  });
});

describe('servers that deviate', () => {
  const deviations: Record<string, Deviations> = {
    'no index': { index: 'none' },
    'every index 0': { index: 'zero' },
    'every index 0, whole calls': { index: 'zero', calls: 'whole' },
    'no id': { id: 'none' },
    'an id in every piece': { id: 'repeated' },
    'an id in every piece, no index': { id: 'repeated', index: 'none' },
    'another id in every piece': { id: 'fresh' },
    'no id, no index': { id: 'none', index: 'none' },
    'the name in every piece': { name: 'repeated' },
    'no role': { role: 'none' },
    'whole calls': { calls: 'whole' },
    'whole calls, no index, no id': { calls: 'whole', index: 'none', id: 'none' },
    'finish with stop': { finish: 'stop' },
    'no usage': { usage: 'none' },
    'no [DONE]': { done: 'none' },
    'no end of the connection': { end: 'none' },
    'no [DONE] and no end': { done: 'none', end: 'none' },
    reasoning_content: { reasoning: 'reasoning_content' },
    reasoning: { reasoning: 'reasoning' },
    'reasoning within the text': { reasoning: 'think' },
  };
  test.for(Object.entries(deviations))('%s', async ([, deviation]) => {
    const turn = await turnOf({ ...CALLS, thinking: 'Which files?', pieces: 50 }, deviation);
    expect(turn.stop).toBe('tool-calls');
    expect(textOf(turn)).toEqual(['I look at two files.']);
    expect(callsOf(turn).map(({ name, input }) => ({ name, input }))).toEqual(
      CALLS.calls?.map(({ name, input }) => ({ name, input })),
    );
    const ids = callsOf(turn).map(({ id }) => id);
    expect(new Set(ids).size).toBe(2);
    if (deviation.id === 'none') for (const id of ids) expect(id).toMatch(/^[a-z0-9]{9}$/);
    else if (deviation.id === 'fresh') expect(ids).toEqual(['first_0', 'second_0']);
    else expect(ids).toEqual(['first', 'second']);
    expect(turn.usage.estimated).toBe(deviation.usage === 'none');
    expect(turn.usage.output).toBeGreaterThan(5);
    expect(turn.usage.input).toBeGreaterThan(50);
  });

  test('reasoning without an end is no text', async () => {
    const turn = await turnOf({ text: '<think>I wonder', stop: 'length' });
    expect(turn).toMatchObject({ blocks: [], stop: 'max-tokens' });
  });

  test('a text that speaks of <think> stays', async () => {
    const turn = await turnOf({ text: 'The tag <think>x</think> is not closed.' });
    expect(textOf(turn)).toEqual(['The tag <think>x</think> is not closed.']);
  });

  test('calls that cannot be told apart are no turn', async () => {
    const same = { name: 'read_file', input: { path: 'a.ts' }, id: 'same' };
    const server = await startOpenAiServer([{ calls: [same, same] }], { index: 'none', calls: 'whole' });
    await expect(ask(modelOf(server))).rejects.toMatchObject({ kind: 'bad-answer', usage: { output: 10 } });
  });
});

describe('an event stream', () => {
  const STREAM =
    ': OPENROUTER PROCESSING\r\n\r\nevent: message\r\ndata:{"a":\r\ndata: "ü"}\r\n\r\n' +
    'data: two\rdata\rdata:  lines\r\rid: 1\n\ndata: [DONE]\n\ndata: cut off';

  test.for([1, 2, 3, 1000])('line ends of all kinds, in pieces of %i bytes', async (size) => {
    const events = await Readable.from(readEventStream(piecesOf(Buffer.from(STREAM), size))).toArray();
    expect(events).toEqual(['{"a":\n"ü"}', 'two\n lines', '[DONE]']);
  });

  test('an event without an end', async () => {
    async function* endless() {
      yield Buffer.from('data: ');
      for (;;) yield Buffer.alloc(1_000_000, 'x');
    }
    await expect(Readable.from(readEventStream(endless())).toArray()).rejects.toMatchObject({
      kind: 'bad-answer',
    });
  });
});

describe('cancellation', () => {
  test('closes the socket within an answer', async () => {
    const stopping = new AbortController();
    const { error, server } = await failureOf([{ fault: 'stall', after: CALLS }], {
      asking: { signal: stopping.signal, onProgress: (characters) => characters > 10 && stopping.abort() },
    });
    expect(error).toMatchObject({ kind: 'aborted', retryable: false });
    await expect.poll(server.abandoned).toBe(1);
  });

  test('closes the socket before an answer', async () => {
    const { error, server } = await failureOf([{ ...ANSWER, delayMs: 1000 }], {
      asking: { signal: AbortSignal.timeout(50) },
    });
    expect(error.kind).toBe('aborted');
    await expect.poll(server.abandoned).toBe(1);
  });

  test('ends the wait before a repetition', async () => {
    const start = monotonicMs();
    const { error } = await failureOf([{ fault: 'status', status: 503, headers: { 'retry-after': '3' } }], {
      asking: { signal: AbortSignal.timeout(50) },
    });
    expect(error.kind).toBe('aborted');
    expect(monotonicMs() - start).toBeLessThan(1000);
  });

  test('before the request sends none', async () => {
    const { error, server } = await failureOf([], { asking: { signal: AbortSignal.abort() } });
    expect(error.kind).toBe('aborted');
    expect(server.requests).toEqual([]);
  });

  test('at the deadline: an answer that never begins', async () => {
    const { error, server } = await failureOf([{ ...ANSWER, delayMs: 2000 }], {
      settings: { idleTimeoutMs: 20 },
      asking: { milliseconds: 150 },
    });
    expect(error).toMatchObject({ kind: 'deadline', retryable: true, exitCode: 4 });
    await expect.poll(server.abandoned).toBe(1);
  });

  test('a deadline that is over sends nothing', async () => {
    const server = await startOpenAiServer([]);
    await expect(ask(modelOf(server), { milliseconds: -1 })).rejects.toMatchObject({ kind: 'deadline' });
    await sleep(50);
    expect(server.connections()).toBe(0);
  });

  test('an onProgress that throws is no failure of the model', async () => {
    const server = await startOpenAiServer([{ fault: 'stall', after: CALLS }]);
    const onProgress = () => {
      throw new TypeError('a defect');
    };
    await expect(ask(modelOf(server), { onProgress })).rejects.toThrow(TypeError);
    await expect.poll(server.abandoned).toBe(1);
  });
});

describe('faults', () => {
  test('fault 01: 401 is not repeated, and the key is not shown', async () => {
    const body = JSON.stringify({
      error: { message: `Incorrect API key provided: ${KEY}.`, code: 'invalid_api_key' },
    });
    const { error, server } = await failureOf([{ fault: 'status', status: 401, body }], {
      settings: { apiKey: KEY },
    });
    expect(error).toMatchObject({ kind: 'key', retryable: false, advice: 'Check OPENAI_API_KEY.' });
    expect(error.message).toContain('Incorrect API key provided: [key].');
    expect(JSON.stringify([error, error.stack, error.cause])).not.toContain(KEY);
    expect(server.requests).toHaveLength(1);
  });

  test('fault 02: 402 and 403 are named, and not repeated', async () => {
    const { error: unpaid } = await failureOf([{ fault: 'status', status: 402 }]);
    expect(unpaid).toMatchObject({ kind: 'payment', retryable: false });
    const { error: forbidden } = await failureOf([{ fault: 'status', status: 403, body: 'no\n  entry' }]);
    expect(forbidden).toMatchObject({ kind: 'permission', retryable: false });
    expect(forbidden.message).toMatch(/answered 403: no entry$/);
  });

  test('fault 03: 413 is too large', async () => {
    const { error } = await failureOf([{ fault: 'status', status: 413, body: '' }]);
    expect(error).toMatchObject({ kind: 'too-large', retryable: false });
  });

  test('fault 04: 429 waits once, as long as it is asked', async () => {
    const server = await startOpenAiServer([
      { fault: 'status', status: 429, headers: { 'retry-after': '1' } },
      ANSWER,
    ]);
    const start = monotonicMs();
    expect(textOf(await ask(modelOf(server)))).toEqual(['All is well.']);
    expect(monotonicMs() - start).toBeGreaterThan(990);
  });

  test('fault 05: a wait that goes beyond the deadline is not begun', async () => {
    const nextWeek = new Date(Date.now() + 6e8).toUTCString();
    for (const asked of ['86400', nextWeek, '1e400']) {
      const start = monotonicMs();
      const { error } = await failureOf([
        { fault: 'status', status: 429, headers: { 'retry-after': asked } },
      ]);
      expect(error).toMatchObject({ kind: 'rate-limit', retryable: true });
      expect(monotonicMs() - start).toBeLessThan(1000);
    }
  });

  test('fault 06: a 429 because the money is spent is not repeated', async () => {
    const body = JSON.stringify({ error: { message: 'You have no quota.', type: 'insufficient_quota' } });
    const { error } = await failureOf([{ fault: 'status', status: 429, body }]);
    expect(error).toMatchObject({ kind: 'payment', retryable: false });
  });

  test('fault 07: twice 529, then a turn', async () => {
    const server = await startOpenAiServer([...times(2, { fault: 'status', status: 529 }), ANSWER]);
    expect(textOf(await ask(modelOf(server)))).toEqual(['All is well.']);
  });

  test('fault 08: always 529 is a failure that may pass', async () => {
    const { error } = await failureOf(times(3, { fault: 'status', status: 529 }));
    expect(error).toMatchObject({ kind: 'overloaded', retryable: true, exitCode: 3 });
  });

  test('fault 09: what the server says not to repeat is not repeated', async () => {
    const { error } = await failureOf([
      { fault: 'status', status: 500, headers: { 'x-should-retry': 'false' } },
    ]);
    expect(error).toMatchObject({ kind: 'server', retryable: false });
  });

  test.for([408, 409, 500, 503])('fault 09: a %i without a word about it is repeated', async (status) => {
    const server = await startOpenAiServer([{ fault: 'status', status }, ANSWER]);
    expect(textOf(await ask(modelOf(server)))).toEqual(['All is well.']);
  });

  test('fault 10: an error within the stream is no turn', async () => {
    const server = await startOpenAiServer([{ fault: 'stream-error', after: CALLS }, CALLS]);
    expect(callsOf(await ask(modelOf(server)))).toHaveLength(2);
    const { error } = await failureOf(times(3, { fault: 'stream-error', after: CALLS }));
    expect(error).toMatchObject({ kind: 'server', retryable: true });
    expect(error.message).toContain('the model fell over');
  });

  test('fault 10: an error within the stream that says which', async () => {
    const frame = (error: unknown) => ({
      fault: 'body' as const,
      contentType: 'text/event-stream',
      body: `event: error\ndata: ${JSON.stringify(error)}\n\n`,
    });
    const { error: plain } = await failureOf(times(3, frame({ error: 'it broke' })));
    expect(plain).toMatchObject({ kind: 'server' });
    const { error: old } = await failureOf([frame({ object: 'error', message: 'no such', code: 400 })]);
    expect(old).toMatchObject({ kind: 'bad-request', retryable: false });
    const { error: busy } = await failureOf(times(3, frame({ error: { code: 429, message: 'busy' } })));
    expect(busy).toMatchObject({ kind: 'rate-limit', retryable: true });
  });

  test('fault 11: a stream that ends early is no turn', async () => {
    const server = await startOpenAiServer([{ fault: 'eof', after: CALLS }, CALLS]);
    expect(callsOf(await ask(modelOf(server)))).toHaveLength(2);
    for (const after of [ANSWER, CALLS]) {
      const { error } = await failureOf(times(3, { fault: 'eof', after }));
      expect(error).toMatchObject({ kind: 'bad-answer', retryable: true, usage: null });
    }
  });

  test('fault 12: a connection that is reset is no turn', async () => {
    const server = await startOpenAiServer([{ fault: 'reset', after: CALLS }, CALLS]);
    expect(callsOf(await ask(modelOf(server)))).toHaveLength(2);
    const { error } = await failureOf(times(3, { fault: 'reset', after: CALLS }));
    expect(error).toMatchObject({ kind: 'connection', retryable: true });
  });

  test('fault 12: no server at all', async () => {
    const { port, close } = await unusedPort();
    await close();
    const model = createOpenAiCompatibleModel({
      id: 'x',
      baseUrl: `http://127.0.0.1:${port}/v1`,
      retryDelayMs: 10,
    });
    await expect(ask(model)).rejects.toMatchObject({
      kind: 'connection',
      retryable: true,
      message: `no connection to the model server at http://127.0.0.1:${port}/v1: ECONNREFUSED`,
    });
  });

  test('fault 13: silence within an answer', async () => {
    const { error, server } = await failureOf(times(3, { fault: 'stall', after: CALLS }), {
      settings: { idleTimeoutMs: 100 },
    });
    expect(error).toMatchObject({ kind: 'connection', retryable: true });
    expect(error.message).toContain('sent nothing for 0.1 s');
    await expect.poll(server.abandoned).toBe(3);
  });

  test('fault 13: silence before an answer is no fault', async () => {
    for (const deviations of [{}, { head: 'early' }] as const) {
      const server = await startOpenAiServer([{ ...ANSWER, delayMs: 300 }], deviations);
      expect(textOf(await ask(modelOf(server, { idleTimeoutMs: 100 })))).toEqual(['All is well.']);
    }
  });

  test('fault 14: what the limit of tokens cut off is never run', async () => {
    const turn = await turnOf({ calls: [{ name: 'read_file', raw: '{"path": "a' }], stop: 'length' });
    expect(turn.stop).toBe('max-tokens');
    expect(callsOf(turn)).toMatchObject([{ input: undefined, invalid: '{"path": "a' }]);
    const whole = await turnOf({ ...CALLS, stop: 'length' });
    expect(whole.stop).toBe('max-tokens');
  });

  test('fault 18: two calls with one id are no turn', async () => {
    const same = { name: 'read_file', input: { path: 'a.ts' }, id: 'same' };
    const { error, server } = await failureOf([
      { calls: [same, { ...same, input: { path: 'b.ts' } }], usage: { input: 100, output: 10 } },
    ]);
    expect(error).toMatchObject({ kind: 'bad-answer', usage: { input: 100, output: 10, estimated: false } });
    expect(error.message).toContain('two calls have one id');
    expect(server.requests).toHaveLength(1);
  });

  test('fault 21: a refusal', async () => {
    expect(await turnOf({ ...CALLS, stop: 'content_filter' })).toMatchObject({ stop: 'refusal' });
    const refused = '{"choices":[{"delta":{"refusal":"I will not."},"finish_reason":"stop"}]}';
    const body = `data: ${refused}\n\ndata: [DONE]\n\n`;
    expect(await turnOf({ fault: 'body', contentType: 'text/event-stream', body })).toMatchObject({
      blocks: [],
      stop: 'refusal',
      refusal: 'I will not.',
    });
  });

  const tooLong: Record<string, Step> = {
    OpenAI: {
      fault: 'status',
      status: 400,
      body: '{"error":{"message":"too much","type":"invalid_request_error","code":"context_length_exceeded"}}',
    },
    'llama.cpp': {
      fault: 'status',
      status: 500,
      body: '{"error":{"code":500,"message":"too much","type":"exceed_context_size_error","n_ctx":256}}',
    },
    'llama.cpp, in a 200': {
      fault: 'body',
      contentType: 'application/json',
      body: '{"error":{"code":400,"message":"too much","type":"exceed_context_size_error"}}',
    },
    vLLM: {
      fault: 'status',
      status: 400,
      body: '{"object":"error","message":"The maximum context length is 4096 tokens.","code":400}',
    },
    'LM Studio, in the stream': {
      fault: 'body',
      contentType: 'text/event-stream',
      body: 'event: error\ndata: {"error":{"message":"Context size has been exceeded."}}\n\n',
    },
  };
  test.for(Object.entries(tooLong))('fault 22: the context is exceeded: %s', async ([, step]) => {
    const { error } = await failureOf([step]);
    expect(error).toMatchObject({ kind: 'too-large', retryable: false });
  });

  test('fault 23: a finish reason that is unknown or missing is no turn', async () => {
    const { error: unknown } = await failureOf([{ ...CALLS, stop: 'abort' }]);
    expect(unknown).toMatchObject({ kind: 'bad-answer', usage: { output: 10 } });
    expect(unknown.message).toContain('"abort"');
    const { error: missing } = await failureOf([{ ...CALLS, stop: null }]);
    expect(missing).toMatchObject({ kind: 'bad-answer', usage: { output: 10 } });
    const { error: lost } = await failureOf([{ ...ANSWER, stop: 'tool_calls' }]);
    expect(lost.kind).toBe('bad-answer');
  });

  test('fault 24: an empty turn is one, for the loop to judge', async () => {
    expect(await turnOf({})).toMatchObject({ blocks: [], stop: 'end' });
    expect(await turnOf({ text: ' \n' })).toMatchObject({ blocks: [], stop: 'end' });
  });

  test('fault 25: a 200 that is no stream', async () => {
    const page: Step = {
      fault: 'body',
      contentType: 'text/html',
      body: `<!DOCTYPE html>${'x'.repeat(9999)}`,
    };
    const server = await startOpenAiServer([page, ANSWER]);
    expect(textOf(await ask(modelOf(server)))).toEqual(['All is well.']);
    const { error } = await failureOf(times(3, page));
    expect(error).toMatchObject({ kind: 'bad-answer', retryable: true });
    expect(error.message).toMatch(/answered 200: a page of HTML$/);
    const lost: Step = {
      fault: 'body',
      contentType: 'application/json',
      body: '{"error":"Unexpected endpoint"}',
    };
    expect((await failureOf(times(3, lost))).error.message).toMatch(/answered 200: Unexpected endpoint$/);
    const refused: Step = { ...lost, body: '{"error":{"code":401,"message":"who are you"}}' };
    expect((await failureOf([refused])).error).toMatchObject({ kind: 'key', advice: 'Set OPENAI_API_KEY.' });
    const garbage: Step = {
      fault: 'body',
      contentType: 'text/event-stream',
      body: 'data: {"choices": 1}\n\ndata: <\n\n',
    };
    expect((await failureOf(times(3, garbage))).error.kind).toBe('bad-answer');
  });

  test('the text of an error is cut, and never holds a piece of the key', async () => {
    const text = `${'x'.repeat(390)}${KEY} ${'y'.repeat(100_000)}`;
    const { error } = await failureOf([{ fault: 'status', status: 400, body: text }], {
      settings: { apiKey: KEY },
    });
    expect(error.kind).toBe('bad-request');
    expect(error.message.length).toBeLessThan(600);
    expect(error.message).not.toContain(KEY.slice(0, 6));
  });

  test('a redirect is not followed', async () => {
    const { error } = await failureOf([
      { fault: 'status', status: 308, headers: { location: 'http://127.0.0.1:9/' } },
    ]);
    expect(error).toMatchObject({ kind: 'bad-answer', retryable: false });
  });
});

describe('models of a server', () => {
  test('are listed, those that only embed last', async () => {
    const { baseUrl } = await startOpenAiServer([]);
    expect(await listModels(baseUrl, null, new AbortController().signal)).toEqual([
      'scripted-model',
      'other-model',
      'text-embedding-nomic',
    ]);
  });

  test('are named when the one that was asked for is not among them', async () => {
    const body = '{"error":{"message":"model not found","code":"model_not_found"}}';
    for (const status of [404, 400]) {
      const { error } = await failureOf([{ fault: 'status', status, body }]);
      expect(error).toMatchObject({
        kind: 'not-found',
        retryable: false,
        advice: 'It has scripted-model, other-model, text-embedding-nomic.',
      });
    }
  });

  test('an address without /v1 is advised on', async () => {
    const server = await startOpenAiServer([]);
    const wrong = { ...server, baseUrl: server.baseUrl.replace('/v1', '') };
    await expect(ask(modelOf(wrong))).rejects.toMatchObject({
      kind: 'not-found',
      advice: expect.stringContaining('/v1'),
    });
    await expect(listModels(wrong.baseUrl, null, new AbortController().signal)).rejects.toMatchObject({
      kind: 'not-found',
    });
  });

  test('listing ends with its signal', async () => {
    const { port } = await unusedPort();
    const listing = listModels(`http://127.0.0.1:${port}/v1`, null, AbortSignal.timeout(50));
    await expect(listing).rejects.toMatchObject({ kind: 'aborted' });
  });

  test('an address that is none, a key that is none', () => {
    const create = (settings: Settings) => () =>
      createOpenAiCompatibleModel({ id: 'x', baseUrl: 'http://h/v1', ...settings });
    expect(create({ baseUrl: 'localhost:1234' })).toThrow('the address of the model server is no URL');
    expect(create({ apiKey: `${KEY}\nx` })).toThrow('characters that no key has');
    expect(create({ apiKey: `${KEY}\n` })).not.toThrow();
  });
});

describe('the server of these tests refuses', () => {
  const system = { role: 'system', content: 'x' };
  const user = { role: 'user', content: 'x' };
  const call = (id: string, args: unknown = '{}') => ({
    role: 'assistant',
    content: null,
    tool_calls: [{ id, type: 'function', function: { name: 'read_file', arguments: args } }],
  });
  const result = (id: string) => ({ role: 'tool', tool_call_id: id, content: 'x' });
  const refused: Record<string, object[]> = {
    'no messages': [],
    'an unknown role': [{ role: 'developer', content: 'x' }],
    'a call without its answer': [user, call('a'), user],
    'a call without its answer before the next turn': [user, call('a'), call('b'), result('b')],
    'a call without its answer at the end': [user, call('a')],
    'an answer without its call': [user, result('a')],
    'a second answer': [user, call('a'), result('a'), result('a')],
    'an answer to an earlier turn': [user, call('a'), result('a'), call('b'), result('a')],
    'two user turns in a row': [system, user, user],
    'a late system message': [user, system],
    'two system messages': [system, system, user],
    'arguments that are no string': [user, call('a', {}), result('a')],
    'arguments that are no JSON object': [user, call('a', '{"a'), result('a')],
    'an empty turn': [user, { role: 'assistant', content: '' }, user],
    'a turn of the model at the end': [user, { role: 'assistant', content: 'x' }],
  };
  test.for(Object.entries(refused))('%s', async ([, messages]) => {
    expect(await statusOf({ messages })).toBe(400);
  });

  const tool = (settings: object) => ({
    type: 'function',
    function: { name: 'read_file', description: 'x', parameters: { type: 'object' }, ...settings },
  });
  const badTools: Record<string, object[]> = {
    'an empty list of tools': [],
    'a tool with a bad name': [tool({ name: 'read file' })],
    'a tool with a schema that is none': [tool({ parameters: { type: 'object', properties: { a: 1 } } })],
    'a tool with a schema of no object': [tool({ parameters: { type: 'string' } })],
    'two tools with one name': [tool({}), tool({})],
  };
  test.for(Object.entries(badTools))('%s', async ([, tools]) => {
    expect(await statusOf({ messages: [user], tools })).toBe(400);
  });

  test('nothing of a good conversation', async () => {
    const messages = [system, user, call('a'), result('a'), user];
    expect(await statusOf({ messages, tools: [tool({})] }, [ANSWER])).toBe(200);
  });

  async function statusOf(body: object, steps: Step[] = []): Promise<number> {
    const { baseUrl } = await startOpenAiServer(steps);
    const whole = {
      model: 'x',
      max_tokens: 1,
      stream: true,
      stream_options: { include_usage: true },
      ...body,
    };
    const response = await fetch(`${baseUrl}/chat/completions`, {
      method: 'POST',
      body: JSON.stringify(whole),
    });
    await response.text();
    return response.status;
  }
});

async function* piecesOf(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

const resultsOf = (blocks: readonly TurnBlock[]) =>
  blocks
    .filter((block) => block.type === 'tool-call')
    .map(({ id }) => ({ callId: id, content: `result of ${id}`, isError: id === 'second' }));

const messagesOf = (request: { json: unknown } | undefined): unknown => Object(request?.json).messages;

/** A port on which connections are taken and never answered. */
async function unusedPort(): Promise<{ port: number; close: () => Promise<void> }> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const close = async () => {
    server.close();
    await sleep(0);
  };
  onTestFinished(close);
  return { port: address.port, close };
}
