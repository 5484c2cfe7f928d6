import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { isolatedEnvironment, tempFolder } from '../support/temp-repository.ts';

/** A git server on loopback: `git http-backend`(1) behind HTTP, and what may go wrong on the way. */
export interface MirrorServer {
  readonly url: string;
  /** The bare repository that it serves, at `/owner/name`. */
  readonly path: string;
  git(...args: string[]): string;
  /** The token that it wants; null: none. */
  token: string | null;
  /** Called with every request first; true: it was answered. */
  intercept: (request: IncomingMessage, response: ServerResponse) => boolean | Promise<boolean>;
  /** The connection is cut when an answer of git has had that many bytes. */
  cutAfter: number;
  /** Called with each part of an answer of git, which waits for it. */
  part: () => Promise<void> | undefined;
  /** `METHOD path` of each request, and the password that it came with. */
  readonly requests: { readonly line: string; readonly password: string | null }[];
}

export async function mirrorServer(...initOptions: string[]): Promise<MirrorServer> {
  const folder = tempFolder();
  const path = join(folder, 'owner/name');
  mkdirSync(path, { recursive: true });
  const env = isolatedEnvironment(folder);
  const git = (...args: string[]): string =>
    execFileSync('git', args, { cwd: path, env, stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 1e9 })
      .toString()
      .trim();
  git('init', '--quiet', '--bare', '--initial-branch=main', ...initOptions);
  // GitHub gives a commit by its id too, as `actions/checkout` relies on.
  git('config', 'uploadpack.allowAnySHA1InWant', 'true');

  const server: { -readonly [Key in keyof MirrorServer]: MirrorServer[Key] } = {
    url: '',
    path,
    git,
    token: null,
    intercept: () => false,
    cutAfter: Number.POSITIVE_INFINITY,
    part: () => undefined,
    requests: [],
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, basic] = /^Basic (.+)$/.exec(request.headers.authorization ?? '') ?? [];
    const [, password = null] = Buffer.from(basic ?? '', 'base64')
      .toString()
      .split(':');
    server.requests.push({ line: `${request.method} ${request.url}`, password });
    if (await server.intercept(request, response)) return;
    if (server.token !== null && password !== server.token) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="GitHub"' }).end();
      return;
    }
    const { pathname, searchParams } = new URL(request.url ?? '', server.url);
    const backend = spawn('git', ['http-backend'], {
      env: {
        ...env,
        GIT_PROJECT_ROOT: folder,
        GIT_HTTP_EXPORT_ALL: '1',
        PATH_INFO: pathname,
        QUERY_STRING: searchParams.toString(),
        REQUEST_METHOD: request.method,
        CONTENT_TYPE: request.headers['content-type'] ?? '',
        HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
        GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
      },
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    response.on('close', () => backend.kill());
    backend.stdin.on('error', () => undefined);
    request.pipe(backend.stdin);
    let head = Buffer.alloc(0);
    let sent = -1;
    for await (const chunk of backend.stdout) {
      let body: Buffer = chunk;
      if (sent < 0) {
        head = Buffer.concat([head, chunk]);
        const end = head.indexOf('\r\n\r\n');
        if (end < 0) continue;
        for (const line of head.toString('latin1', 0, end).split('\r\n')) {
          const [name = '', value = ''] = line.split(/: (.*)/s);
          if (name === 'Status') response.statusCode = Number(value.slice(0, 3));
          else response.setHeader(name, value);
        }
        body = head.subarray(end + 4);
        sent = 0;
      }
      await server.part();
      response.write(body);
      sent += body.length;
      if (sent > server.cutAfter) {
        response.destroy();
        return;
      }
    }
    response.end();
  }

  const http = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((done) => http.listen(0, '127.0.0.1', done));
  onTestFinished(
    () =>
      new Promise<void>((done) => {
        http.close(() => done());
        http.closeAllConnections();
      }),
  );
  server.url = `http://127.0.0.1:${(http.address() as AddressInfo).port}/owner/name`;
  return server;
}
