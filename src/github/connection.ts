import { Octokit } from '@octokit/rest';
import * as z from 'zod/mini';
import { pause } from './abortable.ts';
import { createFetch, type Exchange, type Line } from './exchange.ts';
import { type Asked, graphqlError, isPassing, malformedAnswer, noAnswer, statusError } from './failure.ts';
import { GitHubError } from './github-error.ts';

/** What each method of octokit is given beside its parameters. */
export type Basis = {
  readonly headers: Readonly<Record<string, string>>;
  readonly request: { readonly fetch: typeof fetch; readonly log: typeof SILENT };
};

export interface Question<Value> {
  /** As GitHub's OpenAPI description names it, or `graphql/<name>`. */
  readonly operation: string;
  /** Never sent again, whatever came of it. A query of GraphQL is none, though it is a POST. */
  readonly isWrite: boolean;
  /** A token or a JWT; null to ask as nobody. */
  readonly secret: string | null;
  readonly signal: AbortSignal;
  /** Of `data`. */
  readonly schema: z.ZodMiniType<Value>;
  send(octokit: Octokit, basis: Basis): Promise<{ readonly data: unknown }>;
}

export interface Answer<Value> {
  readonly value: Value;
  /** The address of the next page of a list; null on the last. */
  readonly next: string | null;
  /** It came by a redirect: what it is about has another address by now. */
  readonly isMoved: boolean;
}

/** Asks, and rejects with a GitHubError, or with the signal's reason (see `RepositoryClient`). */
export type Connection = <Value>(question: Question<Value>) => Promise<Answer<Value>>;

/** How often a read is sent. */
const ATTEMPTS = 3;
const SHORTEST_PAUSE_MS = 100;
/** docs.github.com, "API versions". */
const API_VERSION = '2022-11-28';

const nothing = () => {};
/** Octokit's own log holds what was sent. */
const SILENT = { debug: nothing, info: nothing, warn: nothing, error: nothing };

/**
 * The connection to one server. Octokit brings the addresses and the types of GitHub's operations; retries, waiting and errors
 * are ours: its plugins repeat writes, and wait as long as they are told.
 */
export function createConnection(apiUrl: string, line: Omit<Line, 'origin'>): Connection {
  const octokit = new Octokit({ baseUrl: apiUrl, userAgent: 'code-agent', log: SILENT });
  const { origin } = new URL(apiUrl);

  async function attempt<Value>(question: Question<Value>): Promise<Answer<Value>> {
    const { operation, secret, signal, schema, send } = question;
    const asked: Asked = question;
    const exchange: Exchange = { answer: null, failure: null, overBound: null, isMoved: false };
    const basis: Basis = {
      headers: {
        'x-github-api-version': API_VERSION,
        ...(secret !== null && { authorization: `bearer ${secret}` }),
      },
      request: { fetch: createFetch(operation, signal, exchange, { ...line, origin }), log: SILENT },
    };
    signal.throwIfAborted();
    // What octokit throws has the request in it, and with it the token: what came of it is read from the exchange.
    const sent = await send(octokit, basis).then(
      ({ data }) => ({ data }),
      (error: unknown) => ({ error }),
    );
    const { answer, failure, overBound } = exchange;
    if (answer === null) {
      if (failure === null) throw defect(operation, 'error' in sent ? sent.error : null);
      if (overBound !== null) throw malformedAnswer(asked, null, overBound);
      if (signal.aborted && !asked.isWrite) throw signal.reason;
      throw noAnswer(asked, failure, signal.aborted ? signal.reason : undefined);
    }
    if (answer.status >= 300) throw statusError(asked, answer);
    if ('error' in sent)
      throw graphqlError(asked, answer) ?? malformedAnswer(asked, answer.status, 'is none');
    const parsed = z.safeParse(schema, sent.data);
    if (!parsed.success) throw malformedAnswer(asked, answer.status, parsed.error);
    return { value: parsed.data, next: nextPage(answer.headers), isMoved: exchange.isMoved };
  }

  return async (question) => {
    for (let tried = 1; ; tried++) {
      try {
        return await attempt(question);
      } catch (error) {
        const again =
          error instanceof GitHubError && isPassing(error) && !question.isWrite && tried < ATTEMPTS;
        if (!again) throw error;
        await pause(SHORTEST_PAUSE_MS * 3 ** (tried - 1) * (1 + 2 * Math.random()), question.signal);
      }
    }
  };
}

/** Octokit refused the parameters before anything was sent: a fault of ours. Its own error may hold them. */
const defect = (operation: string, error: unknown): Error =>
  new RangeError(`${operation} was not sent: ${error instanceof Error ? error.name : 'no reason'}`);

/** RFC 8288, as GitHub writes it (docs.github.com, "Using pagination in the REST API"). */
const nextPage = (headers: Headers): string | null =>
  /<([^<>]+)>;\s*rel="next"/.exec(headers.get('link') ?? '')?.[1] ?? null;
