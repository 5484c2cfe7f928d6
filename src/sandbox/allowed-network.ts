import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import {
  request as ask,
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { connect, isIP, type Socket } from 'node:net';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { absoluteTarget, allowedHosts, authorityTarget, type Target } from './allowed-hosts.ts';
import { FORWARDER, FORWARDER_SOURCE, SOCKET } from './network-forwarder.ts';
import { sandboxFailure } from './sandbox-failure.ts';
import { serverName } from './server-name.ts';

/** A way to some hosts for one command in a sandbox, which has no network itself. */
export interface AllowedNetwork {
  /** To be `readable` for the command, and for no other. */
  readonly folder: string;
  /** What the sandbox is to run so that `script` is run with it: clients find it by the usual variables (`HTTPS_PROXY`). */
  script(script: string): string;
  /** Where else the command has wanted to go, the first of it: `evil.example:443`. */
  refused(): readonly string[];
  /** More was fetched than may be: nobody is let through any more. */
  isSpent(): boolean;
  /** Ends all connections, and takes the folder away. */
  close(): Promise<void>;
}

export interface NetworkLimits {
  /** Of all that is fetched. */
  readonly bytes: number;
  readonly connections: number;
  /** Until a host has to answer, or a client has to say what it wants. */
  readonly patienceMs: number;
}

/** Of one install. pnpm has up to 64 connections, and some more when it looks for what it does not know. */
const LIMITS: NetworkLimits = { bytes: 2_000_000_000, connections: 128, patienceMs: 15_000 };

const HEADER_BYTES = 16_384;
/** Names that are remembered. */
const MOST_REFUSED = 20;
const REFUSAL = 'Not in sandbox.hosts';

/** They are about one connection (RFC 9110, 7.6.1), or for a proxy, or about a body that is not sent on. */
const OF_CONNECTION = [
  ...['connection', 'keep-alive', 'proxy-connection', 'proxy-authenticate', 'proxy-authorization'],
  ...['te', 'trailer', 'transfer-encoding', 'upgrade', 'expect', 'content-length', 'host'],
];

/**
 * A proxy for `hosts` (see `allowedHosts`) behind a Unix socket in `folder`, which is made. A socket can be connected to through a
 * mount that is read only, and from a sandbox whose network is its own. `CONNECT` leads to a listed host and nowhere else: what is said
 * there has to begin as TLS does, and to name that host, for behind one address there may be many. Of `http://` only GET and HEAD are
 * passed on, one request a connection, written anew. Rejects when it cannot listen.
 */
export async function openAllowedNetwork(
  folder: string,
  hosts: readonly string[],
  limits: NetworkLimits = LIMITS,
): Promise<AllowedNetwork> {
  const allowed = allowedHosts(hosts);
  const refused = new Set<string>();
  const sockets = new Set<Socket>();
  let left = limits.bytes;
  const refuse = (asked: string): void => {
    if (refused.size < MOST_REFUSED) refused.add(nameOf(asked));
  };
  const endAll = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const count = (chunk: Buffer): void => {
    left -= chunk.length;
    if (left < 0) endAll();
  };
  /** Rejects when that takes too long. What it answers ends with whom it is for: there are no more of these than of those. */
  const reach = ({ host, port }: Target, inner: Duplex): Promise<Socket> =>
    new Promise((resolve, reject) => {
      if (inner.destroyed) throw new Error('it is for nobody any more');
      const socket = hold(sockets, connect({ host, port }));
      const late = setTimeout(() => socket.destroy(), limits.patienceMs);
      inner.once('close', () => socket.destroy());
      socket.once('close', () => {
        clearTimeout(late);
        reject(new Error('it cannot be reached'));
      });
      socket.once('connect', () => {
        clearTimeout(late);
        resolve(socket);
      });
    });

  const server = createServer({
    maxHeaderSize: HEADER_BYTES,
    headersTimeout: limits.patienceMs,
    requestTimeout: limits.patienceMs,
    connectionsCheckingInterval: limits.patienceMs / 4,
  });
  server.maxConnections = limits.connections;
  server.maxRequestsPerSocket = 1;
  server.on('connection', (socket: Socket) => {
    hold(sockets, socket);
    if (left < 0) socket.destroy();
  });

  server.on('connect', (request, inner, head) => {
    const target = authorityTarget(request.url ?? '');
    if (target === null || !allowed.tunnel(target)) {
      refuse(request.url ?? '');
      inner.end(answer(403, REFUSAL), () => inner.destroy());
      return;
    }
    void tunnel(target, inner, head);
  });

  async function tunnel(target: Target, inner: Duplex, head: Buffer): Promise<void> {
    let outer: Socket;
    try {
      outer = await reach(target, inner);
    } catch {
      inner.end(answer(502, 'Bad Gateway'), () => inner.destroy());
      return;
    }
    outer.once('close', () => inner.destroy());
    inner.write('HTTP/1.1 200 Connection established\r\n\r\n');
    const { hello, name } = await helloOf(inner, head, limits.patienceMs);
    // A client names no host when it knows it by its address (RFC 6066, 3).
    const expected = isIP(target.host) === 0 ? target.host : '';
    if (name !== expected) {
      if (hello.length > 0) refuse(`${name || target.host}:${target.port}`);
      inner.destroy();
      return;
    }
    outer.write(hello);
    outer.on('data', count);
    inner.pipe(outer);
    outer.pipe(inner);
  }

  server.on('request', (request, response) => {
    const target = absoluteTarget(request.url ?? '');
    response.shouldKeepAlive = false;
    if (target === null || !allowed.plain(target)) {
      refuse(target === null ? (request.url ?? '') : `${target.host}:${target.port}`);
      response.writeHead(403, REFUSAL).end();
    } else if (request.method !== 'GET' && request.method !== 'HEAD') response.writeHead(405).end();
    else
      void reach(target, request.socket)
        .then((outer) => passOn(target, outer, request, response, count))
        .catch(() => response.writeHead(502).end());
  });

  let holder: FileHandle | null = null;
  const end = async (): Promise<void> => {
    endAll();
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
    await holder?.close();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    mkdirSync(folder, { mode: 0o700 });
    writeFileSync(join(folder, FORWARDER), FORWARDER_SOURCE);
    const socket = join(folder, SOCKET);
    // The path of a socket has at most 107 bytes (unix(7)): through the open folder it is a short one (proc(5)).
    if (process.platform === 'linux') holder = await open(folder);
    const place = holder === null ? socket : `/proc/self/fd/${holder.fd}/${SOCKET}`;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(place, () => resolve());
    });
  } catch (cause) {
    await end();
    throw sandboxFailure('no way to the network could be made', { cause });
  }
  return {
    folder,
    script: (script) => `exec node ${quoted(join(folder, FORWARDER))} ${quoted(script)}`,
    refused: () => [...refused],
    isSpent: () => left < 0,
    close: end,
  };
}

