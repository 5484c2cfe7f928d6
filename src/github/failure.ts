import * as z from 'zod/mini';
import type { Exchange } from './exchange.ts';
import { isRedirect } from './exchange.ts';
import { GitHubError, type GitHubFailure } from './github-error.ts';

/** What was asked for, of which an error tells. */
export interface Asked {
  readonly operation: string;
  readonly isWrite: boolean;
  /** Sent along; never told. */
  readonly secret: string | null;
}

/** The answer to a request that GitHub did not do. */
export function statusError(asked: Asked, answer: NonNullable<Exchange['answer']>): GitHubError {
  const { status, headers } = answer;
  const said = readBody(answer.text, asked.secret);
  const retryAt = limitEnd(status, headers, said);
  return describe(asked, retryAt === null ? kindOf(status) : 'rate-limited', {
    status,
    said,
    headers,
    retryAt,
  });
}

/** GraphQL's refusals: answers with 200 and `errors`. Null when there are none. */
export function graphqlError(asked: Asked, answer: NonNullable<Exchange['answer']>): GitHubError | null {
  const body = z.safeParse(graphqlSchema, parseJson(answer.text));
  if (!body.success) return null;
  const { status, headers } = answer;
  const [first] = body.data.errors;
  const lines = body.data.errors.map(({ message }) => clean(message, asked.secret));
  const said: Said = { message: lines[0] ?? '', errors: lines };
  const kind = KIND_OF_TYPE.get(first?.type ?? '') ?? (first?.type === undefined ? 'server' : 'refused');
  const retryAt = limitEnd(kind === 'rate-limited' ? 429 : status, headers, said);
  return describe(asked, retryAt === null ? kind : 'rate-limited', { status, said, headers, retryAt });
}

/**
 * No answer. Of the cause only its code is told: its text may hold what was sent. `reason`: of the signal that ended a write
 * which was on its way.
 */
export function noAnswer(asked: Asked, failure: unknown, reason?: unknown): GitHubError {
  const code = codeOf(failure);
  const said =
    reason !== undefined
      ? 'it was ended while it was on its way'
      : code === 'TimeoutError'
        ? 'none in time'
        : code || 'the connection broke';
  const isUntrusted = UNTRUSTED.test(code);
  return new GitHubError('unreachable', `no answer from GitHub to ${asked.operation}: ${said}`, {
    operation: asked.operation,
    status: null,
    mayHaveHappened: asked.isWrite && !isUntrusted && !NOT_CONNECTED.includes(code),
    ...(isUntrusted && { advice: 'Node.js does not trust its certificate: see NODE_EXTRA_CA_CERTS.' }),
    ...(reason !== undefined && { cause: reason }),
  });
}

/** An answer of another shape than GitHub's description says. */
export function malformedAnswer(
  asked: Asked,
  status: number | null,
  what: z.core.$ZodError | string,
): GitHubError {
  return new GitHubError('malformed', `GitHub's answer to ${asked.operation} ${shapeOf(what)}`, {
    operation: asked.operation,
    status,
    mayHaveHappened: asked.isWrite,
    advice: 'Is the address of the API right, and no proxy between?',
  });
}

/** The same request may be answered when it is made again at once. */
export const isPassing = ({ kind }: GitHubError): boolean => kind === 'server' || kind === 'unreachable';

interface Said {
  readonly message: string;
  readonly errors: readonly string[];
}

interface Account {
  readonly status: number;
  readonly said: Said;
  readonly headers: Headers;
  readonly retryAt: Date | null;
}

function describe(
  asked: Asked,
  kind: GitHubFailure,
  { status, said, headers, retryAt }: Account,
): GitHubError {
  const { operation, isWrite, secret } = asked;
  const { text, advice } = WORDS[kind];
  const id = clean(headers.get('x-github-request-id') ?? '', secret);
  const place = `${operation}, ${status}${id === '' ? '' : `, request ${id}`}`;
  const details = said.errors.filter((line) => line !== said.message);
  const reason = [said.message, ...details].filter((line) => line !== '').join('; ');
  return new GitHubError(kind, `${text} (${place})${reason === '' ? '' : `: ${reason.slice(0, LONGEST)}`}`, {
    operation,
    status,
    errors: said.errors,
    mayHaveHappened: isWrite && (kind === 'server' || kind === 'malformed'),
    ...(retryAt !== null && { retryAt }),
    ...(advice !== undefined && { advice }),
  });
}

function kindOf(status: number): GitHubFailure {
  if (isRedirect(status)) return 'moved';
  if (status >= 500) return 'server';
  return KIND_OF_STATUS.get(status) ?? (status < 400 ? 'malformed' : 'refused');
}

const KIND_OF_STATUS: ReadonlyMap<number, GitHubFailure> = new Map([
  [401, 'unauthorised'],
  [403, 'forbidden'],
  [404, 'gone'],
  [408, 'server'],
  [409, 'conflict'],
  [410, 'gone'],
  [451, 'gone'],
]);

/** `type` of an error of GraphQL, as it is seen: GitHub has no list of them. */
const KIND_OF_TYPE: ReadonlyMap<string, GitHubFailure> = new Map([
  ['NOT_FOUND', 'gone'],
  ['FORBIDDEN', 'forbidden'],
  ['INSUFFICIENT_SCOPES', 'forbidden'],
  ['RATE_LIMITED', 'rate-limited'],
  ['RATE_LIMIT', 'rate-limited'],
  ['SERVICE_UNAVAILABLE', 'server'],
]);

