import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod/mini';
import { monotonicMs } from '../agent/clock.ts';
import type { Model, ModelTurn, Price } from '../agent/model.ts';
import { ModelError } from '../agent/model-error.ts';
import { boundCall } from './call-bounds.ts';
import { createEndpoint, type Endpoint, readBeginning } from './openai-endpoint.ts';
import { httpFailure, streamFailure } from './openai-failure.ts';
import { writeOpenAiRequest } from './openai-request.ts';
import { type Chunk, chunkSchema, startOpenAiTurn } from './openai-turn.ts';
import { readEventStream } from './read-event-stream.ts';
import { receiveBytes } from './receive-bytes.ts';

export interface OpenAiCompatibleOptions {
  /** As the server names the model. */
  readonly id: string;
  /** What stands before `/chat/completions`: `http://localhost:1234/v1`. */
  readonly baseUrl: string;
  readonly apiKey?: string;
  /** The protocol does not tell them. */
  readonly limits?: Partial<Model['limits']>;
  readonly price?: Price;
  /**
   * How long the server may say nothing within an answer. Before the first piece of one it may take until the deadline:
   * a local model may read a long prompt for minutes.
   */
  readonly idleTimeoutMs?: number;
  /** Before the first repetition; twice as long before the second. A server's own wish goes before it. */
  readonly retryDelayMs?: number;
}

/** What a local model commonly has. */
const DEFAULT_LIMITS: Model['limits'] = { context: 32_768, output: 8_192 };

const REPETITIONS = 2;

/** For the usage and the end of the answer, when the turn is whole. */
const AFTER_TURN_MS = 1_000;

/** For the list of models, which no server has to think about. */
const LIST_MS = 10_000;
/** The same where it is only advice. */
const ADVICE_MS = 2_000;
const ADVISED_MODELS = 10;

/**
 * A model behind a server that speaks OpenAI's `/chat/completions`: LM Studio, Ollama, vLLM, llama.cpp, LiteLLM,
 * OpenRouter, OpenAI. What fails for a while (408, 409, 429, 5xx, a connection or a stream that breaks) is repeated
 * twice, unless something was paid for it. A context that is too long is a ModelError of the kind `too-large`: nothing
 * was answered.
 */
export function createOpenAiCompatibleModel(options: OpenAiCompatibleOptions): Model {
  const { id, baseUrl, apiKey, limits, price = null, idleTimeoutMs = 60_000, retryDelayMs = 500 } = options;
  const endpoint = createEndpoint(baseUrl, apiKey ?? null);
  return {
    id,
    provider: 'openai-compatible',
    limits: { ...DEFAULT_LIMITS, ...limits },
    price,
    async ask(request, { signal, deadline, onProgress }) {
      const body = writeOpenAiRequest(id, endpoint.host, request);
      const bounds = boundCall({ signal, deadline });
      try {
        for (let attempt = 0; ; attempt += 1) {
          let headers: IncomingHttpHeaders = {};
          try {
            bounds.throwIfEnded();
            const response = await endpoint.open('chat/completions', { body, signal: bounds.signal });
            headers = response.headers;
            const turn = await readTurn(endpoint, response, { body, idleTimeoutMs, onProgress });
            bounds.throwIfEnded();
            return turn;
          } catch (error) {
            bounds.throwIfEnded();
            if (!(error instanceof ModelError)) throw error;
            const mayRepeat = error.retryable && error.usage === null && attempt < REPETITIONS;
            const wait = askedDelay(headers) ?? retryDelayMs * 2 ** attempt * (0.75 + Math.random() / 2);
            if (!mayRepeat || monotonicMs() + wait >= deadline)
              throw error.kind === 'not-found' ? await nameModels(endpoint, error, bounds.signal) : error;
            await sleep(wait, undefined, { signal: bounds.signal }).catch(() => bounds.throwIfEnded());
          }
        }
      } finally {
        bounds.release();
      }
    },
  };
}

/**
 * The ids of a server's models, as it orders them; those that only embed text, which LM Studio lists too, come last.
 * Rejects with a ModelError.
 */
export function listModels(baseUrl: string, apiKey: string | null, signal: AbortSignal): Promise<string[]> {
  return askForModels(createEndpoint(baseUrl, apiKey), signal, LIST_MS);
}

