import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { checkAnthropicRequest, type IssuedThinking, Refusal } from './anthropic-rules.ts';
import type { Fault, ModelServer, ReceivedRequest, ScriptedTurn, Step } from './model-script.ts';

/** An event of the stream of an answer. */
type Event = { readonly type: string; readonly [key: string]: unknown };

/**
 * A server that speaks Anthropic's Messages API on loopback, answers what its script says, and refuses what the API
 * refuses (a refused request takes no step). The test fails when a step is left over or one too many is asked for.
 */
export async function startAnthropicServer(steps: readonly Step[]): Promise<ModelServer> {
  const requests: ReceivedRequest[] = [];
  const issued: IssuedThinking[] = [];
  const left = [...steps];
  let tooMany = 0;
  let abandoned = 0;
  let hasPaused = false;

  const server = createServer(async (message, response) => {
    let isOurs = false;
    response.on('close', () => {
      if (!response.writableFinished && !isOurs) abandoned += 1;
    });
    const request = await receive(message);
    requests.push(request);
    try {
      checkAnthropicRequest(request, issued, hasPaused);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return sendError(response, error.status, { type: error.type, message: error.message });
    }
    let step = left.shift();
    while (typeof step === 'function') step = step(request);
    if (step === undefined) {
      tooMany += 1;
      return sendError(response, 500, { type: 'api_error', message: 'the script has ended' });
    }
    isOurs = 'fault' in step && step.fault === 'reset';
    if (!('fault' in step)) {
      hasPaused = step.stop === 'pause_turn';
      await setTimeout(step.delayMs ?? 0);
      await stream(response, eventsOf(step, requests.length, request, issued), step.pieces);
      return response.end();
    }
    await inject(response, step, (turn) => eventsOf(turn, requests.length, request, issued));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    if (tooMany > 0) throw new Error(`the script of the model server had ${tooMany} steps too few`);
    if (left.length > 0) throw new Error(`the script of the model server has ${left.length} steps left`);
  });

  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the model server has no port');
  return { baseUrl: `http://127.0.0.1:${address.port}`, requests, abandoned: () => abandoned };
}

async function receive(message: IncomingMessage): Promise<ReceivedRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk);
  const raw = Buffer.concat(chunks).toString();
  let json: unknown;
  try {
    json = JSON.parse(raw);
  } catch {
    json = undefined;
  }
  const headers = Object.fromEntries(
    Object.entries(message.headers).map(([name, value]) => [name, [value].flat().join(', ')]),
  );
  return { path: message.url ?? '', headers, raw, json };
}

async function inject(
  response: ServerResponse,
  fault: Fault,
  events: (turn: ScriptedTurn) => Event[],
): Promise<void> {
  switch (fault.fault) {
    case 'status':
      response.writeHead(fault.status, { 'content-type': 'application/json', ...fault.headers });
      response.end(
        fault.body ?? errorBody({ type: typeOfStatus(fault.status), message: 'as the script says' }),
      );
      return;
    case 'body':
      response.writeHead(200, { 'content-type': fault.contentType });
      response.end(fault.body);
      return;
    case 'stream-error':
      await stream(response, [
        ...firstHalf(events(fault.after)),
        { type: 'error', error: { type: fault.kind ?? 'overloaded_error', message: 'as the script says' } },
      ]);
      response.end();
      return;
    case 'eof':
      await stream(response, firstHalf(events(fault.after)));
      response.end();
      return;
    case 'reset':
      await stream(response, firstHalf(events(fault.after)));
      await setTimeout(20);
      response.socket?.resetAndDestroy();
      return;
    case 'stall':
      await stream(response, firstHalf(events(fault.after)));
  }
}

/** `pieces`: so many bytes at once, wherever that cuts. */
async function stream(response: ServerResponse, events: readonly Event[], pieces?: number): Promise<void> {
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'request-id': 'req_scripted',
  });
  const bytes = Buffer.from(
    events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join(''),
  );
  const size = pieces ?? bytes.length;
  response.socket?.setNoDelay(true);
  for (let at = 0; at < bytes.length && !response.destroyed; at += size) {
    response.write(bytes.subarray(at, at + size));
    await setImmediate();
  }
}

