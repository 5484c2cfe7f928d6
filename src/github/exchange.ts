import { monotonicMs } from '../agent/clock.ts';
import type { ObservedRequest } from './github-app.ts';

/** What came of one request, behind its redirects. */
export interface Exchange {
  /** Null while there is no answer. */
  answer: { readonly status: number; readonly headers: Headers; readonly text: string } | null;
  /** Why there is none: what `fetch` threw. */
  failure: unknown;
  /** Which of our own bounds it went over, to be said behind "the answer"; null when it did not. */
  overBound: string | null;
  isMoved: boolean;
}

/** Where to, and how long. */
export interface Line {
  /** The only one that requests, and with them tokens, go to. */
  readonly origin: string;
  readonly timeoutMs: number;
  readonly onRequest: (request: ObservedRequest) => void;
}

/** Two times what a webhook may have (docs.github.com, "Webhook events and payloads"), which `delivery` reads. */
const LONGEST_ANSWER = 50_000_000;
const MOST_REDIRECTS = 3;
const NO_BODY: readonly number[] = [204, 205, 304];

/**
 * The `fetch` of one request. It reads the whole answer, so that one that breaks off is no answer (octokit takes it for an
 * empty one). A GET follows redirects, as GitHub's documentation asks for ("Best practices for using the REST API"), to the
 * same server only; anything else does not, since `fetch` would make a GET of it.
 */
export function createFetch(
  operation: string,
  signal: AbortSignal,
  exchange: Exchange,
  { origin, timeoutMs, onRequest }: Line,
): typeof fetch {
  function over(bound: string): Error {
    exchange.overBound = bound;
    return new Error(bound);
  }

  async function once(url: URL, init: RequestInit): Promise<Response> {
    const method = init.method ?? 'GET';
    const sent = typeof init.body === 'string' ? Buffer.byteLength(init.body) : 0;
    const start = monotonicMs();
    let status: number | null = null;
    let received = 0;
    // Not `AbortSignal.any`: what it makes of a signal that lives on is kept with it in Node.js 20.
    const end = new AbortController();
    const stop = () => end.abort(signal.reason);
    const timer = setTimeout(() => end.abort(new DOMException('too late', 'TimeoutError')), timeoutMs);
    signal.addEventListener('abort', stop, { once: true });
    try {
      if (url.origin !== origin) throw over('leads to another server, which is not asked');
      const response = await fetch(url, { ...init, redirect: 'manual', signal: end.signal });
      const chunks: Uint8Array[] = [];
      for await (const chunk of response.body ?? []) {
        received += chunk.length;
        if (received > LONGEST_ANSWER) throw over('is too long');
        chunks.push(chunk);
      }
      const { headers } = response;
      status = response.status;
      exchange.answer = { status, headers, text: Buffer.concat(chunks).toString() };
      return new Response(NO_BODY.includes(status) ? null : exchange.answer.text, { status, headers });
    } catch (error) {
      exchange.failure = error;
      throw error;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      onRequest({ operation, method, status, bytes: { sent, received }, ms: monotonicMs() - start });
    }
  }

  return async (address, init = {}) => {
    let url = new URL(address instanceof Request ? address.url : address);
    let response = await once(url, init);
    for (let hop = 0; hop < MOST_REDIRECTS; hop++) {
      const location = response.headers.get('location');
      if ((init.method ?? 'GET') !== 'GET' || !isRedirect(response.status) || location === null) break;
      exchange.isMoved = true;
      exchange.answer = null;
      url = new URL(location, url);
      response = await once(url, init);
    }
    return response;
  };
}

export const isRedirect = (status: number): boolean => [301, 302, 307, 308].includes(status);
