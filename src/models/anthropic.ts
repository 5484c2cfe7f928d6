import { addUsage, NO_USAGE, totalTokens } from '../agent/budget.ts';
import type { Message, Model, Price, Usage } from '../agent/model.ts';
import { ModelError } from '../agent/model-error.ts';
import { type ArrivingAnswer, startAnswer } from './anthropic-answer.ts';
import { connectAnthropic, type StreamEvent } from './anthropic-connection.ts';
import { eventError, type Server } from './anthropic-error.ts';
import { anthropicRequest } from './anthropic-request.ts';
import { boundCall } from './call-bounds.ts';
import { claudeFacts, DEAREST } from './prices.ts';

export interface AnthropicModelOptions {
  readonly id: string;
  readonly apiKey: string;
  /** Of another server that speaks the Messages API. */
  readonly baseUrl?: string;
  /** Instead of what is known of the model. */
  readonly limits?: Partial<Model['limits']>;
  readonly price?: Price | null;
  /** For so many whole milliseconds the server may say nothing. */
  readonly idleMs?: number;
}

/** So often a stream is asked for that breaks: each time is paid for. */
const STREAMS = 2;

/**
 * A model behind Anthropic's Messages API. Nothing is loaded and nobody is asked before `ask`. The usage of a turn is
 * that of the streams that broke before it, too.
 */
export function createAnthropicModel(options: AnthropicModelOptions): Model {
  const { id, apiKey, baseUrl = 'https://api.anthropic.com', idleMs = 60_000 } = options;
  const facts = claudeFacts(id);
  const limits = { ...facts.limits, ...options.limits };
  const server: Server = { id, apiKey, baseUrl, host: new URL(baseUrl).host, idleMs };

  return {
    id,
    provider: 'anthropic',
    limits,
    price: options.price === undefined ? facts.price : options.price,
    assumedPrice: DEAREST,
    async ask(request, { signal, deadline, onProgress }) {
      const bounds = boundCall({ signal, deadline });
      let spent = NO_USAGE;
      try {
        const maxOutput = Math.min(request.maxOutput, limits.output);
        const body = anthropicRequest(id, { ...request, maxOutput });
        const usedIds = callIds(request.messages);
        const openStream = await connectAnthropic(server, bounds);
        for (let stream = 1; ; stream += 1) {
          const answer = startAnswer(usedIds, onProgress);
          const events = await openStream(body, answer.isWhole);
          const failure = await receive(events, answer, server);
          spent = addUsage(spent, answer.usage());
          if (failure === null) return { ...answer.turn(), usage: spent };
          if (stream === STREAMS || !failure.retryable || bounds.ended() !== null) throw failure;
        }
      } catch (error) {
        throw error instanceof ModelError ? withUsage(error, spent) : error;
      } finally {
        bounds.release();
      }
    },
  };
}

/** Resolves to null when the answer is whole, else to what broke it. */
async function receive(
  events: AsyncIterable<StreamEvent>,
  answer: ArrivingAnswer,
  server: Server,
): Promise<ModelError | null> {
  try {
    for await (const { event, data } of events) {
      if (event === 'error') return eventError(data, server);
      answer.add(data);
    }
  } catch (error) {
    if (error instanceof ModelError) return error;
    throw error;
  }
  if (answer.isWhole()) return null;
  return new ModelError('bad-answer', 'the answer of the model broke off', { retryable: true });
}

/** Of a conversation no two calls may have one id: the results could not be told apart. */
function callIds(messages: readonly Message[]): ReadonlySet<string> {
  const blocks = messages.flatMap((message) => (message.role === 'assistant' ? message.blocks : []));
  return new Set(blocks.flatMap((block) => (block.type === 'tool-call' ? [block.id] : [])));
}

function withUsage(error: ModelError, usage: Usage): ModelError {
  if (totalTokens(usage) === 0) return error;
  const { kind, message, retryable, advice } = error;
  return new ModelError(kind, message, { retryable, usage, ...(advice !== undefined && { advice }) });
}
