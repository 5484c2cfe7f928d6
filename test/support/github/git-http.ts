import { spawn } from 'node:child_process';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { basename, dirname } from 'node:path';
import { branchesOf, followBranches } from './pull-requests.ts';
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
  const level = gitLevel(found, caller);
  if (level === 'none') return { status: caller.kind === 'anonymous' ? 401 : 404 };
  if (isWrite && level !== 'write') return { status: caller.kind === 'anonymous' ? 401 : 403 };
  return repository === undefined ? { status: 301, to: fullName(found) } : { repository };
}

function gitLevel(repository: Repository, caller: Caller): 'none' | 'read' | 'write' {
  const open = repository.isPrivate ? 'none' : 'read';
  if (caller.kind !== 'installation') return open;
  const { installation, repositoryIds, permissions } = caller.token;
  const isInside =
    repository.installation === installation &&
    (repositoryIds === null || repositoryIds.includes(repository.id));
  return isInside ? (permissions.contents ?? open) : open;
}

/**
 * Hands a request to `git http-backend` (git-http-backend(1), a CGI program). After a push the pull requests follow.
 * @param stored called after a push, before the answer has ended
 * @returns how many bytes were answered
 */
export async function serveGit(
  world: World,
  repository: Repository,
  { rest }: GitRequest,
  url: URL,
  request: IncomingMessage,
  body: Buffer,
  response: ServerResponse,
  by: Account,
  stored: () => Promise<void>,
): Promise<number> {
  const isPush = rest === 'git-receive-pack';
  const before = isPush ? await branchesOf(repository) : new Map<string, string>();
  const bytes = await runBackend(repository, rest, url, request, body, response, isPush);
  if (isPush) {
    const after = await branchesOf(repository);
    const moved = new Map<string, string | null>();
    for (const name of new Set([...before.keys(), ...after.keys()]))
      if (before.get(name) !== after.get(name)) moved.set(name, after.get(name) ?? null);
    await followBranches(world, repository, moved, by);
    await stored();
  }
  response.end();
  return bytes;
}

function runBackend(
  repository: Repository,
  rest: string,
  url: URL,
  request: IncomingMessage,
  body: Buffer,
  response: ServerResponse,
  mayPush: boolean,
): Promise<number> {
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
      ...(mayPush ? { REMOTE_USER: 'x-access-token' } : {}),
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  child.stdin.on('error', () => undefined);
  child.stdin.end(body);
  response.on('close', () => child.kill());
  return new Promise((resolve, reject) => {
    let head: Buffer | null = Buffer.alloc(0);
    let bytes = 0;
    child.stdout.on('data', (chunk: Buffer) => {
      let content = chunk;
      if (head !== null) {
        head = Buffer.concat([head, chunk]);
        const end = head.indexOf('\r\n\r\n');
        if (end < 0) return;
        writeCgiHead(response, head.toString('latin1', 0, end));
        content = head.subarray(end + 4);
        head = null;
      }
      bytes += content.length;
      if (!response.write(content)) {
        child.stdout.pause();
        response.once('drain', () => child.stdout.resume());
      }
    });
    child.on('error', reject);
    child.on('close', () => resolve(bytes));
  });
}

function writeCgiHead(response: ServerResponse, text: string): void {
  let status = 200;
  for (const line of text.split('\r\n')) {
    const at = line.indexOf(':');
    const [name, value] = [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()];
    if (name === 'status') status = Number.parseInt(value, 10);
    else response.setHeader(name, value);
  }
  response.writeHead(status);
}
