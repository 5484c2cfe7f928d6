import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { onTestFinished } from 'vitest';
import * as z from 'zod/mini';
import type { ModelServer, ReceivedRequest, ScriptedCall, ScriptedTurn, Step } from './model-script.ts';

/** How real servers differ from the protocol. By default the server is OpenAI's. */
export interface Deviations {
  /** `zero`: Ollama, which gives every call the index 0. */
  readonly index?: 'none' | 'zero';
  /** `repeated`: in every piece, not only in the first. `fresh`: another one for every piece, as older vLLM. */
  readonly id?: 'none' | 'repeated' | 'fresh';
  readonly role?: 'none';
  /** The name of a call in every piece, not only in the first. */
  readonly name?: 'repeated';
  readonly calls?: 'whole';
  /** For a turn with calls too. */
  readonly finish?: 'stop';
  readonly usage?: 'none';
  readonly done?: 'none';
  /** The head of the answer comes before what `delayMs` waits for. */
  readonly head?: 'early';
  /** The answer is whole, but the connection stays open. */
  readonly end?: 'none';
  readonly reasoning?: 'reasoning_content' | 'reasoning' | 'think';
}

export const MODEL_IDS = ['text-embedding-nomic', 'scripted-model', 'other-model'];

/**
 * A server on loopback that speaks `/v1/chat/completions` and `/v1/models`, and refuses, as the strictest of the real
 * ones does, what the protocol forbids. A refused request uses up no step.
 */
export async function startOpenAiServer(
  steps: readonly Step[],
  deviations: Deviations = {},
): Promise<ModelServer & { readonly connections: () => number }> {
  const left = [...steps];
  const requests: ReceivedRequest[] = [];
  let [abandoned, beyond, connections] = [0, 0, 0];

  const server = createServer(async (message, response) => {
    let isOurs = false;
    response.on('close', () => {
      if (!response.writableFinished && !isOurs) abandoned += 1;
    });
    const request = await receive(message);
    requests.push(request);
    if (message.method === 'GET' && request.path === '/v1/models')
      return sendJson(response, 200, { object: 'list', data: MODEL_IDS.map((id) => ({ id })) });
    if (message.method !== 'POST' || request.path !== '/v1/chat/completions')
      return sendError(response, 404, `no ${message.method} ${request.path}`);
    const complaint = complaintAbout(request.json);
    if (complaint !== null) return sendError(response, 400, complaint);
    let step = left.shift();
    while (typeof step === 'function') step = step(request);
    if (step === undefined) {
      beyond += 1;
      return sendError(response, 400, 'the script has ended');
    }
    if (!('fault' in step)) {
      if (deviations.head === 'early') await stream(response, []);
      await sleep(step.delayMs ?? 0);
      const { deltas, end } = writeTurn(step, deviations, request.raw.length);
      const done = deviations.done === 'none' ? [] : ['[DONE]'];
      await stream(response, [...deltas, ...end, ...done], step.pieces);
      if (deviations.end !== 'none') response.end();
      else isOurs = true;
      return;
    }
    switch (step.fault) {
      case 'status':
        response.writeHead(step.status, { 'content-type': 'application/json', ...step.headers });
        response.end(step.body ?? JSON.stringify({ error: { message: `fault ${step.status}`, code: null } }));
        return;
      case 'body':
        response.writeHead(200, { 'content-type': step.contentType }).end(step.body);
        return;
    }
    await sleep(step.after.delayMs ?? 0);
    // Up to half of the last call, or of the text.
    await stream(
      response,
      writeTurn(step.after, deviations, request.raw.length).deltas.slice(0, -1),
      step.after.pieces,
    );
    if (step.fault === 'stall') return;
    isOurs = true;
    if (step.fault === 'reset') return void message.socket.resetAndDestroy();
    if (step.fault === 'stream-error') {
      const error = { message: 'the model fell over', type: step.kind ?? 'server_error', code: null };
      await stream(response, [JSON.stringify({ error })]);
    }
    response.end();
  });

  server.on('connection', () => {
    connections += 1;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
    if (beyond > 0) throw new Error(`the model server was asked ${beyond} times more than its script says`);
    if (left.length > 0) throw new Error(`${left.length} steps of the model server were not asked for`);
  });
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    requests,
    abandoned: () => abandoned,
    connections: () => connections,
  };
}

