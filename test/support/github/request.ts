import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Faults, faultAnswer, isStored } from './faults.ts';
import { gitAccess, gitRequestOf, receivePush, serveGit } from './git-http.ts';
import { answerGraphql, graphqlOperation } from './graphql.ts';
import type { RecordedRequest } from './loopback-github.ts';
import { type Matched, matchOperation } from './openapi.ts';
import { readPush } from './push-rules.ts';
import { GitHubRefusal } from './refusal.ts';
import { answerRest, type HttpAnswer, MovedRepository } from './rest-api.ts';
import { fullName } from './state.ts';
import { type Caller, credentialOf, identify } from './tokens.ts';
import type { World } from './world.ts';

/** What makes content, of which GitHub allows so many a minute. */
const CONTENT = /^(pulls\/create|issues\/create-comment|pulls\/submit-review|graphql\/.*)/;

/** Answers one request, of whatever kind, and records it. */
export async function answerRequest(
  world: World,
  faults: Faults,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', world.state.url);
  const raw = await readAll(request);
  const git = gitRequestOf(url);
  const api = git === null ? apiPath(world, url.pathname) : null;
  const body = git === null ? parseJson(raw) : null;
  const matched = api?.kind === 'rest' ? matchOperation(request.method ?? 'GET', api.path) : null;
  const graphql = api?.kind === 'graphql' ? graphqlOperation(body) : null;
  const operation = git !== null ? `git/${git.service}` : (matched?.id ?? graphql?.name ?? null);
  const record: RecordedRequest = {
    method: request.method ?? 'GET',
    path: request.url ?? '/',
    operation,
    status: 0,
    bytesIn: raw.length,
    bytesOut: 0,
    body,
    permissions: null,
    at: new Date(),
  };
  world.requests.push(record);
  const send = (answer: HttpAnswer) => sendAnswer(world, response, record, answer);

  const push = git?.rest === 'git-receive-pack' ? readPush(raw, request.headers['content-encoding']) : null;
  const isPush = push !== null && push.commands.length > 0;
  const names = operation === null ? [] : [operation, ...(isPush ? [`${operation}:post`] : [])];
  const fault = operation === null ? null : faults.take(names, git === null || isPush);
  if (fault !== null && !isStored(fault.fault)) {
    const answer = faultAnswer(fault);
    if (answer !== null) return send(answer);
    if (fault.fault === 'reset') response.socket?.resetAndDestroy();
    return;
  }

  try {
    const caller = identify(credentialOf(request.headers.authorization), world.state.app, world.tokens);
    if (caller.kind === 'installation') record.permissions = caller.token.permissions;
    if (git !== null) {
      const access = gitAccess(world, caller, git);
      if (!('repository' in access))
        return refuseGit(response, record, gitRefusal(world, access, git.rest, url));
      const asked = { repository: access.repository, rest: git.rest, url, request, body: raw };
      if (!isPush) {
        record.bytesOut = await serveGit(asked, response);
        record.status = response.statusCode;
        return;
      }
      const write = { operation: 'git/receive-pack', path: url.pathname, body: null };
      await world.beforeWrite(write);
      const by = { id: world.state.app.userId, login: world.state.app.login, type: 'Bot' as const };
      const { status, headers, content } = await receivePush(world, asked, push, by);
      await world.afterWrite(write);
      const failed = fault === null ? null : faultAnswer(fault);
      if (failed !== null) return send(failed);
      if (fault?.fault === 'stored-then-reset') response.socket?.resetAndDestroy();
      if (fault !== null) return;
      record.status = status;
      record.bytesOut = content.length;
      response.writeHead(status, headers).end(content);
      return;
    }
    const isWrite =
      graphql?.isWrite === true ||
      (matched !== null && record.method !== 'GET' && !matched.id.startsWith('apps/'));
    if (isWrite && operation !== null && CONTENT.test(operation)) checkContentLimit(world, record);
    const write = { operation: operation ?? '', path: url.pathname, body };
    if (isWrite) await world.beforeWrite(write);
    const answer = await answerApi(world, caller, matched, api?.kind === 'graphql', url, body);
    if (isWrite) await world.afterWrite(write);
    const failed = fault === null ? answer : faultAnswer(fault);
    if (failed !== null) return send(failed);
    if (fault?.fault === 'stored-then-reset') response.socket?.resetAndDestroy();
  } catch (error) {
    if (error instanceof MovedRepository) return send(moved(world, error, api?.path ?? '', url));
    if (!(error instanceof GitHubRefusal)) throw error;
    if (error.status === 422)
      world.refusals.push({ operation: operation ?? '', path: url.pathname, problem: error.problem });
    if (git !== null) return refuseGit(response, record, gitRefusal(world, { status: 401 }, git.rest, url));
    send({
      status: error.status,
      headers: error.headers,
      body: {
        message: error.message,
        ...(error.errors === undefined ? {} : { errors: error.errors }),
        documentation_url: 'https://docs.github.com/rest',
        status: String(error.status),
      },
    });
  }
}