async function readTurn(
  endpoint: Endpoint,
  response: IncomingMessage,
  {
    body,
    idleTimeoutMs,
    onProgress,
  }: { body: string; idleTimeoutMs: number; onProgress: ((characters: number) => void) | undefined },
): Promise<ModelTurn> {
  if (!isSuccess(response) || !/^text\/event-stream\b/i.test(response.headers['content-type'] ?? ''))
    throw await readFailure(endpoint, response, idleTimeoutMs);
  const turn = startOpenAiTurn();
  let done = false;
  const patience = () => {
    if (done || turn.isWhole()) return Math.min(AFTER_TURN_MS, idleTimeoutMs);
    return turn.characters() > 0 ? idleTimeoutMs : Number.POSITIVE_INFINITY;
  };
  try {
    // Read to the end, so that the connection can be used again.
    for await (const data of readEventStream(receiveBytes(response, patience))) {
      done ||= data === '[DONE]';
      if (done) continue;
      turn.add(parseChunk(endpoint, data));
      onProgress?.(turn.characters());
    }
  } catch (error) {
    const isComplete = turn.isWhole() && error instanceof ModelError && error.kind === 'connection';
    if (!isComplete) throw error;
  }
  return turn.finish(body.length);
}

function parseChunk(endpoint: Endpoint, data: string): Chunk {
  const broken = (cause: unknown) =>
    new ModelError('bad-answer', `the model server at ${endpoint.name} sent an event that is none`, {
      retryable: true,
      cause,
    });
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch (cause) {
    throw broken(cause);
  }
  const { success, data: chunk, error } = chunkSchema.safeParse(value);
  if (!success) throw broken(error);
  const isError = (chunk.error !== undefined && chunk.error !== null) || chunk.object === 'error';
  if (isError) throw streamFailure(endpoint, value);
  return chunk;
}

const modelsSchema = z.object({ data: z.array(z.object({ id: z.string() })) });

/** A list with descriptions of hundreds of models has a few hundred kilobytes. */
const LONGEST_LIST = 16_000_000;
const LONGEST_FAILURE = 64_000;

async function askForModels(
  endpoint: Endpoint,
  signal: AbortSignal,
  milliseconds: number,
): Promise<string[]> {
  const bounds = boundCall({ signal, deadline: monotonicMs() + milliseconds });
  try {
    const response = await endpoint.open('models', { signal: bounds.signal });
    if (!isSuccess(response)) throw await readFailure(endpoint, response, milliseconds);
    const body = await readBeginning(response, { bytes: LONGEST_LIST, patience: milliseconds });
    bounds.throwIfEnded();
    const ids = modelIds(body);
    if (ids === null) throw httpFailure(endpoint, { status: 200, headers: response.headers, body });
    const embeds = (id: string) => /embed/i.test(id);
    return [...ids.filter((id) => !embeds(id)), ...ids.filter(embeds)];
  } catch (error) {
    bounds.throwIfEnded();
    throw error;
  } finally {
    bounds.release();
  }
}

function modelIds(body: string): string[] | null {
  try {
    return modelsSchema.parse(JSON.parse(body)).data.map(({ id }) => id);
  } catch {
    return null;
  }
}

/** The same failure with what there is instead, if the server says so quickly. */
async function nameModels(endpoint: Endpoint, failure: ModelError, signal: AbortSignal): Promise<ModelError> {
  const ids = await askForModels(endpoint, signal, ADVICE_MS).catch(() => []);
  const named = ids.slice(0, ADVISED_MODELS).join(', ');
  const more = ids.length > ADVISED_MODELS ? ` and ${ids.length - ADVISED_MODELS} more` : '';
  return new ModelError('not-found', failure.message, {
    retryable: false,
    advice:
      ids.length > 0
        ? `It has ${named}${more}.`
        : 'Check the name of the model and the address of the server: that of most ends with /v1.',
  });
}

const isSuccess = ({ statusCode = 0 }: IncomingMessage): boolean => statusCode >= 200 && statusCode < 300;

async function readFailure(
  endpoint: Endpoint,
  response: IncomingMessage,
  patience: number,
): Promise<ModelError> {
  const body = await readBeginning(response, { bytes: LONGEST_FAILURE, patience });
  return httpFailure(endpoint, { status: response.statusCode ?? 0, headers: response.headers, body });
}

/** What the server asks to wait: `retry-after` in seconds or as a date, `retry-after-ms`. Null when it asks nothing. */
function askedDelay(headers: IncomingHttpHeaders): number | null {
  const inMilliseconds = Number(headers['retry-after-ms'] ?? Number.NaN);
  if (inMilliseconds >= 0) return inMilliseconds;
  const asked = headers['retry-after'];
  if (asked === undefined) return null;
  const seconds = Number(asked);
  if (seconds >= 0) return seconds * 1000;
  const date = Date.parse(asked);
  return Number.isNaN(date) ? null : Math.max(0, date - Date.now());
}