async function receive(message: IncomingMessage): Promise<ReceivedRequest> {
  const raw = Buffer.concat(await message.toArray()).toString();
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(message.headers)) headers[name] = String(value);
  return { path: message.url ?? '', headers, raw, json: raw === '' ? null : JSON.parse(raw) };
}

const sendJson = (response: ServerResponse, status: number, body: unknown) => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
};

const sendError = (response: ServerResponse, status: number, message: string) =>
  sendJson(response, status, { error: { message, type: 'invalid_request_error', param: null, code: null } });

/** Writes events; cut into pieces of so many bytes, wherever that is, each on its way before the next. */
async function stream(response: ServerResponse, events: readonly string[], pieces = 0): Promise<void> {
  if (!response.headersSent) {
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
    response.flushHeaders();
  }
  const bytes = Buffer.from(events.map((event) => `data: ${event}\n\n`).join(''));
  const size = pieces || bytes.length;
  for (let start = 0; start < bytes.length && !response.destroyed; start += size) {
    await new Promise((resolve) => response.write(bytes.subarray(start, start + size), resolve));
    if (pieces > 0) await new Promise(setImmediate);
  }
}

/** The events of a turn, in the order in which OpenAI sends them: what it says, and why it ended. */
function writeTurn(
  turn: ScriptedTurn,
  deviations: Deviations,
  characters: number,
): { deltas: string[]; end: string[] } {
  const { text = '', thinking, calls = [], usage = {} } = turn;
  const chunk = (delta: object, finish: string | null = null) =>
    JSON.stringify({
      object: 'chat.completion.chunk',
      choices: [{ index: 0, delta, finish_reason: finish }],
      usage: null,
    });
  const reasoning = deviations.reasoning ?? 'reasoning_content';
  const thought = thinking !== undefined && reasoning !== 'think' ? [{ [reasoning]: thinking }] : [];
  const said =
    thinking !== undefined && reasoning === 'think' ? `\n<think>${thinking}</think>\n\n${text}` : text;
  const byDefault = calls.length > 0 && deviations.finish !== 'stop' ? 'tool_calls' : 'stop';
  const cached = usage.cacheRead ?? 0;
  const prompt = (usage.input ?? Math.ceil(characters / 4)) + (usage.cacheWrite ?? 0) + cached;
  const output = usage.output ?? 10;
  return {
    deltas: [
      ...(deviations.role === 'none' ? [] : [chunk({ role: 'assistant', content: '' })]),
      ...thought.map((delta) => chunk(delta)),
      ...halves(said).map((content) => chunk({ content })),
      ...calls
        .flatMap((call, index) => writeCall(call, index, deviations))
        .map((piece) => chunk({ tool_calls: [piece] })),
    ],
    end: [
      chunk({}, turn.stop === undefined ? byDefault : turn.stop),
      ...(deviations.usage === 'none'
        ? []
        : [
            JSON.stringify({
              object: 'chat.completion.chunk',
              choices: [],
              usage: {
                prompt_tokens: prompt,
                completion_tokens: output,
                total_tokens: prompt + output,
                prompt_tokens_details: { cached_tokens: cached },
              },
            }),
          ]),
    ],
  };
}

