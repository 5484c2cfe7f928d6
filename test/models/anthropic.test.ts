import { getEventListeners } from 'node:events';
import { createServer, type Server } from 'node:http';
import { describe, expect, it, onTestFinished, test, vi } from 'vitest';
import { monotonicMs } from '../../src/agent/clock.ts';
import type { Message, ModelRequest, ModelTurn, ToolCall, TurnBlock } from '../../src/agent/model.ts';
import { ModelError } from '../../src/agent/model-error.ts';
import { createAnthropicModel } from '../../src/models/anthropic.ts';
import { startAnthropicServer } from '../support/anthropic-server.ts';
import type { Fault, ModelServer, ScriptedTurn, Step } from '../support/model-script.ts';

/** Like a key, and no whole one in this file. */
const KEY = ['sk', 'ant', 'api03', 'q'.repeat(24)].join('-');
const MODEL = 'claude-sonnet-5-5';

const READ = {
  name: 'read_file',
  description: 'Reads a file.',
  inputSchema: {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    properties: { path: { type: 'string' } },
    required: ['path'],
    additionalProperties: false,
  },
};
const QUESTION: Message = { role: 'user', text: 'Look at a.ts.' };
const READ_A = { name: 'read_file', input: { path: 'a.ts' } };
const FINE: ScriptedTurn = { text: 'Nothing is wrong.' };
/** What a fault breaks off. */
const HALF: ScriptedTurn = {
  text: 'I look.',
  calls: [{ name: 'read_file', input: { path: 'never-run.ts' } }],
  usage: { input: 1000, cacheWrite: 500 },
};

const request = (messages: readonly Message[] = [QUESTION]): ModelRequest => ({
  system: 'You review changes.',
  tools: [READ],
  messages,
  maxOutput: 4096,
});

interface Bounds {
  readonly ms?: number;
  readonly idleMs?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (characters: number) => void;
}

function askModel(
  { baseUrl }: Pick<ModelServer, 'baseUrl'>,
  { ms = 10_000, idleMs = 5_000, signal = new AbortController().signal, onProgress }: Bounds = {},
  asked: ModelRequest = request(),
): Promise<ModelTurn> {
  const model = createAnthropicModel({ id: MODEL, apiKey: KEY, baseUrl, idleMs });
  return model.ask(asked, { signal, deadline: monotonicMs() + ms, ...(onProgress && { onProgress }) });
}

/** The error of a call that gives no turn. */
async function failure(answer: Promise<ModelTurn>): Promise<ModelError> {
  const error = await answer.then(
    (turn) => new Error(`a turn: ${JSON.stringify(turn)}`),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ModelError)) throw error;
  return error;
}

const toolCalls = (turn: ModelTurn): ToolCall[] =>
  turn.blocks.filter((block: TurnBlock) => block.type === 'tool-call');

/** The conversation after a turn whose calls all had a result. */
const goOn = (messages: readonly Message[], turn: ModelTurn): Message[] => [
  ...messages,
  { role: 'assistant', blocks: turn.blocks },
  {
    role: 'tool-results',
    results: toolCalls(turn).map(({ id, name }, index) => ({
      callId: id,
      content: `result of ${name}`,
      isError: index === 1,
    })),
  },
];

const status = (code: number, headers: Record<string, string> = {}, error?: object): Fault => ({
  fault: 'status',
  status: code,
  headers,
  ...(error && { body: JSON.stringify({ type: 'error', error, request_id: 'req_1' }) }),
});