async function answerApi(
  world: World,
  caller: Caller,
  matched: Matched | null,
  isGraphql: boolean,
  url: URL,
  body: unknown,
): Promise<HttpAnswer> {
  if (isGraphql) {
    if (caller.kind !== 'installation')
      throw new GitHubRefusal(401, 'This endpoint requires you to be authenticated.');
    return { status: 200, body: answerGraphql(world, caller.token, body) };
  }
  if (matched !== null) return answerRest(world, caller, matched, url, body);
  world.violations.push({
    operation: null,
    path: url.pathname,
    problem: 'is not in the extract of the description',
  });
  return { status: 501, body: { message: 'The loopback GitHub does not know this operation' } };
}

/** `/api/v3/…` without its prefix; `/repositories/<id>/…` is the repository of that id (undocumented; where a 301 leads). */
function apiPath(
  world: World,
  path: string,
): { readonly kind: 'rest' | 'graphql'; readonly path: string } | null {
  if (path === '/api/graphql') return { kind: 'graphql', path };
  const [, rest] = /^\/api\/v3(\/.*)$/.exec(path) ?? [];
  if (rest === undefined) return null;
  const [, id, tail = ''] = /^\/repositories\/(\d+)(\/.*)?$/.exec(rest) ?? [];
  const repository = id === undefined ? undefined : world.state.repositories.get(Number(id));
  return {
    kind: 'rest',
    path: repository === undefined || repository.isDeleted ? rest : `/repos/${fullName(repository)}${tail}`,
  };
}

/** GitHub's answer for a name that a repository had: the same by its id. */
function moved(world: World, { repository, asked }: MovedRepository, path: string, url: URL): HttpAnswer {
  const to = `${world.state.url}/api/v3/repositories/${repository.id}${path.slice(`/repos/${asked}`.length)}${url.search}`;
  return {
    status: 301,
    headers: { location: to },
    body: {
      message: 'Moved Permanently',
      url: to,
      documentation_url:
        'https://docs.github.com/rest/guides/best-practices-for-using-the-rest-api#follow-redirects',
    },
  };
}

interface GitRefusal {
  readonly status: number;
  /** What git shows behind `remote: `. */
  readonly says: string;
  readonly headers: Readonly<Record<string, string>>;
}

function gitRefusal(
  world: World,
  { status, to }: { readonly status: number; readonly to?: string },
  rest: string,
  url: URL,
): GitRefusal {
  switch (status) {
    case 301:
      return { status, says: '', headers: { location: `${world.state.url}/${to}.git/${rest}${url.search}` } };
    case 401:
      return {
        status,
        says: 'Invalid username or token. Password authentication is not supported for Git operations.',
        headers: { 'www-authenticate': 'Basic realm="GitHub"' },
      };
    case 403:
      return { status, says: 'Write access to repository not granted.', headers: {} };
    default:
      return { status, says: 'Repository not found.', headers: {} };
  }
}

function refuseGit(
  response: ServerResponse,
  record: RecordedRequest,
  { status, says, headers }: GitRefusal,
): void {
  record.status = status;
  record.bytesOut = says.length;
  response.writeHead(status, { 'content-type': 'text/plain', ...headers }).end(says);
}

function checkContentLimit(world: World, record: RecordedRequest): void {
  const most = world.options.limits?.contentPerMinute;
  if (most === undefined) return;
  const recent = world.requests.filter(
    (one) =>
      one !== record &&
      one.operation !== null &&
      one.status >= 200 &&
      one.status < 300 &&
      one.method !== 'GET' &&
      CONTENT.test(one.operation) &&
      one.at.getTime() > Date.now() - 60_000,
  );
  const [oldest] = recent.slice(-most);
  if (recent.length < most || oldest === undefined) return;
  const seconds = Math.max(1, Math.ceil((oldest.at.getTime() + 60_000 - Date.now()) / 1000));
  throw new GitHubRefusal(
    403,
    'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.',
    { headers: { 'retry-after': String(seconds) } },
  );
}

function sendAnswer(
  world: World,
  response: ServerResponse,
  record: RecordedRequest,
  answer: HttpAnswer,
): void {
  const hasBody = answer.status !== 204 && answer.body !== null;
  const text = hasBody ? JSON.stringify(answer.body) : '';
  record.status = answer.status;
  record.bytesOut = Buffer.byteLength(text);
  response.writeHead(answer.status, {
    ...(hasBody ? { 'content-type': 'application/json; charset=utf-8' } : {}),
    'x-github-request-id': `LOOP:${world.requests.length}`,
    'x-ratelimit-limit': '5000',
    'x-ratelimit-remaining': '4999',
    'x-ratelimit-reset': String(Math.ceil(Date.now() / 1000) + 3600),
    'x-ratelimit-resource': 'core',
    ...answer.headers,
  });
  response.end(text);
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Null for no body. What is no JSON is a string, which no schema allows. */
function parseJson(raw: Buffer): unknown {
  if (raw.length === 0) return null;
  const text = raw.toString();
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
