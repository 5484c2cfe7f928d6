import type { IncomingHttpHeaders } from 'node:http';
import * as z from 'zod/mini';
import { ModelError, type ModelErrorKind } from '../agent/model-error.ts';
import type { Endpoint } from './openai-endpoint.ts';

const KINDS: Readonly<Record<number, ModelErrorKind>> = {
  401: 'key',
  402: 'payment',
  403: 'permission',
  404: 'not-found',
  408: 'server',
  409: 'server',
  413: 'too-large',
  429: 'rate-limit',
  503: 'overloaded',
  529: 'overloaded',
};

/** Codes of a 429 that no waiting mends: there is no money left. */
const SPENT = ['insufficient_quota', 'billing_hard_limit_reached', 'enforced_spend_limit_reached'];

/**
 * OpenAI has a code for it and llama.cpp a type; vLLM, LM Studio and OpenRouter only say so, each in its own words.
 */
const CONTEXT_EXCEEDED = /context[ _](?:length|size|window)/i;
const CONTEXT_STATUSES = [400, 413, 422, 500];

const LONGEST_MESSAGE = 400;

/** An answer that is no stream: an HTTP error, or a 200 with something else in it. */
export function httpFailure(
  endpoint: Endpoint,
  { status, headers, body }: { status: number; headers: IncomingHttpHeaders; body: string },
): ModelError {
  const complaint = readComplaint(parseJson(body) ?? body);
  // LM Studio and older llama.cpp answer 200 with an error in it; llama.cpp writes the status into the error.
  const told = status < 300 ? (complaint.status ?? status) : status;
  return toModelError(endpoint, complaint, told, headers['x-should-retry'] !== 'false');
}

/** An error that comes as an event within the stream. */
export function streamFailure(endpoint: Endpoint, error: unknown): ModelError {
  const complaint = readComplaint(error);
  return toModelError(endpoint, complaint, complaint.status ?? 500, true);
}

function toModelError(
  endpoint: Endpoint,
  { message, codes }: Complaint,
  status: number,
  mayRepeat: boolean,
): ModelError {
  const kind = kindOf(status, `${codes.join(' ')} ${message}`, codes);
  const repeatable = kind === 'bad-answer' ? status < 300 : status >= 500 || [408, 409, 429].includes(status);
  const said = shorten(endpoint.redact(message));
  return new ModelError(kind, `the model server at ${endpoint.name} answered ${status}: ${said}`, {
    retryable: mayRepeat && repeatable && kind !== 'payment' && kind !== 'too-large',
    ...adviceOn(kind, endpoint),
  });
}

function kindOf(status: number, text: string, codes: readonly string[]): ModelErrorKind {
  if ((status < 300 || CONTEXT_STATUSES.includes(status)) && CONTEXT_EXCEEDED.test(text)) return 'too-large';
  if (codes.some((code) => SPENT.includes(code))) return 'payment';
  if (codes.includes('model_not_found')) return 'not-found';
  return KINDS[status] ?? (status >= 500 ? 'server' : status >= 400 ? 'bad-request' : 'bad-answer');
}

function adviceOn(kind: ModelErrorKind, { hasKey }: Endpoint): { advice?: string } {
  switch (kind) {
    case 'key':
      return { advice: hasKey ? 'Check OPENAI_API_KEY.' : 'Set OPENAI_API_KEY.' };
    case 'permission':
      return { advice: 'The key may not use this model: choose another model, or another key.' };
    case 'payment':
      return { advice: 'Add credit or raise the limit at your provider.' };
    case 'too-large':
      return { advice: 'Choose a model with a larger context, or load this one with a larger context.' };
    case 'bad-answer':
      return { advice: 'Check the address of the server: that of most ends with /v1.' };
    default:
      return {};
  }
}

interface Complaint {
  readonly message: string;
  readonly codes: readonly string[];
  /** An HTTP status, written into the error. */
  readonly status: number | null;
}

const unknown = z.optional(z.unknown());
const complaintSchema = z.object({
  error: unknown,
  message: unknown,
  detail: unknown,
  code: unknown,
  type: unknown,
});

/** `{error: {message, code, type}}`, `{error: "…"}`, `{object: "error", message}`, FastAPI's `{detail}`, or any text. */
function readComplaint(value: unknown): Complaint {
  if (typeof value === 'string') return { message: describe(value), codes: [], status: null };
  const { success, data } = complaintSchema.safeParse(Array.isArray(value) ? value[0] : value);
  if (!success) return { message: describe(JSON.stringify(value) ?? ''), codes: [], status: null };
  if (data.error !== undefined && data.error !== null) return readComplaint(data.error);
  const { message = data.detail ?? value, code, type } = data;
  return {
    message: describe(typeof message === 'string' ? message : JSON.stringify(message)),
    codes: [code, type].filter((word) => typeof word === 'string'),
    status: typeof code === 'number' && code >= 400 && code < 600 ? code : null,
  };
}

function describe(text: string): string {
  if (/^\s*<(?:!doctype|html|head|body)/i.test(text)) return 'a page of HTML';
  return text.trim() === '' ? 'nothing' : text;
}

const shorten = (text: string): string => {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > LONGEST_MESSAGE ? `${line.slice(0, LONGEST_MESSAGE)}…` : line;
};

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
