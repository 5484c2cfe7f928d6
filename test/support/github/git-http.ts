import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { basename, dirname } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { branchesOf, followBranches, tellPush } from './pull-requests.ts';
import { pushRefusals, refusalReport, type SentPush } from './push-rules.ts';
import { GIT_ENVIRONMENT } from './run-git.ts';
import { type Account, findRepository, fullName, type Repository } from './state.ts';
import type { Caller } from './tokens.ts';
import type { World } from './world.ts';

/** A request to a repository over git's smart HTTP. */
export interface GitRequest {
  /** `owner/name` as asked for. */
  readonly name: string;
  /** `info/refs`, `git-upload-pack`, `git-receive-pack` */
  readonly rest: string;
  readonly service: 'upload-pack' | 'receive-pack';
}

/** What git asks for, or null when it is no request of git. */
export function gitRequestOf(url: URL): GitRequest | null {
  const [, name = '', rest = ''] =
    /^\/([^/]+\/[^/]+?)(?:\.git)?\/(info\/refs|git-upload-pack|git-receive-pack)$/.exec(url.pathname) ?? [];
  if (name === '') return null;
  const service = rest === 'info/refs' ? (url.searchParams.get('service') ?? '') : rest;
  if (service !== 'git-upload-pack' && service !== 'git-receive-pack') return null;
  return { name, rest, service: service === 'git-upload-pack' ? 'upload-pack' : 'receive-pack' };
}

/** Where a request goes: to the repository, elsewhere, or nowhere. */
export function gitAccess(
  world: World,
  caller: Caller,
  { name, service }: GitRequest,
): { readonly repository: Repository } | { readonly status: 301 | 401 | 403 | 404; readonly to?: string } {
  const repository = findRepository(world.state, name);
  const former = world.state.formerNames.get(name.toLowerCase());
  const found = repository ?? (former?.isDeleted === false ? former : undefined);
  const isWrite = service === 'receive-pack';
  if (found === undefined) return { status: caller.kind === 'anonymous' ? 401 : 404 };
  const level = gitLevel(world, found, caller);
  if (level === 'none') return { status: caller.kind === 'anonymous' ? 401 : 404 };
  if (isWrite && level !== 'write') return { status: caller.kind === 'anonymous' ? 401 : 403 };
  return repository === undefined ? { status: 301, to: fullName(found) } : { repository };
}

function gitLevel(world: World, repository: Repository, caller: Caller): 'none' | 'read' | 'write' {
  const open = repository.isPrivate ? 'none' : 'read';
  if (caller.kind !== 'installation') return open;
  const { installation, repositoryIds, permissions } = caller.token;
  // What the App has lost, its tokens have lost too.
  const granted = world.state.permissions.contents;
  const isInside =
    repository.installation === installation &&
    (repositoryIds === null || repositoryIds.includes(repository.id));
  if (!isInside || permissions.contents === undefined || granted === undefined) return open;
  return granted === 'read' ? 'read' : permissions.contents;
}

/** A request of git that goes to a repository. */
export interface GitAsked {
  readonly repository: Repository;
  /** As `GitRequest` has it. */
  readonly rest: string;
  readonly url: URL;
  readonly request: IncomingMessage;
  readonly body: Buffer;
}

interface CgiHead {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Has a request answered by `git http-backend` (git-http-backend(1), a CGI program).
 * @returns how many bytes were answered
 */
export async function serveGit(asked: GitAsked, response: ServerResponse): Promise<number> {
  const child = startBackend(asked);
  response.on('close', () => child.kill());
  let bytes = 0;
  await readCgi(child, {
    head: ({ status, headers }) => void response.writeHead(status, headers),
    part(content) {
      bytes += content.length;
      if (response.write(content)) return;
      child.stdout.pause();
      response.once('drain', () => child.stdout.resume());
    },
  });
  response.end();
  return bytes;
}

/** Does a push, if the rules of GitHub allow it: afterwards the pull requests have followed. Answers what is to be answered. */
export async function receivePush(
  world: World,
  asked: GitAsked,
  push: SentPush,
  by: Account,
): Promise<CgiHead & { readonly content: Buffer }> {
  const { repository } = asked;
  const refused = await pushRefusals(repository, push);
  if (refused.size > 0)
    return {
      status: 200,
      headers: { 'content-type': 'application/x-git-receive-pack-result', 'cache-control': 'no-cache' },
      content: refusalReport(push, refused),
    };
  const before = await branchesOf(repository);
  const parts: Buffer[] = [];
  let answered: CgiHead = { status: 500, headers: {} };
  await readCgi(startBackend(asked), {
    head(head) {
      answered = head;
    },
    part: (content) => void parts.push(content),
  });
  const after = await branchesOf(repository);
  const moved = new Map<string, string | null>();
  for (const name of new Set([...before.keys(), ...after.keys()]))
    if (before.get(name) !== after.get(name)) moved.set(name, after.get(name) ?? null);
  for (const [name, commit] of moved) tellPush(world, repository, by, name, before.get(name) ?? null, commit);
  await followBranches(world, repository, moved, by);
  return { ...answered, content: Buffer.concat(parts) };
}

function startBackend({
  repository,
  rest,
  url,
  request,
  body,
}: GitAsked): ChildProcessByStdio<Writable, Readable, null> {
  const header = (name: string) => String(request.headers[name] ?? '');
  const child = spawn('git', ['http-backend'], {
    env: {
      ...GIT_ENVIRONMENT,
      GIT_PROJECT_ROOT: dirname(repository.path),
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: `/${basename(repository.path)}/${rest}`,
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method ?? 'GET',
      CONTENT_TYPE: header('content-type'),
      CONTENT_LENGTH: String(body.length),
      HTTP_CONTENT_ENCODING: header('content-encoding'),
      GIT_PROTOCOL: header('git-protocol'),
      REMOTE_ADDR: '127.0.0.1',
      ...(rest === 'git-receive-pack' && { REMOTE_USER: 'x-access-token' }),
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  child.stdin.on('error', () => undefined);
  child.stdin.end(body);
  return child;
}

function readCgi(
  child: ChildProcessByStdio<Writable, Readable, null>,
  { head, part }: { readonly head: (head: CgiHead) => void; readonly part: (content: Buffer) => void },
): Promise<void> {
  return new Promise((resolve, reject) => {
    let begun: Buffer | null = Buffer.alloc(0);
    child.stdout.on('data', (chunk: Buffer) => {
      if (begun === null) return part(chunk);
      begun = Buffer.concat([begun, chunk]);
      const end = begun.indexOf('\r\n\r\n');
      if (end < 0) return;
      head(cgiHead(begun.toString('latin1', 0, end)));
      part(begun.subarray(end + 4));
      begun = null;
    });
    child.on('error', reject);
    child.on('close', () => resolve());
  });
}

function cgiHead(text: string): CgiHead {
  let status = 200;
  const headers: Record<string, string> = {};
  for (const line of text.split('\r\n')) {
    const at = line.indexOf(':');
    const [name, value] = [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()];
    if (name === 'status') status = Number.parseInt(value, 10);
    else headers[name] = value;
  }
  return { status, headers };
}
