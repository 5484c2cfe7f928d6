import * as z from 'zod';
import type { ReceivedRequest } from './model-script.ts';

/** What the API answers to a request that it does not take. */
export class Refusal extends Error {
  readonly status: number;
  readonly type: string;

  constructor(message: string, status = 400, type = 'invalid_request_error') {
    super(message);
    this.status = status;
    this.type = type;
  }
}

/** Thinking that a server gave, the ids of the calls that it led to, and what had been asked. */
export interface IssuedThinking {
  readonly thinking: { readonly type: string; readonly thinking: string; readonly signature: string };
  readonly ids: readonly string[];
  readonly request: unknown;
}

const MOST_BYTES = 32 * 1024 * 1024;
const MOST_BREAKPOINTS = 4;

const cacheControl = z.strictObject({ type: z.literal('ephemeral'), ttl: z.enum(['5m', '1h']).optional() });
const cached = { cache_control: cacheControl.nullish() };
const text = z.strictObject({
  type: z.literal('text'),
  text: z.string().regex(/\S/, 'text content blocks must contain non-whitespace text'),
  ...cached,
});
const toolName = z.string().regex(/^[a-zA-Z0-9_-]{1,128}$/);
const userBlock = z.discriminatedUnion('type', [
  text,
  z.strictObject({
    type: z.literal('tool_result'),
    tool_use_id: z.string(),
    content: z.union([z.string(), z.array(text)]).optional(),
    is_error: z.boolean().optional(),
    ...cached,
  }),
]);
const assistantBlock = z.discriminatedUnion('type', [
  text,
  z.strictObject({
    type: z.literal('tool_use'),
    id: z.string().regex(/^[a-zA-Z0-9_-]+$/),
    name: toolName,
    input: z.record(z.string(), z.unknown()),
    caller: z.strictObject({ type: z.literal('direct') }).optional(),
    ...cached,
  }),
  z.strictObject({ type: z.literal('thinking'), thinking: z.string(), signature: z.string().min(1) }),
  z.strictObject({ type: z.literal('redacted_thinking'), data: z.string() }),
]);
const content = <Block extends z.ZodType>(block: Block) =>
  z.union([z.string().min(1), z.array(block).min(1, 'messages must have non-empty content')]);
const message = z.discriminatedUnion('role', [
  z.strictObject({ role: z.literal('user'), content: content(userBlock) }),
  z.strictObject({ role: z.literal('assistant'), content: content(assistantBlock) }),
]);

/** The keys of the Messages API 2026-10-21. Those that we never send may hold anything. */
const body = z.strictObject({
  model: z.string().min(1),
  max_tokens: z.int().min(0),
  messages: z.array(message).min(1),
  stream: z.literal(true),
  system: z.union([z.string(), z.array(text).min(1)]).optional(),
  tools: z
    .array(
      z.strictObject({
        name: toolName,
        description: z.string().optional(),
        input_schema: z.looseObject({ type: z.literal('object') }),
        type: z.literal('custom').optional(),
        strict: z.boolean().optional(),
        ...cached,
      }),
    )
    .optional(),
  tool_choice: z
    .strictObject({
      type: z.enum(['auto', 'none'], 'forced tool_choice is not supported by this model'),
      disable_parallel_tool_use: z.boolean().optional(),
    })
    .optional(),
  thinking: z.unknown().optional(),
  output_config: z.unknown().optional(),
  metadata: z.unknown().optional(),
  stop_sequences: z.array(z.string()).optional(),
  service_tier: z.unknown().optional(),
  speed: z.unknown().optional(),
  container: z.unknown().optional(),
  diagnostics: z.unknown().optional(),
  inference_geo: z.unknown().optional(),
  ...cached,
});
type Body = z.infer<typeof body>;
type AssistantBlock = z.infer<typeof assistantBlock>;

/** Throws a {@link Refusal} for what Anthropic's Messages API refuses. `issued`: the thinking that was given so far. */
export function checkAnthropicRequest(
  request: ReceivedRequest,
  issued: readonly IssuedThinking[],
  hasPaused = false,
): void {
  const { path, headers, raw, json } = request;
  if (path !== '/v1/messages') throw new Refusal('Not found', 404, 'not_found_error');
  if (!headers['x-api-key'] && !/^Bearer ./.test(headers['authorization'] ?? ''))
    throw new Refusal('x-api-key header is required', 401, 'authentication_error');
  if (!headers['anthropic-version']) throw new Refusal('anthropic-version: header is required');
  if (Buffer.byteLength(raw) > MOST_BYTES)
    throw new Refusal('Request exceeds the maximum size', 413, 'request_too_large');
  const parsed = body.safeParse(json);
  if (!parsed.success) throw new Refusal(z.prettifyError(parsed.error).replaceAll('\n', ' '));
  checkTools(parsed.data);
  checkTurns(parsed.data, hasPaused);
  checkCalls(parsed.data);
  checkBreakpoints(parsed.data);
  checkThinking(parsed.data, issued);
}

