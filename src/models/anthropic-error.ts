import type { APIError } from '@anthropic-ai/sdk';
import * as z from 'zod/mini';
import { ModelError, type ModelErrorKind } from '../agent/model-error.ts';
import { parseJson } from './parse-json.ts';
import { waitText } from './wait-text.ts';

/** Whom we ask, and of whom an error speaks. */
export interface Server {
  readonly id: string;
  /** Taken out of what the server says. */
  readonly apiKey: string;
  readonly baseUrl: string;
  /** Its host and port. */
  readonly host: string;
  /** For so many milliseconds it may say nothing. */
  readonly idleMs: number;
}

/** An answer that is an error, or an `error` event of a stream. platform.claude.com/docs/en/api/errors */
const bodySchema = z.object({
  error: z.object({
    type: z.optional(z.string()),
    message: z.optional(z.string()),
    details: z.optional(z.nullable(z.object({ error_code: z.optional(z.nullable(z.string())) }))),
  }),
});

/** In a stream there is no status but the 200 that it began with. */
const STATUS_OF_TYPE: ReadonlyMap<string, number> = new Map([
  ['invalid_request_error', 400],
  ['authentication_error', 401],
  ['billing_error', 402],
  ['permission_error', 403],
  ['not_found_error', 404],
  ['request_too_large', 413],
  ['rate_limit_error', 429],
  ['timeout_error', 504],
  ['overloaded_error', 529],
]);

/** An HTTP status that is an error, as the SDK throws it when it has retried what it retries. */
export function statusError(error: APIError, to: Server): ModelError {
  return describe(error.status ?? 500, error.error, to, {
    mayRetry: error.headers?.get('x-should-retry') !== 'false',
    requestId: error.requestID,
  });
}

/** An `error` event of a stream. */
export function eventError(data: string, to: Server): ModelError {
  const body = parseJson(data);
  const type = bodySchema.safeParse(body).data?.error.type;
  return describe(STATUS_OF_TYPE.get(type ?? '') ?? 500, body, to, { mayRetry: true });
}

/** No connection, or one that broke. Of the cause only the code is told: its text may hold what was sent. */
export function connectionError(cause: unknown, { host }: Server): ModelError {
  const code = codeOf(cause);
  return new ModelError('connection', `the connection to ${host} failed${code === '' ? '' : ` (${code})`}`, {
    retryable: true,
  });
}

/**
 * Why it is no use to do what the SDK does next with a response, which is to wait and to ask again: the wait is longer
 * than the time that is left, or a spend limit is reached, which is a 429 without `retry-after`. Null when it is of use.
 */
export async function uselessRetry(
  response: Response,
  msLeft: number,
  to: Server,
): Promise<ModelError | null> {
  const { status, headers } = response;
  if ((status !== 429 && status < 500) || headers.get('x-should-retry') === 'false') return null;
  const wait = retryAfterMs(headers);
  if (wait > msLeft) {
    const message = `the model can be asked again in ${waitText(wait)} (${status}), which is too late`;
    return new ModelError(kindOf(status, '', ''), message, { retryable: true });
  }
  if (status !== 429) return null;
  const error = describe(status, parseJson(await response.clone().text()), to, { mayRetry: true });
  return error.kind === 'payment' ? error : null;
}

function describe(
  status: number,
  body: unknown,
  to: Server,
  { mayRetry, requestId }: { mayRetry: boolean; requestId?: string | null | undefined },
): ModelError {
  const error = bodySchema.safeParse(body).data?.error;
  const kind = kindOf(status, error?.details?.error_code ?? '', error?.message ?? '');
  const { text, advice } = wordsFor(kind, to);
  const request = requestId ? `, request ${clean(requestId, to)}` : '';
  // Of a refused key nothing is repeated: the answer may quote it.
  const reason = error?.message && kind !== 'key' ? `: ${clean(error.message, to)}` : '';
  const isPassing = status === 408 || status === 409 || status === 429 || status >= 500;
  return new ModelError(kind, `${text} (${status}${request})${reason}`, {
    retryable: mayRetry && isPassing && kind !== 'payment',
    ...(advice !== undefined && { advice }),
  });
}

function kindOf(status: number, code: string, message: string): ModelErrorKind {
  switch (status) {
    case 400:
      // A limit that the account has set for itself has no code of its own. platform.claude.com/docs/en/api/rate-limits
      return /^You have reached your specified [a-z ]{0,20}API usage limits/.test(message)
        ? 'payment'
        : 'bad-request';
    case 401:
      return 'key';
    case 402:
      return 'payment';
    case 403:
      return 'permission';
    case 404:
      return 'not-found';
    case 413:
      return 'too-large';
    case 429:
      return code.endsWith('spend_limit_reached') ? 'payment' : 'rate-limit';
    case 503:
    case 529:
      return 'overloaded';
    default:
      if (status >= 500) return 'server';
      return status >= 400 ? 'bad-request' : 'bad-answer';
  }
}

function wordsFor(kind: ModelErrorKind, { id, host }: Server): { text: string; advice?: string } {
  switch (kind) {
    case 'key':
      return { text: 'the model refused the key', advice: 'Is ANTHROPIC_API_KEY current?' };
    case 'permission':
      return { text: `the key may not use ${id}` };
    case 'payment':
      return {
        text: 'the account of the key has no money left or has reached its limit',
        advice: 'See its billing page.',
      };
    case 'not-found':
      return { text: `${host} has no model ${id}`, advice: 'Is its id right?' };
    case 'rate-limit':
      return { text: 'the rate limit of the model is reached' };
    case 'overloaded':
      return { text: 'the model is overloaded' };
    case 'too-large':
      return { text: 'the request has too many bytes for the model' };
    case 'bad-request':
      return { text: 'the model refused the request' };
    case 'bad-answer':
      return { text: `${host} did not answer as the Messages API does`, advice: 'Is its address right?' };
    default:
      return { text: 'the model failed' };
  }
}

/** What the other side says, for one line of ours. */
const clean = (text: string, { apiKey }: Server): string =>
  text
    .replaceAll(apiKey, '[key]')
    .replace(/[\s\p{C}]+/gu, ' ')
    .slice(0, 300);

/** 0 when the response does not say. Seconds, or a date. */
function retryAfterMs(headers: Headers): number {
  const ms = Number.parseFloat(headers.get('retry-after-ms') ?? '');
  if (ms > 0) return ms;
  const after = headers.get('retry-after') ?? '';
  const seconds = Number.parseFloat(after);
  const wait = Number.isNaN(seconds) ? Date.parse(after) - Date.now() : seconds * 1000;
  return wait > 0 ? wait : 0;
}

/** `ECONNREFUSED`, `ENOTFOUND`, `UND_ERR_SOCKET` …, of the error or of what caused it. */
function codeOf(error: unknown): string {
  const known = z.safeParse(z.object({ code: z.string().check(z.regex(/^[A-Z0-9_]{1,40}$/)) }), error);
  if (known.success) return known.data.code;
  return error instanceof Error && error.cause !== undefined ? codeOf(error.cause) : '';
}