const WORDS: Readonly<Record<GitHubFailure, { readonly text: string; readonly advice?: string }>> = {
  'rate-limited': { text: 'a rate limit of GitHub is reached' },
  refused: { text: 'GitHub refused what was sent' },
  gone: { text: 'GitHub has nothing there, or not for this App' },
  moved: { text: 'the repository was renamed or moved' },
  unauthorised: {
    text: 'GitHub refused our credentials',
    advice: 'Are APP_ID and PRIVATE_KEY of the same App, is it still installed, and is the clock right?',
  },
  forbidden: {
    text: 'the App may not do that',
    advice: 'Does the installation have the permissions of app.yml? Its owner accepts new ones by hand.',
  },
  conflict: { text: 'GitHub refused it in the state that it is in' },
  server: { text: 'GitHub failed' },
  unreachable: { text: 'no answer from GitHub' },
  malformed: { text: 'GitHub answered in a way that it does not' },
};

/** Of texts that are told. */
const LONGEST = 500;
const MINUTE = 60_000;

/**
 * When a limit ends; null when it is none. docs.github.com, "Rate limits for the REST API": `retry-after`, else the reset when
 * nothing remains, else a minute at least. A 422 "was submitted too quickly" is the limit of contents too.
 */
function limitEnd(status: number, headers: Headers, { message, errors }: Said): Date | null {
  const tooQuick = status === 422 && [message, ...errors].some((line) => /submitted too quickly/i.test(line));
  if (status !== 403 && status !== 429 && !tooQuick) return null;
  const now = Date.now();
  const after = headers.get('retry-after') ?? '';
  if (/^\d+$/.test(after)) return later(now, Number(after) * 1000);
  if (!Number.isNaN(Date.parse(after))) return later(now, Date.parse(after) - serverNow(headers, now));
  const reset = headers.get('x-ratelimit-reset') ?? '';
  if (headers.get('x-ratelimit-remaining') === '0' && /^\d+$/.test(reset))
    return later(now, Number(reset) * 1000 - serverNow(headers, now));
  return status === 429 || tooQuick || /secondary rate limit|abuse detection/i.test(message)
    ? later(now, MINUTE)
    : null;
}

/** At least a second: the clocks count whole ones. At most a year: what is beyond is no time. */
const later = (now: number, ms: number): Date =>
  new Date(now + Math.min(Math.max(ms, 1000), 365 * 24 * 60 * MINUTE));

/** By the clock that set the reset. */
function serverNow(headers: Headers, now: number): number {
  const date = Date.parse(headers.get('date') ?? '');
  return Number.isNaN(date) ? now : date;
}

const graphqlSchema = z.object({
  errors: z
    .array(z.object({ type: z.optional(z.string()), message: z._default(z.string(), '') }))
    .check(z.minLength(1)),
});

const bodySchema = z.object({
  message: z._default(z.string(), ''),
  errors: z.catch(
    z.array(
      z.union([
        z.string(),
        z.object({
          message: z.optional(z.string()),
          resource: z.optional(z.string()),
          field: z.optional(z.string()),
          code: z.optional(z.string()),
        }),
      ]),
    ),
    [],
  ),
});

function readBody(text: string, secret: string | null): Said {
  const body = z.safeParse(bodySchema, parseJson(text));
  if (!body.success) return { message: /^\s*</.test(text) ? 'a page of HTML' : '', errors: [] };
  const errors = body.data.errors.map((one) => {
    if (typeof one === 'string') return clean(one, secret);
    const { message, resource, field, code } = one;
    const place = [resource, field].filter((part) => part !== undefined).join('.');
    return clean([place, message ?? code ?? ''].filter((part) => part !== '').join(': '), secret);
  });
  return { message: clean(body.data.message, secret), errors };
}

/** What the other side says, for one line of ours. */
function clean(text: string, secret: string | null): string {
  const known = secret === null ? text : text.replaceAll(secret, '[token]');
  return known
    .replace(/\bgh[a-z]_[\w.-]+|\bgithub_pat_\w+|\beyJ[\w-]+\.[\w-]+(?:\.[\w-]*)?/g, '[token]')
    .replace(/-----BEGIN[^-]*-----[^-]*/g, '[key]')
    .replace(/[\s\p{C}]+/gu, ' ')
    .slice(0, LONGEST);
}

function shapeOf(what: z.core.$ZodError | string): string {
  if (typeof what === 'string') return what;
  const [first] = what.issues;
  const path = first?.path.map(String).join('.') || 'the whole';
  const expected = first !== undefined && 'expected' in first ? ` (expected ${String(first.expected)})` : '';
  return `is not as its description says: ${path.slice(0, LONGEST)}${expected}`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Codes of connections that were never made: nothing was sent. */
const NOT_CONNECTED = [
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
];

/** Node's codes of certificates that it does not trust, and of names that do not fit: they stay so. */
const UNTRUSTED = /CERT|SIGNATURE|SELF_SIGNED/;

/** `ECONNREFUSED`, `UND_ERR_SOCKET` …, of the error or of what caused it; `TimeoutError` of a signal. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  if (error.name === 'TimeoutError') return error.name;
  if ('code' in error && typeof error.code === 'string' && /^[A-Z0-9_]{1,40}$/.test(error.code))
    return error.code;
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0]);
  return codeOf(error.cause);
}
