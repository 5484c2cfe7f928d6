import * as z from 'zod/mini';
import { NO_USAGE } from '../agent/budget.ts';
import type { ModelTurn, TurnBlock, Usage } from '../agent/model.ts';
import { ModelError } from '../agent/model-error.ts';
import { parseJson } from './parse-json.ts';

/** What comes back unchanged, with everything that is in it, also what this version knows nothing of. */
export const thinkingSchema = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('thinking'), thinking: z.string(), signature: z.string() }),
  z.looseObject({ type: z.literal('redacted_thinking'), data: z.string() }),
]);

const tokens = z.optional(z.nullable(z.number()));
const usageSchema = z.object({
  input_tokens: tokens,
  output_tokens: z.number(),
  cache_read_input_tokens: tokens,
  cache_creation_input_tokens: tokens,
});

const blockSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text'), text: z.string() }),
  z.object({
    type: z.literal('tool_use'),
    id: z.string().check(z.minLength(1)),
    // Another name could not be sent back.
    name: z.string().check(z.regex(/^[a-zA-Z0-9_-]{1,128}$/)),
    input: z.optional(z.unknown()),
  }),
  ...thinkingSchema.def.options,
]);

const deltaSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text_delta'), text: z.string() }),
  z.object({ type: z.literal('input_json_delta'), partial_json: z.string() }),
  z.object({ type: z.literal('thinking_delta'), thinking: z.string() }),
  z.object({ type: z.literal('signature_delta'), signature: z.string() }),
  // Of texts that were given to it as documents, which we do not.
  z.object({ type: z.literal('citations_delta') }),
]);

const eventSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('message_start'), message: z.object({ usage: usageSchema }) }),
  z.object({ type: z.literal('content_block_start'), index: z.number(), content_block: blockSchema }),
  z.object({ type: z.literal('content_block_delta'), index: z.number(), delta: deltaSchema }),
  z.object({ type: z.literal('content_block_stop'), index: z.number() }),
  z.object({
    type: z.literal('message_delta'),
    delta: z.object({
      stop_reason: z.optional(z.nullable(z.string())),
      stop_details: z.optional(
        z.nullable(
          z.object({
            category: z.optional(z.nullable(z.string())),
            explanation: z.optional(z.nullable(z.string())),
          }),
        ),
      ),
    }),
    usage: usageSchema,
  }),
  z.object({ type: z.literal('message_stop') }),
]);
type Event = z.infer<typeof eventSchema>;
const KNOWN_EVENTS: ReadonlySet<string> = new Set(
  eventSchema.def.options.flatMap(({ shape }) => shape.type.def.values),
);

/** An answer while it arrives. */
export interface ArrivingAnswer {
  /** Takes the next event; throws a ModelError (bad-answer) for what no answer can go on with. */
  add(data: string): void;
  isWhole(): boolean;
  /** What it costs, estimated where it broke off before it was said. */
  usage(): Usage;
  /** The turn of a whole answer; throws a ModelError (bad-answer) when it says what may not be. */
  turn(): ModelTurn;
}

interface ArrivingBlock {
  readonly block: z.infer<typeof blockSchema>;
  /** The input of a call, as it is written. */
  json: string;
  isClosed: boolean;
}

const STOPS: Readonly<Record<string, ModelTurn['stop']>> = {
  end_turn: 'end',
  stop_sequence: 'end',
  tool_use: 'tool-calls',
  max_tokens: 'max-tokens',
  pause_turn: 'pause',
  refusal: 'refusal',
  model_context_window_exceeded: 'context-exceeded',
};

/**
 * Puts the events of one answer together. The SDK's own accumulation completes cut JSON and forgets what was written.
 * `usedIds`: those of the calls that the conversation has already.
 */
