import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CodeAgentError, EXIT } from '../code-agent-error.ts';
import type { Log } from '../tasks/log.ts';
import type { Answer } from './intake.ts';

export interface HttpOptions {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  /** Where webhooks are sent to: `/api/github/webhooks`. */
  readonly webhookPath: string;
  readonly take: (request: IncomingMessage) => Promise<Answer>;
  /** What is not as it must be; nothing when all is. */
  readonly problems: () => Promise<readonly string[]>;
  readonly log: Log;
  /** A client has so long for its headers, and for all of its request: one that sends a byte now and then is cut off. 10 s, 30 s. */
  readonly headersMs?: number;
  readonly requestMs?: number;
}

export interface HttpServer {
  readonly port: number;
  /** Takes no more connections; what is asked already is answered, for so long. */
  close(withinMs: number): Promise<void>;
}

const CONNECTIONS = 512;

/**
 * Listens for webhooks (`POST <webhookPath>`), and for whoever looks after it: `GET /health` is 200 while the process answers,
 * `GET /ready` while deliveries can be stored and are worked on. There is nothing else.
 */
export async function startHttpServer(options: HttpOptions): Promise<HttpServer> {
  const { log, headersMs = 10_000, requestMs = 30_000 } = options;
  const server = createServer(
    {
      headersTimeout: headersMs,
      requestTimeout: requestMs,
      keepAliveTimeout: 5_000,
      connectionsCheckingInterval: Math.min(2_000, headersMs / 2),
      maxHeaderSize: 16_384,
    },
    (request, response) => {
      respond(options, request).then(
        (answer) => send(request, response, answer),
        (err: unknown) => {
          log.warn({ err }, 'a request was not answered');
          response.destroy();
        },
      );
    },
  );
  server.maxHeadersCount = 64;
  server.maxConnections = CONNECTIONS;
  await listen(server, options);
  server.on('error', (err) => log.error({ err }, 'the server failed'));
  return {
    port: (server.address() as AddressInfo).port,
    async close(withinMs) {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      const timer = setTimeout(() => server.closeAllConnections(), withinMs);
      await closed;
      clearTimeout(timer);
    },
  };
}

function listen(server: Server, { host, port }: HttpOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) =>
      reject(
        new CodeAgentError(`the server cannot listen on ${host}:${port} (${cause.code ?? cause.message})`, {
          exitCode: EXIT.usage,
          advice: 'Is another one running there? --port and --host, or PORT and HOST, name another place.',
          cause,
        }),
      ),
    );
    server.listen(port, host, () => {
      server.removeAllListeners('error');
      resolve();
    });
  });
}

async function respond(options: HttpOptions, request: IncomingMessage): Promise<Answer> {
  const path = (request.url ?? '').replace(/\?.*$/s, '');
  if (path === options.webhookPath)
    return request.method === 'POST' ? options.take(request) : notAllowed('POST');
  if (path !== '/health' && path !== '/ready')
    return { status: 404, says: 'there is nothing here', closes: true };
  if (request.method !== 'GET' && request.method !== 'HEAD') return notAllowed('GET');
  if (path === '/health') return { status: 200, says: 'it is there' };
  const problems = await options.problems();
  return problems.length === 0 ? { status: 200, says: 'ready' } : { status: 503, says: problems.join('; ') };
}

const notAllowed = (allow: string): Answer & { readonly allow: string } => ({
  status: 405,
  says: `only ${allow}`,
  closes: true,
  allow,
});

function send(
  request: IncomingMessage,
  response: ServerResponse,
  { status, says, closes, ...more }: Answer & { readonly allow?: string },
): void {
  const text = request.method === 'HEAD' ? '' : `${says}\n`;
  response.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    'content-length': Buffer.byteLength(`${says}\n`),
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
    ...(more.allow !== undefined && { allow: more.allow }),
    ...(closes === true && { connection: 'close' }),
  });
  response.end(text, () => {
    // Who is still sending is given a moment to read why it is not listened to.
    if (closes === true && !request.complete) lingering(request);
  });
}

/** A connection that is closed while data comes in is reset, and the answer lost (RFC 9112, 9.6): what comes is thrown away for a while. */
function lingering(request: IncomingMessage): void {
  const { socket } = request;
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
  request.resume();
}
const LINGER_MS = 1_000;