describe('a turn', () => {
  it('arrives whole, in whatever pieces it comes', async () => {
    const server = await startAnthropicServer([
      {
        thinking: 'Grüße an 中文.',
        text: 'Ich schaue 👋 hinein.',
        calls: [READ_A, { name: 'list', input: { depth: 2, names: ['é'] } }],
        usage: { input: 11, output: 22, cacheRead: 33, cacheWrite: 44 },
        pieces: 3,
      },
    ]);
    const progress: number[] = [];
    const turn = await askModel(server, { onProgress: (characters) => progress.push(characters) });
    expect(turn).toEqual({
      blocks: [
        {
          type: 'opaque',
          provider: 'anthropic',
          value: { type: 'thinking', thinking: 'Grüße an 中文.', signature: 'signature-1' },
        },
        { type: 'text', text: 'Ich schaue 👋 hinein.' },
        { type: 'tool-call', id: 'toolu_1_0', name: 'read_file', input: { path: 'a.ts' } },
        { type: 'tool-call', id: 'toolu_1_1', name: 'list', input: { depth: 2, names: ['é'] } },
      ],
      stop: 'tool-calls',
      usage: { input: 11, output: 22, cacheRead: 33, cacheWrite: 44, estimated: false },
    });
    expect(progress.length).toBeGreaterThan(10);
    expect(progress).toEqual(progress.toSorted((a, b) => a - b));
    expect(server.abandoned()).toBe(0);
  });

  it('is asked for with what the API takes and nothing else', async () => {
    const server = await startAnthropicServer([FINE]);
    await askModel(server);
    expect(server.requests[0]?.json).toEqual({
      model: MODEL,
      max_tokens: 4096,
      stream: true,
      cache_control: { type: 'ephemeral' },
      tools: [{ name: 'read_file', description: 'Reads a file.', input_schema: READ.inputSchema }],
      system: [{ type: 'text', text: 'You review changes.', cache_control: { type: 'ephemeral' } }],
      messages: [
        {
          role: 'user',
          content: [{ type: 'text', text: 'Look at a.ts.', cache_control: { type: 'ephemeral' } }],
        },
      ],
    });
    expect(server.requests[0]?.headers['authorization']).toBe(`Bearer ${KEY}`);
  });

  it('asks for no more than the model can give', async () => {
    const server = await startAnthropicServer([FINE]);
    const model = createAnthropicModel({ id: MODEL, apiKey: KEY, ...server, limits: { output: 1000 } });
    await model.ask(request(), { signal: new AbortController().signal, deadline: monotonicMs() + 5000 });
    expect(server.requests[0]?.json).toMatchObject({ max_tokens: 1000 });
  });

  it('is sent back unchanged, and every request begins with the bytes of the one before', async () => {
    const server = await startAnthropicServer([
      { thinking: 'First a.ts.', text: 'I read.', calls: [READ_A, READ_A], pieces: 5 },
      { thinking: '', calls: [READ_A] },
      { text: 'I look again.', calls: [READ_A] },
      FINE,
    ]);
    let messages: Message[] = [QUESTION];
    for (let turn = 1; turn <= 3; turn += 1)
      messages = goOn(messages, await askModel(server, {}, request(messages)));
    await askModel(server, {}, request(messages));
    const bodies = server.requests.map(({ raw }) => raw);
    expect(bodies).toHaveLength(4);
    for (const [index, body] of bodies.slice(1).entries()) {
      const before = bodies[index]?.slice(0, -']}'.length) ?? '';
      expect(body.slice(0, before.length)).toBe(before);
    }
    expect(bodies[3]).toContain(
      JSON.stringify({ type: 'thinking', thinking: 'First a.ts.', signature: 'signature-1' }),
    );
    expect(bodies[3]?.match(/cache_control/g)).toHaveLength(3);
  });
});