function writeCall(call: ScriptedCall, position: number, deviations: Deviations): object[] {
  const text = call.raw ?? JSON.stringify(call.input ?? {});
  const index = { none: {}, zero: { index: 0 }, own: { index: position } }[deviations.index ?? 'own'];
  const id = call.id ?? `call_${position}`;
  const parts = deviations.calls === 'whole' ? [text] : ['', ...halves(text)];
  return parts.map((part, number) => ({
    ...index,
    ...((deviations.id === 'repeated' || (deviations.id === undefined && number === 0)) && { id }),
    ...(deviations.id === 'fresh' && { id: `${id}_${number}` }),
    ...(number === 0 && { type: 'function' }),
    function: {
      ...((number === 0 || deviations.name === 'repeated') && { name: call.name }),
      arguments: part,
    },
  }));
}

const halves = (text: string): string[] => {
  const middle = Math.ceil(text.length / 2);
  return [text.slice(0, middle), text.slice(middle)].filter((half) => half !== '');
};

const name = z.string().check(z.regex(/^[a-zA-Z0-9_-]{1,64}$/));
const textContent = z.string();
const requestSchema = z.object({
  model: z.string(),
  stream: z.literal(true),
  stream_options: z.strictObject({ include_usage: z.literal(true) }),
  max_tokens: z.int().check(z.positive()),
  tools: z.optional(
    z
      .array(
        z.strictObject({
          type: z.literal('function'),
          function: z.strictObject({
            name,
            description: z.string(),
            parameters: z.looseObject({ type: z.literal('object') }),
          }),
        }),
      )
      .check(z.minLength(1)),
  ),
  messages: z
    .array(
      z.discriminatedUnion('role', [
        z.strictObject({ role: z.literal('system'), content: textContent }),
        z.strictObject({ role: z.literal('user'), content: textContent }),
        z.strictObject({
          role: z.literal('assistant'),
          content: z.nullable(textContent),
          tool_calls: z.optional(
            z
              .array(
                z.strictObject({
                  id: z.string().check(z.minLength(1)),
                  type: z.literal('function'),
                  function: z.strictObject({ name, arguments: z.string() }),
                }),
              )
              .check(z.minLength(1)),
          ),
        }),
        z.strictObject({ role: z.literal('tool'), tool_call_id: z.string(), content: textContent }),
      ]),
    )
    .check(z.minLength(1)),
});

const ajv = new Ajv2020({ strict: false });

/** What a strict server has against a request. */
function complaintAbout(json: unknown): string | null {
  const { success, data, error } = requestSchema.safeParse(json);
  if (!success) return z.prettifyError(error);
  for (const { function: tool } of data.tools ?? [])
    if (!ajv.validateSchema(tool.parameters)) return `schema of ${tool.name}: ${ajv.errorsText()}`;
  const names = (data.tools ?? []).map(({ function: tool }) => tool.name);
  if (new Set(names).size < names.length) return 'two tools have one name';

  let open: string[] = [];
  let before = '';
  for (const [index, message] of data.messages.entries()) {
    const at = `messages[${index}]`;
    if (message.role === 'tool') {
      if (!open.includes(message.tool_call_id)) return `${at}: answers no call: ${message.tool_call_id}`;
      open = open.filter((id) => id !== message.tool_call_id);
    } else if (open.length > 0) return `${at}: calls without an answer: ${open.join(', ')}`;
    if (message.role === 'system' && index > 0) return `${at}: a late system message`;
    if (message.role === before && message.role !== 'tool')
      return `${at}: two turns of the ${before} in a row`;
    if (message.role === 'assistant') {
      const { content, tool_calls: calls = [] } = message;
      if (calls.length === 0 && !content) return `${at}: an empty turn`;
      open = calls.map(({ id }) => id);
      if (new Set(open).size < open.length) return `${at}: two calls have one id`;
      const unreadable = calls.find((call) => !isJsonObject(call.function.arguments));
      if (unreadable) return `${at}: arguments of ${unreadable.id} are no JSON object`;
    }
    before = message.role;
  }
  if (open.length > 0) return `calls without an answer: ${open.join(', ')}`;
  return before === 'user' || before === 'tool' ? null : `the last message is from the ${before}`;
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