export function startAnswer(
  usedIds: ReadonlySet<string>,
  onProgress: ((characters: number) => void) | undefined,
): ArrivingAnswer {
  const blocks: ArrivingBlock[] = [];
  let usage: Usage | null = null;
  let end: Extract<Event, { type: 'message_delta' }> | null = null;
  let isWhole = false;
  let characters = 0;

  function take(event: Event): void {
    if ((event.type === 'message_start') !== (usage === null)) throw badAnswer(`${event.type} out of order`);
    switch (event.type) {
      case 'message_start':
        usage = usageOf(event.message.usage, NO_USAGE);
        break;
      case 'content_block_start':
        if (event.index !== blocks.length) throw badAnswer('a block out of order');
        blocks.push({ block: event.content_block, json: '', isClosed: false });
        break;
      case 'content_block_delta':
        append(openBlock(event.index), event.delta);
        break;
      case 'content_block_stop':
        openBlock(event.index).isClosed = true;
        break;
      case 'message_delta':
        end = event;
        usage = usageOf(event.usage, usage ?? NO_USAGE);
        break;
      case 'message_stop':
        isWhole = true;
    }
  }

  function openBlock(index: number): ArrivingBlock {
    const arriving = blocks[index];
    if (arriving === undefined || arriving.isClosed) throw badAnswer('a piece of no block');
    return arriving;
  }

  function append(arriving: ArrivingBlock, delta: z.infer<typeof deltaSchema>): void {
    const { block } = arriving;
    if (block.type === 'text' && delta.type === 'text_delta') {
      block.text += delta.text;
      characters += delta.text.length;
    } else if (block.type === 'tool_use' && delta.type === 'input_json_delta') {
      arriving.json += delta.partial_json;
      characters += delta.partial_json.length;
    } else if (block.type === 'thinking' && delta.type === 'thinking_delta') {
      block.thinking += delta.thinking;
      characters += delta.thinking.length;
    } else if (block.type === 'thinking' && delta.type === 'signature_delta') {
      block.signature = delta.signature;
    } else if (delta.type !== 'citations_delta') {
      throw badAnswer(`a ${delta.type} in a block of ${block.type}`);
    }
    onProgress?.(characters);
  }

  return {
    add(data) {
      if (isWhole) return;
      const event = parseEvent(data);
      if (event !== null) take(event);
    },
    isWhole: () => isWhole,
    usage() {
      if (usage === null) return NO_USAGE;
      if (end !== null) return usage;
      return { ...usage, output: Math.max(usage.output, Math.ceil(characters / 4)), estimated: true };
    },
    turn() {
      const reason = end?.delta.stop_reason ?? 'none';
      const stop = Object.hasOwn(STOPS, reason) ? STOPS[reason] : undefined;
      if (usage === null || stop === undefined)
        throw badAnswer(`the stop reason ${JSON.stringify(reason.slice(0, 40))}`);
      const isCut = stop === 'max-tokens' || stop === 'context-exceeded' || stop === 'refusal';
      if (!isCut && blocks.some(({ isClosed }) => !isClosed)) throw badAnswer('a block without an end');
      const ids = blocks.flatMap(({ block }) => (block.type === 'tool_use' ? [block.id] : []));
      if (!isCut && ids.length > 0 !== (stop === 'tool-calls'))
        throw badAnswer(`the stop reason ${reason} with ${ids.length} tool calls`);
      if (new Set(ids).size < ids.length || ids.some((id) => usedIds.has(id)))
        throw badAnswer('two tool calls with one id');
      const details = end?.delta.stop_details;
      const refusal = stop === 'refusal' ? (details?.explanation ?? details?.category) : undefined;
      return {
        blocks: blocks.flatMap(turnBlock),
        stop,
        ...(refusal && { refusal }),
        usage,
      };
    },
  };
}

/** Null for an event of a type that this version does not know: the API may add some at any time. */
function parseEvent(data: string): Event | null {
  const value = parseJson(data);
  const known = z.safeParse(z.object({ type: z.string() }), value);
  if (!known.success) throw badAnswer('an event that is none');
  if (!KNOWN_EVENTS.has(known.data.type)) return null;
  const event = eventSchema.safeParse(value);
  if (!event.success) throw badAnswer(`a ${known.data.type} that is none`);
  return event.data;
}

function usageOf(reported: z.infer<typeof usageSchema>, before: Usage): Usage {
  return {
    input: reported.input_tokens ?? before.input,
    output: reported.output_tokens,
    cacheRead: reported.cache_read_input_tokens ?? before.cacheRead,
    cacheWrite: reported.cache_creation_input_tokens ?? before.cacheWrite,
    estimated: false,
  };
}

/** None for a text without anything in it and for thinking that was cut off before its signature: the API takes neither back. */
function turnBlock({ block, json }: ArrivingBlock): TurnBlock[] {
  switch (block.type) {
    case 'text':
      return block.text.trim() === '' ? [] : [{ type: 'text', text: block.text }];
    case 'tool_use': {
      const { id, name } = block;
      const input = json === '' ? (block.input ?? {}) : parseJson(json);
      return [{ type: 'tool-call', id, name, input, ...(input === undefined && { invalid: json }) }];
    }
    case 'thinking':
      return block.signature === '' ? [] : [{ type: 'opaque', provider: 'anthropic', value: block }];
    case 'redacted_thinking':
      return [{ type: 'opaque', provider: 'anthropic', value: block }];
  }
}

const badAnswer = (what: string): ModelError =>
  new ModelError('bad-answer', `the model's answer is broken: ${what}`, { retryable: true });
