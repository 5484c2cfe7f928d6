import { randomUUID } from 'node:crypto';
import * as z from 'zod/mini';
import type { ModelTurn, ToolCall, TurnBlock, Usage } from '../agent/model.ts';
import { ModelError } from '../agent/model-error.ts';

/** Puts a turn together from the events of a stream. */
export interface TurnInParts {
  /** Throws a ModelError when it is not what the protocol says. */
  add(chunk: Chunk): void;
  /** How many have arrived: of text, of reasoning, of calls. */
  characters(): number;
  /** True when the server has said why the turn ended: it is whole, only the usage may follow. */
  isWhole(): boolean;
  /** The turn. Throws a ModelError when it is not whole, or when its calls cannot be told apart. */
  finish(requestCharacters: number): ModelTurn;
}

const word = z.nullish(z.string());
const count = z.int().check(z.nonnegative());
const callPiece = z.object({
  index: z.nullish(z.int()),
  id: word,
  function: z.nullish(z.object({ name: word, arguments: word })),
});
const usageSchema = z.object({
  prompt_tokens: count,
  completion_tokens: count,
  prompt_tokens_details: z.nullish(z.object({ cached_tokens: z.nullish(count) })),
});

/** One event of the stream. `role` is not read: it can only be one, and not all servers send it. */
export const chunkSchema = z.object({
  choices: z.nullish(
    z.array(
      z.object({
        delta: z.nullish(
          z.object({
            content: word,
            refusal: word,
            reasoning_content: z.optional(z.unknown()),
            reasoning: z.optional(z.unknown()),
            tool_calls: z.nullish(z.array(callPiece)),
          }),
        ),
        finish_reason: word,
      }),
    ),
  ),
  error: z.optional(z.unknown()),
  object: z.optional(z.unknown()),
  // A usage that is none is estimated: no reason to lose the turn.
  usage: z.catch(z.nullish(usageSchema), null),
});

export type Chunk = z.infer<typeof chunkSchema>;

interface CallInParts {
  readonly index: number | null;
  id: string | null;
  name: string | null;
  text: string;
  /** How often the server has named it: more than once may mean that these are two. */
  named: number;
}

export function startOpenAiTurn(): TurnInParts {
  let [text, refusal] = ['', ''];
  let characters = 0;
  let reason: string | null = null;
  let reported: z.infer<typeof usageSchema> | null = null;
  const calls: CallInParts[] = [];
  return {
    characters: () => characters,
    isWhole: () => reason !== null,
    add({ choices, usage }) {
      reported = usage ?? reported;
      const choice = choices?.[0];
      reason = choice?.finish_reason || reason;
      if (!choice?.delta) return;
      const { delta } = choice;
      text += delta.content ?? '';
      refusal += delta.refusal ?? '';
      for (const part of [delta.content, delta.refusal, delta.reasoning_content ?? delta.reasoning])
        if (typeof part === 'string') characters += part.length;
      for (const piece of delta.tool_calls ?? []) {
        characters += (piece.function?.name?.length ?? 0) + (piece.function?.arguments?.length ?? 0);
        addPiece(calls, piece);
      }
    },
    finish(requestCharacters) {
      const usage = reported === null ? estimateUsage(requestCharacters, characters) : readUsage(reported);
      const broken = (what: string) =>
        new ModelError('bad-answer', `the turn of the model server is broken: ${what}`, {
          retryable: true,
          usage: reported === null ? null : usage,
        });
      if (reason === null) throw broken('it ended without a reason');
      const stop = stopOf(reason, calls.length > 0, refusal);
      if (stop === null) throw broken(`it ended with ${JSON.stringify(reason.slice(0, 80))}`);
      const answered = withoutThinking(text);
      const blocks: TurnBlock[] = answered.trim() === '' ? [] : [{ type: 'text', text: answered }];
      for (const call of calls) {
        const finished = finishCall(call);
        if (finished === null) throw broken('its calls cannot be told apart');
        blocks.push(finished);
      }
      const ids = blocks.flatMap((block) => (block.type === 'tool-call' ? [block.id] : []));
      if (new Set(ids).size < ids.length) throw broken('two calls have one id');
      return { blocks, stop, usage, ...(stop === 'refusal' && refusal !== '' && { refusal }) };
    },
  };
}

/** Null of a reason that is unknown, or that speaks of calls that are not there. */
function stopOf(reason: string, hasCalls: boolean, refusal: string): ModelTurn['stop'] | null {
  if (reason === 'content_filter') return 'refusal';
  if (reason === 'length') return 'max-tokens';
  if (reason !== 'stop' && reason !== 'tool_calls') return null;
  if (refusal !== '') return 'refusal';
  // Some servers end a turn with calls with `stop`.
  if (hasCalls) return 'tool-calls';
  return reason === 'stop' ? 'end' : null;
}

/** Adds a piece to the call that it belongs to: the one of its index, else of its id, else the last one. */
function addPiece(calls: CallInParts[], piece: z.infer<typeof callPiece>): void {
  const index = piece.index ?? null;
  const id = piece.id || null;
  const name = piece.function?.name || null;
  const text = piece.function?.arguments ?? '';
  const known =
    index !== null
      ? calls.findLast((call) => call.index === index)
      : id !== null
        ? calls.findLast((call) => call.id === id)
        : name === null
          ? calls.at(-1)
          : undefined;
  // Ollama gives every call the index 0 (ollama/ollama#15457). Another id alone is no other call: some servers
  // make one up for every piece.
  const isAnother = known !== undefined && name !== null && id !== null && known.id !== id;
  if (known === undefined || isAnother) {
    calls.push({ index, id, name, text, named: name === null ? 0 : 1 });
    return;
  }
  known.id ??= id;
  if (name !== null) known.named = known.name === null || known.name === name ? known.named + 1 : Infinity;
  known.name ??= name;
  known.text += text;
}

/** Null when it has no name, or when it may be two calls: named twice, and together no JSON. */
function finishCall({ id, name, text, named }: CallInParts): ToolCall | null {
  if (name === null || named === Number.POSITIVE_INFINITY) return null;
  // Mistral's templates take nothing but nine letters and digits.
  const call = { type: 'tool-call', id: id ?? randomUUID().replaceAll('-', '').slice(0, 9), name } as const;
  if (text.trim() === '') return { ...call, input: {} };
  try {
    return { ...call, input: JSON.parse(text) };
  } catch {
    return named > 1 ? null : { ...call, input: undefined, invalid: text };
  }
}

/** Reasoning that a model writes into its text stands at the beginning; without an end, all of it is reasoning. */
function withoutThinking(text: string): string {
  const trimmed = text.trimStart();
  if (!trimmed.startsWith('<think>')) return text;
  const end = trimmed.indexOf('</think>');
  return end === -1 ? '' : trimmed.slice(end + '</think>'.length).trimStart();
}

function readUsage({
  prompt_tokens,
  completion_tokens,
  prompt_tokens_details,
}: z.infer<typeof usageSchema>): Usage {
  const cacheRead = Math.min(prompt_tokens_details?.cached_tokens ?? 0, prompt_tokens);
  return {
    input: prompt_tokens - cacheRead,
    output: completion_tokens,
    cacheRead,
    cacheWrite: 0,
    estimated: false,
  };
}

/** About four characters make a token. */
const estimateUsage = (request: number, answer: number): Usage => ({
  input: Math.ceil(request / 4),
  output: Math.ceil(answer / 4),
  cacheRead: 0,
  cacheWrite: 0,
  estimated: true,
});
