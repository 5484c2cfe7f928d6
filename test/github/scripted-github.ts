import { generateKeyPairSync } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import { onTestFinished } from 'vitest';
import { createGitHubApp } from '../../src/github/create-github-app.ts';
import type { GitHubApp, GitHubOptions, ObservedRequest } from '../../src/github/github-app.ts';
import { GitHubError } from '../../src/github/github-error.ts';
import { REVIEW_WRITE } from '../../src/github/permissions.ts';
import type { RepositoryClient } from '../../src/github/repository-client.ts';

export interface Seen {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}

export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON, or text as it is. */
  readonly body?: unknown;
}

/** A reply, or what is done with the response by hand. */
export type Handler = (seen: Seen, count: number) => Reply | ((response: ServerResponse) => void);

export const REPOSITORY = 42;
export const INSTALLATION = 7;

/** Of the form of GitHub's stateless tokens, and no whole one in this file. */
export const tokenNumber = (count: number): string =>
  ['ghs', '99', ['eyJhbGciOiJIUzI1NiJ9', `eyJuIjoi${'q'.repeat(40)}`, `signature-${count}`].join('.')].join(
    '_',
  );

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
export const PRIVATE_KEY = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();

export interface ScriptedGitHub {
  readonly app: GitHubApp;
  readonly client: RepositoryClient;
  readonly url: string;
  /** All but those for tokens. */
  readonly seen: readonly Seen[];
  /** The tokens that were made, in order, with what was asked for. */
  readonly tokens: readonly { readonly token: string; readonly body: unknown }[];
  readonly observed: readonly ObservedRequest[];
}

/** A server that gives tokens and answers everything else as it is told, `count` from 1. */
export async function startScriptedGitHub(
  handler: Handler,
  {
    fullName = () => 'mona/shop',
    signal,
    onToken,
    ...options
  }: GitHubOptions & {
    fullName?: () => string;
    signal?: AbortSignal;
    onToken?: (count: number) => Reply | null;
  } = {},
): Promise<ScriptedGitHub> {
  const seen: Seen[] = [];
  const tokens: { token: string; body: unknown }[] = [];
  const observed: ObservedRequest[] = [];
  let asked = 0;
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request.setEncoding('utf8')) text += chunk;
    const { method = '', url: path = '', headers } = request;
    const one = { method, path, headers, body: text === '' ? null : JSON.parse(text) };
    const answer = ({ status = 200, headers = {}, body }: Reply) => {
      const isText = typeof body === 'string';
      response.writeHead(status, { 'content-type': isText ? 'text/html' : 'application/json', ...headers });
      response.end(body === undefined ? undefined : isText ? body : JSON.stringify(body));
    };
    if (path.endsWith('/access_tokens')) {
      const reply = onToken?.(++asked) ?? null;
      if (reply !== null) return answer(reply);
      const token = tokenNumber(tokens.push({ token: '', body: one.body }));
      tokens[tokens.length - 1] = { token, body: one.body };
      const repositories = [{ id: REPOSITORY, full_name: fullName() }];
      const expires_at = new Date(Date.now() + 3_600_000).toISOString();
      return answer({ status: 201, body: { token, expires_at, repositories } });
    }
    const reply = handler(one, seen.push(one));
    if (typeof reply === 'function') reply(response);
    else answer(reply);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  const url = `http://127.0.0.1:${address.port}`;
  const app = createGitHubApp(
    { appId: 99, privateKey: PRIVATE_KEY, apiUrl: `${url}/api/v3/` },
    { writeGapMs: 0, onRequest: (request) => observed.push(request), ...options },
  );
  const client = app.client(INSTALLATION, REPOSITORY, REVIEW_WRITE, signal);
  return { app, client, url, seen, tokens, observed };
}

/** The GitHubError that it rejects with. */
export async function failureOf(work: Promise<unknown>): Promise<GitHubError> {
  const error = await work.then(
    (value) => new Error(`no failure but ${JSON.stringify(value)}`),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof GitHubError)) throw error;
  return error;
}