describe('a call that is over', () => {
  it('waits for nothing any more', async () => {
    const server = await startAnthropicServer([FINE, FINE, status(400)]);
    const { signal } = new AbortController();
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    await askModel(server, { signal });
    const before = timers();
    await askModel(server, { signal });
    await failure(askModel(server, { signal }));
    expect(timers()).toBeLessThanOrEqual(before);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it('has written nothing anywhere', async () => {
    const server = await startAnthropicServer([status(529), FINE, events('event: ping\ndata: {\n\n'), FINE]);
    const logged = (['log', 'info', 'warn', 'error', 'debug'] as const).map((name) =>
      vi.spyOn(console, name),
    );
    const model = createAnthropicModel({ id: 'claude-sonnet-4-5', apiKey: KEY, baseUrl: server.baseUrl });
    const bounds = { signal: new AbortController().signal, deadline: monotonicMs() + 5000 };
    await model.ask(request(), bounds);
    await model.ask(request(), bounds);
    for (const spy of logged) expect(spy).not.toHaveBeenCalled();
    vi.restoreAllMocks();
  });
});

describe('a call that is stopped', () => {
  it('closes the socket in the middle of a stream', async () => {
    const server = await startAnthropicServer([{ fault: 'stall', after: HALF }]);
    const controller = new AbortController();
    const answer = failure(
      askModel(server, { signal: controller.signal, onProgress: () => controller.abort() }),
    );
    expect(await answer).toMatchObject({ kind: 'aborted', retryable: false, usage: { input: 1000 } });
    await vi.waitFor(() => expect(server.abandoned()).toBe(1));
  });

  it('closes the socket before there is an answer', async () => {
    const server = await startAnthropicServer([{ ...FINE, delayMs: 1000 }]);
    const answer = failure(askModel(server, { signal: AbortSignal.timeout(100) }));
    expect((await answer).kind).toBe('aborted');
    await vi.waitFor(() => expect(server.abandoned()).toBe(1));
  });

  it('ends in the wait between two requests', async () => {
    const server = await startAnthropicServer([status(429, { 'retry-after': '8' })]);
    const began = monotonicMs();
    expect((await failure(askModel(server, { signal: AbortSignal.timeout(100) }))).kind).toBe('aborted');
    expect(monotonicMs() - began).toBeLessThan(2000);
  });

  it.each([
    ['aborted', { signal: AbortSignal.abort() }],
    ['deadline', { ms: 0 }],
  ])('is not made at all when it is over before it begins: %s', async (kind, bounds) => {
    const server = await startAnthropicServer([FINE]);
    await askModel(server);
    // Over the connection that is there, a request would be sent at once.
    for (let time = 0; time < 20; time += 1)
      expect((await failure(askModel(server, bounds))).kind).toBe(kind);
    expect(server.requests).toHaveLength(1);
  });
});

describe('faults', () => {
  it('fault 01: a refused key is asked with once and told to nobody', async () => {
    const error = { type: 'authentication_error', message: `invalid x-api-key: ${KEY}` };
    const server = await startAnthropicServer([status(401, {}, error)]);
    const thrown = await failure(askModel(server));
    expect(thrown).toMatchObject({ kind: 'key', retryable: false });
    expect(thrown.message).toBe('the model refused the key (401)');
    expect(JSON.stringify([thrown.message, thrown.advice, thrown.stack, thrown])).not.toContain(KEY);
    expect(thrown.cause).toBeUndefined();
  });

  it.each([
    [402, 'payment', 'billing_error'],
    [403, 'permission', 'permission_error'],
    [404, 'not-found', 'not_found_error'],
    [400, 'bad-request', 'invalid_request_error'],
  ])('fault 02: %i is %s and not tried again', async (code, kind, type) => {
    const server = await startAnthropicServer([
      status(code, {}, { type, message: `No,\n \u001b[31mnot with ${KEY}` }),
    ]);
    const thrown = await failure(askModel(server));
    expect(thrown).toMatchObject({ kind, retryable: false });
    expect(thrown.message).toMatch(new RegExp(`\\(${code}\\): No, \\[31mnot with \\[key\\]$`));
  });

  it('fault 03: 413 is too large', async () => {
    const server = await startAnthropicServer([status(413)]);
    expect(await failure(askModel(server))).toMatchObject({ kind: 'too-large', retryable: false });
  });

  it('fault 04: 429 with retry-after 1 is waited for once', async () => {
    const server = await startAnthropicServer([status(429, { 'retry-after': '1' }), FINE]);
    const began = monotonicMs();
    expect((await askModel(server)).stop).toBe('end');
    expect(monotonicMs() - began).toBeGreaterThan(900);
    expect(server.requests.map(({ raw }) => raw)).toEqual(Array(2).fill(server.requests[0]?.raw));
  });

  it.each([
    ['429 retry-after 86400', 429, '86400', 'rate-limit', '24 hours'],
    ['429 with a date', 429, new Date(Date.now() + 86_400_000).toUTCString(), 'rate-limit', '24 hours'],
    ['529 retry-after 86400', 529, '86400', 'overloaded', '24 hours'],
    ['429 with more than a timer can wait', 429, '99999999', 'rate-limit', '1158 days'],
  ])('fault 05: %s ends at once', async (_, code, after, kind, wait) => {
    const server = await startAnthropicServer([status(code, { 'retry-after': after })]);
    const began = monotonicMs();
    const message = `the model can be asked again in ${wait} (${code}), which is too late`;
    expect(await failure(askModel(server))).toMatchObject({ kind, message, retryable: true });
    expect(monotonicMs() - began).toBeLessThan(2000);
  });

  it.each([
    ['no answer', { ...FINE, delayMs: 3000 }],
    ['half an answer', { fault: 'stall', after: HALF }],
  ] satisfies [string, Step][])('fault 05: the deadline ends %s, down to the socket', async (_, step) => {
    const server = await startAnthropicServer([step]);
    const thrown = await failure(askModel(server, { ms: 300 }));
    expect(thrown).toMatchObject({ kind: 'deadline', exitCode: 4, retryable: true });
    await vi.waitFor(() => expect(server.abandoned()).toBe(1));
  });

  it.each([
    [
      429,
      { type: 'rate_limit_error', message: 'x', details: { error_code: 'enforced_spend_limit_reached' } },
    ],
    [
      429,
      { type: 'rate_limit_error', message: 'x', details: { error_code: 'contract_spend_limit_reached' } },
    ],
    [
      400,
      {
        type: 'invalid_request_error',
        message: 'You have reached your specified workspace API usage limits.',
      },
    ],
  ])('fault 06: a spend limit (%i) is not tried again', async (code, error) => {
    const server = await startAnthropicServer([status(code, {}, error)]);
    expect(await failure(askModel(server))).toMatchObject({ kind: 'payment', retryable: false });
  });

  it('fault 07: 529 twice, then an answer', async () => {
    const server = await startAnthropicServer([status(529), status(529), FINE]);
    expect((await askModel(server)).blocks).toEqual([{ type: 'text', text: 'Nothing is wrong.' }]);
  });

  it('fault 08: 529 always is overloaded', async () => {
    const server = await startAnthropicServer([status(529), status(529), status(529)]);
    expect(await failure(askModel(server))).toMatchObject({ kind: 'overloaded', retryable: true });
  });

  it('fault 09: 500 with x-should-retry: false is not tried again', async () => {
    const server = await startAnthropicServer([status(500, { 'x-should-retry': 'false' })]);
    expect(await failure(askModel(server))).toMatchObject({ kind: 'server', retryable: false });
  });

  const broken = [
    ['fault 10: an error event', { fault: 'stream-error', after: HALF }, 'overloaded'],
    ['fault 11: the end before message_stop', { fault: 'eof', after: HALF }, 'bad-answer'],
    ['fault 12: a reset', { fault: 'reset', after: HALF }, 'connection'],
    ['fault 13: silence', { fault: 'stall', after: HALF }, 'connection'],
    ['an event that is no JSON', events('data: {"type":"message_start",\n\n'), 'bad-answer'],
  ] satisfies [string, Fault, string][];

  it.each(broken)('%s in a stream: asked again, nothing of the first is kept', async (_, fault) => {
    const server = await startAnthropicServer([fault, { ...FINE, usage: { input: 10, output: 5 } }]);
    const turn = await askModel(server, { idleMs: 300 });
    expect(turn).toMatchObject({ blocks: [{ type: 'text', text: 'Nothing is wrong.' }], stop: 'end' });
    if (fault.fault !== 'body')
      expect(turn.usage).toMatchObject({ input: 1010, cacheWrite: 500, estimated: true });
    expect(server.requests[1]?.raw).toBe(server.requests[0]?.raw);
  });

  it.each(broken)('%s in two streams: no turn, but what they cost', async (_, fault, kind) => {
    const server = await startAnthropicServer([fault, fault]);
    const thrown = await failure(askModel(server, { idleMs: 300 }));
    expect(thrown).toMatchObject({ kind, retryable: true });
    if (fault.fault !== 'body') expect(thrown.usage).toMatchObject({ input: 2000, cacheWrite: 1000 });
    if (fault.fault === 'stall') await vi.waitFor(() => expect(server.abandoned()).toBe(2));
  });

  it('fault 10: an error event that says that the request is wrong is not asked about again', async () => {
    const server = await startAnthropicServer([
      { fault: 'stream-error', after: HALF, kind: 'invalid_request_error' },
    ]);
    expect(await failure(askModel(server))).toMatchObject({ kind: 'bad-request', retryable: false });
  });

  it('fault 13: a ping is no silence', async () => {
    const baseUrl = await serve(async (write) => {
      for (const event of ['message_start', 'ping', 'ping', 'ping', 'message_delta', 'message_stop']) {
        write(EVENTS[event] ?? '');
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    });
    expect((await askModel({ baseUrl }, { idleMs: 350 })).stop).toBe('end');
  });

  it('a whole answer needs no end of the connection, nor what an unknown event says', async () => {
    const baseUrl = await serve(async (write) => {
      write(EVENTS['message_start'] ?? '');
      write('event: news\ndata: {"type":"news","about":1}\n\n');
      write((EVENTS['message_delta'] ?? '') + EVENTS['message_stop']);
      await new Promise(() => {});
    });
    const began = monotonicMs();
    expect((await askModel({ baseUrl })).stop).toBe('end');
    expect(monotonicMs() - began).toBeLessThan(3000);
  });

  it('fault 14: a call that max_tokens cut off is no input', async () => {
    const server = await startAnthropicServer([
      { calls: [{ name: 'write', raw: '{"path":"a.ts","content":"ha' }], stop: 'max_tokens' },
    ]);
    const turn = await askModel(server);
    expect(turn.stop).toBe('max-tokens');
    expect(toolCalls(turn)).toMatchObject([{ input: undefined, invalid: '{"path":"a.ts","content":"ha' }]);
  });

  it.each([
    ['cut', '{"path":', undefined, { INVALID_JSON: '{"path":' }],
    ['a list', '["a.ts"]', ['a.ts'], { INVALID_JSON: '["a.ts"]' }],
    ['null', 'null', null, { INVALID_JSON: 'null' }],
    ['nothing', '', {}, {}],
  ])('fault 15: an input that is %s comes through and can be sent back', async (_, raw, input, sent) => {
    const server = await startAnthropicServer([{ calls: [{ name: 'read_file', raw }] }, FINE]);
    const turn = await askModel(server);
    expect(toolCalls(turn)).toEqual([
      {
        type: 'tool-call',
        id: 'toolu_1_0',
        name: 'read_file',
        input,
        ...(input === undefined && { invalid: raw }),
      },
    ]);
    await askModel(server, {}, request(goOn([QUESTION], turn)));
    expect(server.requests[1]?.json).toMatchObject({
      messages: [{}, { content: [{ type: 'tool_use', input: sent }] }, {}],
    });
  });

  it('fault 18: two calls with one id are no turn', async () => {
    const call = { ...READ_A, id: 'toolu_same' };
    const server = await startAnthropicServer([{ calls: [call, call] }]);
    expect(await failure(askModel(server))).toMatchObject({ kind: 'bad-answer', usage: { input: 100 } });
  });

  it('fault 18: an id that an earlier turn had is none for a new call', async () => {
    const turn = { calls: [{ ...READ_A, id: 'toolu_same' }] };
    const server = await startAnthropicServer([turn, turn]);
    const messages = goOn([QUESTION], await askModel(server));
    expect((await failure(askModel(server, {}, request(messages)))).kind).toBe('bad-answer');
  });

  it.each([
    ['20', 'pause_turn', 'pause'],
    ['22', 'model_context_window_exceeded', 'context-exceeded'],
    ['14', 'max_tokens', 'max-tokens'],
    ['24', 'stop_sequence', 'end'],
  ])('fault %s: %s is %s', async (_, stop, ours) => {
    const server = await startAnthropicServer([{ text: 'I', stop }]);
    expect((await askModel(server)).stop).toBe(ours);
  });

  it('fault 21: a refusal has its reason', async () => {
    const server = await startAnthropicServer([{ text: 'I cannot', calls: [READ_A], stop: 'refusal' }]);
    expect(await askModel(server)).toMatchObject({ stop: 'refusal', refusal: 'It is not allowed.' });
  });

  it.each([
    ['null', { text: 'I', stop: null }],
    ['one that is unknown', { text: 'I', stop: 'bored' }],
    ['one of every object', { text: 'I', stop: 'constructor' }],
    ['tool_use without calls', { text: 'I', stop: 'tool_use' }],
    ['end_turn with calls', { calls: [READ_A], stop: 'end_turn' }],
  ])('fault 23: the stop reason is %s: no turn', async (_, turn) => {
    const server = await startAnthropicServer([turn]);
    expect(await failure(askModel(server))).toMatchObject({
      kind: 'bad-answer',
      usage: { estimated: false },
    });
  });

  it('fault 23: a block that has no end in a whole answer: no turn', async () => {
    const parts = ['message_start', 'content_block_start', 'message_delta', 'message_stop'];
    const server = await startAnthropicServer([events(parts.map((part) => EVENTS[part]).join(''))]);
    expect((await failure(askModel(server))).kind).toBe('bad-answer');
  });

  it('fault 16: a call with a name that could not be sent back is no turn', async () => {
    const turn = { calls: [{ name: 'rm -rf' }] };
    const server = await startAnthropicServer([turn, turn]);
    expect((await failure(askModel(server))).kind).toBe('bad-answer');
  });

  it('fault 24: a turn without anything is one, and is not sent back', async () => {
    const server = await startAnthropicServer([{ text: ' \n' }, FINE]);
    const turn = await askModel(server);
    expect(turn).toMatchObject({ stop: 'end', blocks: [] });
    const nudged: Message[] = [
      QUESTION,
      { role: 'assistant', blocks: turn.blocks },
      { role: 'user', text: 'Go on.' },
    ];
    expect((await askModel(server, {}, request(nudged))).stop).toBe('end');
    expect(server.requests[1]?.raw.match(/cache_control/g)).toHaveLength(3);
  });

  it.each([
    ['HTML', { fault: 'body', contentType: 'text/html', body: '<h1>Log in</h1>' }],
    ['JSON', { fault: 'body', contentType: 'application/json', body: '{"type":"message"}' }],
    ['a redirect', status(307, { location: '/v1/messages' })],
  ] satisfies [string, Fault][])('fault 25: %s instead of a stream is no answer', async (_, fault) => {
    const server = await startAnthropicServer([fault]);
    const thrown = await failure(askModel(server));
    expect(thrown).toMatchObject({ kind: 'bad-answer', retryable: false });
    expect(thrown.message).toContain(new URL(server.baseUrl).host);
  });

  it('nobody there is a connection that failed', async () => {
    const baseUrl = await closedServer();
    const thrown = await failure(askModel({ baseUrl }));
    expect(thrown).toMatchObject({ kind: 'connection', retryable: true });
    expect(thrown.message).toBe(`the connection to ${new URL(baseUrl).host} failed (ECONNREFUSED)`);
  });

  it.each(['', `${KEY}\n`, 'clé'])(
    'a key that fits no header is refused before anything is sent',
    async (apiKey) => {
      const server = await startAnthropicServer([]);
      const model = createAnthropicModel({ id: MODEL, apiKey, ...server });
      const answer = model.ask(request(), {
        signal: new AbortController().signal,
        deadline: monotonicMs() + 5000,
      });
      const thrown = await failure(answer);
      expect(thrown.kind).toBe('key');
      expect(thrown.message).not.toContain(KEY);
    },
  );

  it('thinking of another provider is left out, damaged thinking is an error', async () => {
    const server = await startAnthropicServer([FINE]);
    const turnOf = (...blocks: TurnBlock[]) =>
      request([QUESTION, { role: 'assistant', blocks }, { role: 'user', text: 'And?' }]);
    const foreign: TurnBlock = { type: 'opaque', provider: 'openai-compatible', value: { reasoning: 'x' } };
    await askModel(server, {}, turnOf(foreign, { type: 'text', text: 'Hm.' }));
    const damaged: TurnBlock = { type: 'opaque', provider: 'anthropic', value: { type: 'thinking' } };
    expect((await failure(askModel(server, {}, turnOf(damaged)))).kind).toBe('bad-request');
  });
});

describe('what is known of a model', () => {
  const known = (id: string, more: object = {}) => {
    const { limits, price } = createAnthropicModel({ id, apiKey: KEY, ...more });
    return { limits, price };
  };

  it('holds with and without a date in its id', () => {
    expect(known('claude-haiku-4-5-20251001')).toEqual({
      limits: { context: 200_000, output: 64_000 },
      price: { input: 1, output: 5, cacheRead: 0.1, cacheWrite: 1.25 },
    });
    expect(known('claude-sonnet-5-5').price).toEqual({
      input: 2,
      output: 10,
      cacheRead: 0.1,
      cacheWrite: 2.5,
    });
  });

  it('is a price of null for a model that is new', () => {
    expect(known('claude-opus-9')).toEqual({ limits: { context: 200_000, output: 64_000 }, price: null });
    expect(known('constructor').price).toBeNull();
  });

  it('gives way to what a user says', () => {
    const price = { input: 1, output: 1, cacheRead: 1, cacheWrite: 1 };
    expect(known('claude-opus-5-5', { limits: { context: 5 }, price })).toEqual({
      limits: { context: 5, output: 128_000 },
      price,
    });
    expect(known('claude-opus-5-5', { price: null }).price).toBeNull();
  });
});

describe('the model server', () => {
  const call = { type: 'tool_use', id: 'toolu_1', name: 'read_file', input: {} };
  const result = { type: 'tool_result', tool_use_id: 'toolu_1', content: 'x' };
  const user = (...content: object[]) => ({ role: 'user', content });
  const assistant = (...content: object[]) => ({ role: 'assistant', content });
  const text = { type: 'text', text: 'Hello' };
  const cached = { ...text, cache_control: { type: 'ephemeral' } };
  const body = {
    model: MODEL,
    max_tokens: 10,
    stream: true,
    tools: [{ name: 'read_file', input_schema: { type: 'object' } }],
    messages: [user(text), assistant(call), user(result, text)],
  };
  const headers = { 'x-api-key': 'key', 'anthropic-version': '2026-10-21' };

  const send = (server: ModelServer, json: object, sent: Record<string, string> = headers) =>
    fetch(`${server.baseUrl}/v1/messages`, { method: 'POST', headers: sent, body: JSON.stringify(json) });

  it('takes what is right', async () => {
    const server = await startAnthropicServer([FINE]);
    expect((await send(server, body)).status).toBe(200);
  });

  it.each([
    ['no version', /anthropic-version/, body, { 'x-api-key': 'key' }],
    ['an unknown key', /Unrecognized key: "top_secret"/, { ...body, top_secret: 1 }],
    ['temperature', /temperature/, { ...body, temperature: 1 }],
    ['top_p', /top_p/, { ...body, top_p: 1 }],
    ['top_k', /top_k/, { ...body, top_k: 1 }],
    ['no max_tokens', /max_tokens/, { ...body, max_tokens: undefined }],
    [
      'a call without a result',
      /without `tool_result`/,
      { ...body, messages: [user(text), assistant(call), user(text)] },
    ],
    [
      'a result behind a text',
      /must come first/,
      { ...body, messages: [user(text), assistant(call), user(text, result)] },
    ],
    [
      'a result twice',
      /single result/,
      { ...body, messages: [user(text), assistant(call), user(result, result)] },
    ],
    ['a result of no call', /unexpected/, { ...body, messages: [user(text), assistant(text), user(result)] }],
    [
      'a result of an earlier call',
      /unexpected/,
      { ...body, messages: [...body.messages, assistant(text), user(result)] },
    ],
    ['an id twice', /unique/, { ...body, messages: [...body.messages, assistant(call), user(result)] }],
    ['a model that speaks first', /first message/, { ...body, messages: [assistant(text), user(text)] }],
    ['an empty message', /non-empty/, { ...body, messages: [user()] }],
    ['an empty text', /non-whitespace/, { ...body, messages: [user({ ...text, text: ' ' })] }],
    ['the beginning of an answer', /prefill/, { ...body, messages: [user(text), assistant(text)] }],
    ['a forced tool', /forced tool_choice/, { ...body, tool_choice: { type: 'any' } }],
    ['a name that is none', /name/, { ...body, tools: [{ name: 'a b', input_schema: { type: 'object' } }] }],
    ['a tool twice', /unique/, { ...body, tools: [...body.tools, ...body.tools] }],
    [
      'no object schema',
      /input_schema/,
      { ...body, tools: [{ name: 'a', input_schema: { type: 'string' } }] },
    ],
    [
      'an input that is no object',
      /input/,
      { ...body, messages: [user(text), assistant({ ...call, input: 'x' }), user(result)] },
    ],
    [
      'five breakpoints',
      /maximum of 4/,
      {
        ...body,
        cache_control: { type: 'ephemeral' },
        messages: [user(cached, cached, cached, cached, text)],
      },
    ],
    [
      'thinking of its own',
      /cannot be modified/,
      {
        ...body,
        messages: [
          user(text),
          assistant({ type: 'thinking', thinking: 'x', signature: 'y' }, call),
          user(result),
        ],
      },
    ],
  ])('refuses %s', async (_, expected, json, sent?: Record<string, string>) => {
    const server = await startAnthropicServer([]);
    const response = await send(server, json, sent);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      type: 'error',
      error: { type: 'invalid_request_error', message: expect.stringMatching(expected) },
    });
  });

  it('refuses a request without a key', async () => {
    const server = await startAnthropicServer([]);
    const response = await send(server, body, { 'anthropic-version': '2026-10-21' });
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ error: { type: 'authentication_error' } });
  });

  it('takes five breakpoints for four when the last two are one', async () => {
    const server = await startAnthropicServer([FINE]);
    const messages = [user(cached, cached, cached, cached)];
    expect((await send(server, { ...body, cache_control: { type: 'ephemeral' }, messages })).status).toBe(
      200,
    );
  });

  const forget = (turn: TurnBlock[]) => turn.filter(({ type }) => type !== 'opaque');
  const change = (turn: TurnBlock[]): TurnBlock[] =>
    turn.map((block) =>
      block.type === 'opaque'
        ? { ...block, value: { type: 'thinking', thinking: 'Other.', signature: 'signature-1' } }
        : block,
    );

  it.each([
    ['was dropped', forget, QUESTION, /Expected `thinking`/],
    ['was changed', change, QUESTION, /cannot be modified/],
    [
      'stands behind another question',
      (turn: TurnBlock[]) => turn,
      { ...QUESTION, text: 'Other.' },
      /content before/,
    ],
  ] satisfies [string, (turn: TurnBlock[]) => TurnBlock[], Message, RegExp][])(
    'refuses results whose thinking %s',
    async (_, edit, question, expected) => {
      const server = await startAnthropicServer([{ thinking: 'Hm.', calls: [READ_A] }]);
      const turn = await askModel(server);
      const messages = goOn([question], { ...turn, blocks: edit([...turn.blocks]) });
      const thrown = await failure(askModel(server, {}, request(messages)));
      expect(thrown.kind).toBe('bad-request');
      expect(thrown.message).toMatch(expected);
    },
  );

  it('takes a changed conversation from which the thinking is gone', async () => {
    const server = await startAnthropicServer([{ thinking: 'Hm.', calls: [READ_A] }, FINE]);
    const turn = await askModel(server);
    const messages = goOn([{ ...QUESTION, text: 'Other.' }], { ...turn, blocks: forget([...turn.blocks]) });
    expect((await askModel(server, {}, request(messages))).stop).toBe('end');
  });

  test.fails('fails a test that leaves a step over', async () => {
    await startAnthropicServer([FINE]);
  });

  test.fails('fails a test that asks for more than there is', async () => {
    const server = await startAnthropicServer([]);
    await failure(askModel(server));
  });
});

/** A stream that is exactly this. */
function events(body: string): Fault {
  return { fault: 'body', contentType: 'text/event-stream', body };
}

const EVENTS: Readonly<Record<string, string>> = Object.fromEntries(
  [
    { type: 'message_start', message: { usage: { input_tokens: 1, output_tokens: 1 } } },
    { type: 'ping' },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: 'Half' } },
    { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 2 } },
    { type: 'message_stop' },
  ].map((event) => [event.type, `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`]),
);

/** A server that answers every request with what is written to it in its own time. */
async function serve(answer: (write: (text: string) => void) => Promise<void>): Promise<string> {
  const server = createServer(async (_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    await answer((text) => response.write(text));
    response.end();
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return listen(server);
}

/** An address where nobody is any more. */
async function closedServer(): Promise<string> {
  const server = createServer();
  const baseUrl = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  return baseUrl;
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
}
