import type { Permissions } from './loopback-github.ts';
import { answerProblem, type Matched, requestProblem } from './openapi.ts';
import type { Answer, AnyOperation, Need } from './operation.ts';
import { OPERATIONS } from './operations/all.ts';
import { GitHubRefusal, notFound } from './refusal.ts';
import {
  type Conversation,
  conversationIn,
  findRepository,
  fullName,
  isPull,
  type PullRequest,
  type Repository,
} from './state.ts';
import type { Caller } from './tokens.ts';
import type { World } from './world.ts';

/** What goes back over HTTP. */
export interface HttpAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Answers a request of the REST API that was found to be an operation.
 * @throws GitHubRefusal for all that GitHub refuses
 * @throws Error when our own answer is not as GitHub describes it
 */
export async function answerRest(
  world: World,
  caller: Caller,
  matched: Matched,
  url: URL,
  body: unknown,
): Promise<HttpAnswer> {
  const operation = OPERATIONS.get(matched.id);
  if (operation === undefined) throw new Error(`nothing answers ${matched.id}`);
  const query: Record<string, unknown> = Object.fromEntries(url.searchParams);
  const problem = requestProblem(matched.id, query, body);
  if (problem !== null) {
    world.violations.push({ operation: matched.id, path: url.pathname, problem });
    throw new GitHubRefusal(422, 'Invalid request.', { errors: [problem], problem });
  }
  const repository = authorize(world, caller, operation, matched);
  const bot = { id: world.state.app.userId, login: world.state.app.login, type: 'Bot' as const };
  const answer = await operation.run({
    world,
    caller,
    params: matched.params,
    query,
    body,
    bot,
    repository: () => there(repository),
    pull: () => pullOf(there(repository), matched),
    conversation: () => numbered(there(repository), matched.params['issue_number']),
    require(needs) {
      if (!isAllowed(world, caller, there(repository), needs)) throw notAllowed(caller);
    },
  });
  const http = toHttp(answer, url, query);
  const wrong = answerProblem(matched.id, http.status, http.body);
  if (wrong !== null)
    throw new Error(`the loopback GitHub answers ${matched.id} with what GitHub does not: ${wrong}`);
  return http;
}

/**
 * The repository of the path, if the caller may do this there: a token reaches only its own repositories and what is
 * public, each operation with its own permission. What may not be seen is not there.
 */
function authorize(
  world: World,
  caller: Caller,
  { needs }: AnyOperation,
  { params }: Matched,
): Repository | null {
  if (needs === 'anyone') return null;
  if (needs === 'app') {
    if (caller.kind !== 'app') throw new GitHubRefusal(401, 'A JSON web token could not be decoded');
    return null;
  }
  if (caller.kind === 'app')
    throw new GitHubRefusal(403, 'Resource not accessible by an App: use an installation token');
  if (needs === 'installation') {
    if (caller.kind !== 'installation') throw new GitHubRefusal(401, 'Requires authentication');
    return null;
  }
  const name = `${params['owner']}/${params['repo']}`;
  const repository = findRepository(world.state, name);
  if (repository === undefined) {
    const moved = world.state.formerNames.get(name.toLowerCase());
    if (moved === undefined || moved.isDeleted || !mayKnow(caller, moved)) throw notFound();
    throw new MovedRepository(moved, name);
  }
  if (!mayKnow(caller, repository)) throw notFound();
  if (!isAllowed(world, caller, repository, needs)) throw notAllowed(caller);
  return repository;
}

const notAllowed = ({ kind }: Caller): GitHubRefusal =>
  kind === 'anonymous'
    ? new GitHubRefusal(401, 'Requires authentication')
    : new GitHubRefusal(403, 'Resource not accessible by integration');

/** 301: the repository has another name now. */
export class MovedRepository extends Error {
  readonly repository: Repository;
  readonly asked: string;
  constructor(repository: Repository, asked: string) {
    super(`moved to ${fullName(repository)}`);
    this.repository = repository;
    this.asked = asked;
  }
}

const reaches = (caller: Caller, repository: Repository): boolean =>
  caller.kind === 'installation' &&
  caller.token.installation === repository.installation &&
  (caller.token.repositoryIds === null || caller.token.repositoryIds.includes(repository.id));

const mayKnow = (caller: Caller, repository: Repository): boolean =>
  !repository.isPrivate || reaches(caller, repository);

function isAllowed(
  world: World,
  caller: Caller,
  repository: Repository,
  needs: Exclude<Need, string>,
): boolean {
  const sets: readonly Permissions[] = isList(needs) ? needs : [needs];
  const isRead = sets.some((set) => Object.values(set).every((level) => level === 'read'));
  if (!reaches(caller, repository) || caller.kind !== 'installation') return isRead && !repository.isPrivate;
  return sets.some((set) => hasPermissions(world, caller.token.permissions, set));
}

/** Has a token these permissions, and the App still too? */
export function hasPermissions(world: World, given: Permissions, needed: Permissions): boolean {
  const isEnough = (has: Permissions) => {
    const levels: Readonly<Record<string, string>> = { ...has };
    return Object.entries(needed).every(
      ([name, level]) => levels[name] === 'write' || levels[name] === level,
    );
  };
  return isEnough(given) && isEnough(world.state.permissions);
}

const isList = (needs: Exclude<Need, string>): needs is readonly Permissions[] => Array.isArray(needs);

function pullOf(repository: Repository, { params }: Matched): PullRequest {
  const pull = numbered(repository, params['pull_number']);
  if (!isPull(pull)) throw notFound();
  return pull;
}

function numbered(repository: Repository, number: unknown): Conversation {
  const on = conversationIn(repository, Number(number));
  if (on === undefined) throw notFound();
  return on;
}

function there(repository: Repository | null): Repository {
  if (repository === null) throw new Error('the path has no repository');
  return repository;
}

function toHttp(answer: Answer, url: URL, query: Readonly<Record<string, unknown>>): HttpAnswer {
  if (!('list' in answer)) {
    const { nextCursor } = answer;
    return nextCursor === undefined
      ? answer
      : { ...answer, headers: { link: link(url, 'next', 'cursor', nextCursor) } };
  }
  const size = Math.max(1, Number(query['per_page'] ?? 30));
  const page = Math.max(1, Number(query['page'] ?? 1));
  const last = Math.max(1, Math.ceil(answer.list.length / size));
  const shown = answer.list.slice((page - 1) * size, page * size);
  const links = [
    ...(page > 1 ? [link(url, 'prev', 'page', page - 1), link(url, 'first', 'page', 1)] : []),
    ...(page < last ? [link(url, 'next', 'page', page + 1), link(url, 'last', 'page', last)] : []),
  ];
  return {
    status: 200,
    body: answer.key === undefined ? shown : { total_count: answer.list.length, [answer.key]: shown },
    headers: links.length === 0 ? {} : { link: links.join(', ') },
  };
}

function link(url: URL, rel: string, name: string, value: string | number): string {
  const to = new URL(url);
  to.searchParams.set(name, String(value));
  return `<${to.href}>; rel="${rel}"`;
}