function checkTools({ tools = [] }: Body): void {
  if (new Set(tools.map(({ name }) => name)).size < tools.length)
    throw new Refusal('tools: Tool names must be unique.');
}

/** Behind `pause_turn`, the paused turn is what the request ends with: the model goes on with it. */
function checkTurns({ messages }: Body, hasPaused: boolean): void {
  if (messages[0]?.role !== 'user') throw new Refusal('messages: first message must use the "user" role');
  if (messages.at(-1)?.role !== 'user' && !hasPaused)
    throw new Refusal('This model does not support assistant message prefill.');
}

/** Messages in a row of one role are one to the API. */
function turnsOf({ messages }: Body) {
  const turns: { role: string; blocks: (z.infer<typeof userBlock> | AssistantBlock)[] }[] = [];
  for (const { role, content } of messages) {
    const blocks = typeof content === 'string' ? [{ type: 'text' as const, text: content }] : content;
    const last = turns.at(-1);
    if (last?.role === role) last.blocks.push(...blocks);
    else turns.push({ role, blocks: [...blocks] });
  }
  return turns;
}

function checkCalls(request: Body): void {
  const turns = turnsOf(request);
  const ids = new Set<string>();
  for (const [index, { blocks }] of turns.entries()) {
    const results = blocks.flatMap((block) => (block.type === 'tool_result' ? [block.tool_use_id] : []));
    const asked = (turns[index - 1]?.blocks ?? []).flatMap((block) =>
      block.type === 'tool_use' ? [block.id] : [],
    );
    for (const id of asked) {
      if (ids.has(id)) throw new Refusal('messages: `tool_use` ids must be unique');
      ids.add(id);
      if (!results.includes(id))
        throw new Refusal(
          `\`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${id}`,
        );
    }
    if (new Set(results).size < results.length)
      throw new Refusal('each tool_use must have a single result. Found multiple `tool_result` blocks');
    const unknown = results.find((id) => !asked.includes(id));
    if (unknown !== undefined)
      throw new Refusal(`unexpected \`tool_use_id\` in \`tool_result\` blocks: ${unknown}`);
    if (blocks.slice(0, results.length).some(({ type }) => results.length > 0 && type !== 'tool_result'))
      throw new Refusal('`tool_result` blocks must come first in the message');
  }
}

/** The breakpoint of the request itself takes one of the four, unless the last block has one already. */
function checkBreakpoints(request: Body): void {
  const { tools = [], system = [] } = request;
  const texts = typeof system === 'string' ? [] : system;
  const blocks = [...tools, ...texts, ...turnsOf(request).flatMap((turn) => turn.blocks)];
  const isCached = (block: (typeof blocks)[number] | undefined): boolean =>
    block !== undefined && 'cache_control' in block && block.cache_control != null;
  const explicit = blocks.filter(isCached).length;
  const automatic = request.cache_control != null && !isCached(blocks.at(-1)) ? 1 : 0;
  if (explicit + automatic > MOST_BREAKPOINTS)
    throw new Refusal(
      `A maximum of 4 blocks with cache_control may be provided. Found ${explicit + automatic}.`,
    );
}

/**
 * Thinking comes back unchanged with the results of the calls that it led to. It is bound to all that was before it:
 * behind a conversation that was changed it may not stand.
 */
function checkThinking(request: Body, issued: readonly IssuedThinking[]): void {
  for (const [index, { role, content }] of request.messages.entries()) {
    if (role !== 'assistant' || typeof content === 'string') continue;
    const before = withoutBreakpoints({ ...request, messages: request.messages.slice(0, index) });
    const isUnchanged = ({ request }: IssuedThinking) => withoutBreakpoints(request) === before;
    const calls = content.flatMap((block) => (block.type === 'tool_use' ? [block.id] : []));
    const given = content.filter(({ type }) => type === 'thinking');
    for (const block of given) {
      const original = issued.find(({ thinking }) => JSON.stringify(thinking) === JSON.stringify(block));
      if (original === undefined)
        throw new Refusal(
          '`thinking` blocks cannot be modified: they must remain as they were in the response',
        );
      if (!isUnchanged(original))
        throw new Refusal(
          'the content before a `thinking` block is not what it was when the block was produced',
        );
    }
    const due = issued.find((one) => one.ids.some((id) => calls.includes(id)) && isUnchanged(one));
    if (due !== undefined && given.length === 0)
      throw new Refusal(
        'Expected `thinking`, but found `tool_use`: send the `thinking` block back with its results',
      );
  }
}

/** What thinking is bound to. */
function withoutBreakpoints(request: unknown): string {
  const { system, tools, messages } = body.parse(request);
  return JSON.stringify({ system, tools, messages }, (key, value) =>
    key === 'cache_control' ? undefined : value,
  );
}
