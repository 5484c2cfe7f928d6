import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import * as z from 'zod';
import { createPromptCache, type PromptBlock, type PromptUsage } from './prompt-cache.ts';

/** What a conversation has come to. */
export interface Asked {
  /** What it began with. */
  readonly opening: string;
  /** From 1 on. */
  readonly turn: number;
}

export interface Call {
  readonly name: string;
  readonly input: object;
}

/** A request and its answer. Milliseconds by `performance.now`: the request's first byte, the answer's last one. */
export interface Exchange extends Asked {
  readonly startedAt: number;
  readonly endedAt: number;
  /** Everything that the model reads, in its order. */
  readonly prompt: string;
  readonly usage: PromptUsage;
}

export interface ModelServer {
  readonly baseUrl: string;
  /** What was asked since the last time. Forgets it, and what it has in its cache. */
  take(): Exchange[];
  close(): void;
}

const text = z.object({ type: z.literal('text'), text: z.string() });
const block = z.looseObject({ cache_control: z.unknown().optional() });
const blocks = z.union([z.string(), z.array(block)]);
const body = z.object({
  cache_control: z.unknown().optional(),
  tools: z.array(block).default([]),
  system: blocks.default([]),
  messages: z.array(z.object({ role: z.enum(['user', 'assistant']), content: blocks })).min(1),
});
type Body = z.infer<typeof body>;

/**
 * A model on loopback that speaks Anthropic's Messages API: it answers with the calls that `answer` makes (none: it says
 * that it has ended) so many milliseconds after the whole request came, counts three characters as a token, and knows
 * prompt caching.
 */
export async function startModelServer(
  latencyMs: number,
  answer: (asked: Asked) => readonly Call[],
): Promise<ModelServer> {
  const cache = createPromptCache();
  let exchanges: Exchange[] = [];
  let number = 0;

  const server = createServer(async (message, response) => {
    const startedAt = performance.now();
    const request = body.parse(JSON.parse(await readText(message)));
    const asked = askedOf(request);
    const prompt = promptOf(request);
    const { usage, keep } = cache.lookUp(prompt);
    number += 1;
    const bytes = streamOf(answer(asked), usage, number);
    if (latencyMs > 0) await setTimeout(latencyMs);
    keep();
    response.on('finish', () => {
      const endedAt = performance.now();
      exchanges.push({
        ...asked,
        ...{ startedAt, endedAt, usage },
        prompt: prompt.map((one) => one.text).join(''),
      });
    });
    send(response, bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the model server has no port');
  return {
    baseUrl: `http://127.0.0.1:${address.port}`,
    take() {
      const taken = exchanges.toSorted((one, other) => one.startedAt - other.startedAt);
      exchanges = [];
      cache.clear();
      return taken;
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function readText(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

function send(response: ServerResponse, bytes: string): void {
  response.socket?.setNoDelay(true);
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
  response.end(bytes);
}

function askedOf({ messages }: Body): Asked {
  const [first] = messages;
  const opening = first === undefined ? '' : blocksOf(first.content).map(textOf).join('');
  return { opening, turn: messages.filter(({ role }) => role === 'assistant').length + 1 };
}

/** A `cache_control` of the request itself is one behind its last block. */
function promptOf({ tools, system, messages, cache_control }: Body): PromptBlock[] {
  const all = [...tools, ...blocksOf(system), ...messages.flatMap(({ content }) => blocksOf(content))];
  return all.map((one, index) => ({
    text: textOf(one),
    breakpoint: one.cache_control != null || (cache_control != null && index === all.length - 1),
  }));
}

const blocksOf = (content: z.infer<typeof blocks>): z.infer<typeof block>[] =>
  typeof content === 'string' ? [{ type: 'text', text: content }] : content;

/** What the model reads of a block: its text, and of what has none its JSON. */
function textOf({ cache_control: _, ...one }: z.infer<typeof block>): string {
  const plain = text.safeParse(one);
  if (plain.success) return plain.data.text;
  return typeof one['content'] === 'string' ? one['content'] : JSON.stringify(one);
}

/** The events of an answer. platform.claude.com/docs/en/build-with-claude/streaming */
function streamOf(calls: readonly Call[], usage: PromptUsage, number: number): string {
  const input = {
    input_tokens: usage.input,
    cache_read_input_tokens: usage.cacheRead,
    cache_creation_input_tokens: usage.cacheWrite,
  };
  const contents = calls.map(({ name, input }, index) => ({
    start: { type: 'tool_use', id: `toolu_${number}_${index}`, name, input: {} },
    delta: { type: 'input_json_delta', partial_json: JSON.stringify(input) },
  }));
  const ended = { start: { type: 'text', text: '' }, delta: { type: 'text_delta', text: 'No findings.' } };
  const message = {
    ...{ id: `msg_${number}`, type: 'message', role: 'assistant', model: 'bench', content: [] },
    usage: { ...input, output_tokens: 1 },
  };
  const events = [
    { type: 'message_start', message },
    ...(calls.length > 0 ? contents : [ended]).flatMap(({ start, delta }, index) => [
      { type: 'content_block_start', index, content_block: start },
      { type: 'content_block_delta', index, delta },
      { type: 'content_block_stop', index },
    ]),
    {
      type: 'message_delta',
      delta: { stop_reason: calls.length > 0 ? 'tool_use' : 'end_turn', stop_sequence: null },
      usage: { ...input, output_tokens: 20 },
    },
    { type: 'message_stop' },
  ];
  return events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join('');
}