/** Keeps a socket in a set for as long as it is open; what goes wrong with it ends it. */
function hold(among: Set<Socket>, socket: Socket): Socket {
  among.add(socket);
  socket.once('close', () => among.delete(socket));
  socket.on('error', () => socket.destroy());
  return socket;
}

/** What a client says first, until it is known which host it names; what is no TLS, or does not come, names none. */
function helloOf(
  inner: Duplex,
  head: Buffer,
  patienceMs: number,
): Promise<{ readonly hello: Buffer; readonly name: string | null }> {
  return new Promise((resolve) => {
    let hello = head;
    const end = (name: string | null): void => {
      clearTimeout(late);
      inner.pause().off('data', take).off('end', leave).off('close', leave);
      resolve({ hello, name });
    };
    const look = (): void => {
      const name = serverName(hello);
      if (name !== undefined) end(name);
    };
    const take = (chunk: Buffer): void => {
      hello = Buffer.concat([hello, chunk]);
      look();
    };
    const leave = (): void => end(null);
    const late = setTimeout(leave, patienceMs);
    inner.on('data', take).once('end', leave).once('close', leave);
    look();
  });
}

/** Asks a host for what was asked of us, and answers what it answers. */
function passOn(
  { host, port, path }: Target & { readonly path: string },
  outer: Socket,
  request: IncomingMessage,
  response: ServerResponse,
  count: (chunk: Buffer) => void,
): void {
  const headers = { ...endToEnd(request.headers), host: port === 80 ? host : `${host}:${port}` };
  const asked = ask({
    ...{ method: request.method, path, headers, maxHeaderSize: HEADER_BYTES },
    createConnection: () => outer,
  });
  asked.on('error', () => response.headersSent && response.destroy());
  asked.on('close', () => response.headersSent || response.writeHead(502).end());
  asked.on('response', (answered) => {
    const length = answered.headers['content-length'];
    response.writeHead(answered.statusCode ?? 502, {
      ...endToEnd(answered.headers),
      ...(length !== undefined && { 'content-length': length }),
    });
    answered.on('data', count).on('error', () => response.destroy());
    answered.pipe(response);
  });
  asked.end();
}

function endToEnd(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const named = (headers.connection ?? '').split(',').map((name) => name.trim().toLowerCase());
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !OF_CONNECTION.includes(name) && !named.includes(name)),
  );
}

/** Of what was asked for: host and port, which may be shown. What stands in front of an `@` may be a secret. */
const nameOf = (asked: string): string =>
  (asked.replace(/^\w+:\/\//, '').split('/')[0] ?? '')
    .replace(/.*@/, '')
    .slice(0, 100)
    .replace(/[^\w.:[\]-]/g, '?') || '?';

const answer = (status: number, reason: string): string =>
  `HTTP/1.1 ${status} ${reason}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`;

/** One word of a shell. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