function eventsOf(
  turn: ScriptedTurn,
  number: number,
  request: ReceivedRequest,
  issued: IssuedThinking[],
): Event[] {
  const { calls = [], usage = {} } = turn;
  const stop = turn.stop === undefined ? (calls.length > 0 ? 'tool_use' : 'end_turn') : turn.stop;
  const input = {
    input_tokens: usage.input ?? 100,
    cache_read_input_tokens: usage.cacheRead ?? 0,
    cache_creation_input_tokens: usage.cacheWrite ?? 0,
  };
  const ids = calls.map(({ id }, index) => id ?? `toolu_${number}_${index}`);
  const blocks: Event[][] = [];
  if (turn.thinking !== undefined) {
    const thinking = { type: 'thinking', thinking: turn.thinking, signature: `signature-${number}` };
    issued.push({ thinking, ids, request: request.json });
    blocks.push([
      { type: 'content_block_start', content_block: { type: 'thinking', thinking: '', signature: '' } },
      ...deltas(turn.thinking, turn.pieces, (text) => ({ type: 'thinking_delta', thinking: text })),
      { type: 'content_block_delta', delta: { type: 'signature_delta', signature: thinking.signature } },
    ]);
  }
  if (turn.text !== undefined) {
    blocks.push([
      { type: 'content_block_start', content_block: { type: 'text', text: '', citations: null } },
      ...deltas(turn.text, turn.pieces, (text) => ({ type: 'text_delta', text })),
    ]);
  }
  for (const [index, { name, input: given = {}, raw }] of calls.entries()) {
    const caller = { type: 'direct' };
    blocks.push([
      {
        type: 'content_block_start',
        content_block: { type: 'tool_use', id: ids[index], name, input: {}, caller },
      },
      ...deltas(raw ?? JSON.stringify(given), turn.pieces, (text) => ({
        type: 'input_json_delta',
        partial_json: text,
      })),
    ]);
  }
  return [
    {
      type: 'message_start',
      message: {
        id: `msg_${number}`,
        type: 'message',
        role: 'assistant',
        model: 'scripted',
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage: { ...input, output_tokens: 1 },
      },
    },
    { type: 'ping' },
    ...blocks.flatMap((events, index) =>
      [...events, { type: 'content_block_stop' }].map((event) => ({ ...event, index })),
    ),
    {
      type: 'message_delta',
      delta: {
        stop_reason: stop,
        stop_sequence: null,
        ...(stop === 'refusal' && {
          stop_details: { type: 'refusal', category: 'cyber', explanation: 'It is not allowed.' },
        }),
      },
      usage: { ...input, output_tokens: usage.output ?? 20 },
    },
    { type: 'message_stop' },
  ];
}

function deltas(text: string, pieces = text.length, delta: (text: string) => object): Event[] {
  const events: Event[] = [];
  for (let at = 0; at < text.length; at += pieces)
    events.push({ type: 'content_block_delta', delta: delta(text.slice(at, at + pieces)) });
  return events;
}

/** All up to the middle of the last block. */
function firstHalf(events: readonly Event[]): Event[] {
  const last = events.findLastIndex(({ type }) => type === 'content_block_delta');
  const { delta, ...event } = events[last] ?? { type: 'ping' };
  const half = Object.entries(delta ?? {}).map(([key, value]) => [
    key,
    key === 'type' ? value : String(value).slice(0, String(value).length / 2),
  ]);
  return [...events.slice(0, Math.max(0, last)), { ...event, delta: Object.fromEntries(half) }];
}

const sendError = (response: ServerResponse, status: number, error: { type: string; message: string }) => {
  response.writeHead(status, { 'content-type': 'application/json', 'x-should-retry': 'false' });
  response.end(errorBody(error));
};

const errorBody = (error: { type: string; message: string }): string =>
  JSON.stringify({ type: 'error', error, request_id: 'req_scripted' });

const TYPES: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  529: 'overloaded_error',
};
const typeOfStatus = (status: number): string => TYPES[status] ?? 'api_error';
