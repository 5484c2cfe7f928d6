import type { MessageCreateParamsStreaming } from '@anthropic-ai/sdk/resources/messages';
import { ModelError } from '../agent/model-error.ts';
import { connectionError, type Server, statusError, uselessRetry } from './anthropic-error.ts';
import type { CallBounds } from './call-bounds.ts';

/** An event of a stream, also one that only says that the server is still there. */
export interface StreamEvent {
  readonly event: string | null;
  readonly data: string;
}

/** Resolves when the events begin to come; rejects when the server gives none, after the retries of the SDK. */
export type OpenStream = (
  body: MessageCreateParamsStreaming,
  isWhole: () => boolean,
) => Promise<AsyncIterable<StreamEvent>>;

/** So often the SDK asks again before a stream begins: 408, 409, 429, 5xx and broken connections. */
const RETRIES = 2;
/** For a connection to end behind a whole answer: then it serves the next request too. */
const DRAIN_MS = 500;

/**
 * The SDK, loaded when it is first needed and bent to our bounds: it waits as long as `retry-after` says, and for a
 * stream as long as it stays. Everything it and the stream reject with is a ModelError, but for defects of ours.
 */
export async function connectAnthropic(server: Server, bounds: CallBounds): Promise<OpenStream> {
  const { apiKey, baseUrl, idleMs } = server;
  // In a header it would be an error whose text has the whole key in it.
  if (!/^[\x21-\x7e]+$/.test(apiKey))
    throw new ModelError('key', 'the key is empty, or has a character in it that no key has', {
      retryable: false,
      advice: 'Is there a space or a line break in ANTHROPIC_API_KEY?',
    });
  const [{ Anthropic }, { Stream }] = await Promise.all([
    import('@anthropic-ai/sdk'),
    import('@anthropic-ai/sdk/core/streaming'),
  ]);
  const client = new Anthropic({
    apiKey,
    baseURL: baseUrl,
    maxRetries: RETRIES,
    timeout: idleMs,
    logLevel: 'off',
    openTelemetry: false,
    webhookKey: null,
    // What is sent goes to nobody but the server that was named.
    fetchOptions: { redirect: 'manual' },
    async fetch(url, init) {
      const response = await fetch(url, init);
      const why = await uselessRetry(response, bounds.msLeft(), server);
      if (why !== null) bounds.end(why);
      return response;
    },
  });

  function failureOf(error: unknown): unknown {
    if (!(error instanceof Anthropic.APIError)) return error;
    if (error instanceof Anthropic.APIConnectionTimeoutError) return silenceOf(server);
    return error.status === undefined ? connectionError(error, server) : statusError(error, server);
  }

  async function* eventsOf(response: Response, idle: AbortController, isWhole: () => boolean) {
    const startTimer = (ms: number) => setTimeout(() => idle.abort(), ms);
    let timer = startTimer(idleMs);
    try {
      for await (const { event, data } of Stream.rawEvents(response)) {
        yield { event, data };
        clearTimeout(timer);
        timer = startTimer(isWhole() ? DRAIN_MS : idleMs);
      }
    } catch (error) {
      if (isWhole()) return;
      throw bounds.ended() ?? (idle.signal.aborted ? silenceOf(server) : connectionError(error, server));
    } finally {
      clearTimeout(timer);
      idle.abort();
    }
  }

  return async (body, isWhole) => {
    const idle = new AbortController();
    try {
      // Not `messages.create`: it writes to the console about models that will end.
      const signal = AbortSignal.any([bounds.signal, idle.signal]);
      const response = await client.post('/v1/messages', { body, signal }).asResponse();
      if (response.headers.get('content-type')?.startsWith('text/event-stream'))
        return eventsOf(response, idle, isWhole);
    } catch (error) {
      throw bounds.ended() ?? failureOf(error);
    }
    idle.abort();
    throw new ModelError('bad-answer', `${server.host} answered with something that is no stream of events`, {
      retryable: false,
      advice: 'Is its address right?',
    });
  };
}

const silenceOf = ({ host, idleMs }: Server): ModelError =>
  new ModelError('connection', `${host} said nothing for ${(idleMs / 1000).toFixed(1)} s`, {
    retryable: true,
  });
