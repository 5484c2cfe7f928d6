import type { IncomingMessage } from 'node:http';
import { ModelError } from '../agent/model-error.ts';
import { CodeAgentError, EXIT } from '../code-agent-error.ts';
import { receiveBytes } from './receive-bytes.ts';

/** A server that speaks OpenAI's protocol. */
export interface Endpoint {
  /** Its address, as it may be shown. */
  readonly name: string;
  readonly host: string;
  readonly hasKey: boolean;
  /**
   * Asks, and resolves when the head of the answer is there, whatever its status. Rejects with a ModelError when there
   * is no connection, with the signal's reason when that ended it. The signal holds for the body too: it closes the
   * socket.
   */
  open(
    path: string,
    options: { readonly body?: string; readonly signal: AbortSignal },
  ): Promise<IncomingMessage>;
  /** The text without the key. */
  redact(text: string): string;
}

/** `baseUrl`: what stands before `/chat/completions`, `http://localhost:1234/v1`. Throws when it or the key is none. */
export function createEndpoint(baseUrl: string, apiKey: string | null): Endpoint {
  const base = parseBaseUrl(baseUrl);
  const key = apiKey?.trim() || null;
  if (key !== null && !/^[!-~]+$/.test(key))
    throw new ModelError('key', 'the key of the model server has characters that no key has', {
      retryable: false,
      advice: 'Copy it again.',
    });
  const name = `${base.origin}${base.pathname}`;
  return {
    name,
    host: base.hostname,
    hasKey: key !== null,
    redact: (text) => (key === null ? text : text.replaceAll(key, '[key]')),
    async open(path, { body, signal }) {
      const url = new URL(base);
      url.pathname = `${base.pathname.replace(/\/$/, '')}/${path}`;
      const headers = {
        accept: body === undefined ? 'application/json' : 'text/event-stream',
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(key !== null && { authorization: `Bearer ${key}` }),
      };
      // Not fetch: it waits no longer than 300 s for the head of an answer, which a local model needs to read a long
      // prompt, and only a package can tell it to wait (undici, `headersTimeout`). Nor does this follow a redirect.
      const { request } = url.protocol === 'https:' ? await import('node:https') : await import('node:http');
      try {
        return await new Promise((resolve, reject) => {
          const method = body === undefined ? 'GET' : 'POST';
          request(url, { method, headers, signal }, resolve).on('error', reject).end(body);
        });
      } catch (cause) {
        signal.throwIfAborted();
        throw noConnection(name, cause);
      }
    },
  };
}

/** At most so many bytes of a body, and a chunk. What arrived before the connection broke counts. */
export async function readBeginning(
  response: IncomingMessage,
  { bytes, patience }: { bytes: number; patience: number },
): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of receiveBytes(response, () => patience)) {
      chunks.push(chunk);
      size += chunk.length;
      if (size > bytes) break;
    }
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
  }
  return Buffer.concat(chunks).toString();
}

function parseBaseUrl(text: string): URL {
  if (URL.canParse(text) && /^https?:/i.test(text)) return new URL(text);
  throw new CodeAgentError('the address of the model server is no URL', {
    exitCode: EXIT.usage,
    advice: 'Write it like http://localhost:1234/v1 (OPENAI_BASE_URL, or baseUrl in your own configuration).',
  });
}

/** Node's codes of certificates that it does not trust, and of names that do not fit: they stay so. */
const UNTRUSTED = /CERT|SIGNATURE|SELF_SIGNED/;

function noConnection(name: string, cause: unknown): ModelError {
  const reason =
    cause instanceof Error ? ('code' in cause ? String(cause.code) : cause.message) : String(cause);
  const untrusted = UNTRUSTED.test(reason);
  return new ModelError('connection', `no connection to the model server at ${name}: ${reason}`, {
    retryable: !untrusted,
    advice: untrusted
      ? 'Node does not trust its certificate: see NODE_EXTRA_CA_CERTS.'
      : 'Is it running, and is its address right (OPENAI_BASE_URL, or baseUrl in your own configuration)?',
    cause,
  });
}
