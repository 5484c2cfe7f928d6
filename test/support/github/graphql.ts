import { resolveThread } from './conversation.ts';
import { type Document, type Field, parseDocument, type Selection, type Value } from './graphql-document.ts';
import { nodeId } from './json/account.ts';
import type { Permissions } from './loopback-github.ts';
import { GitHubRefusal } from './refusal.ts';
import { hasPermissions } from './rest-api.ts';
import {
  type Account,
  findRepository,
  fullName,
  type PullRequest,
  type Repository,
  type ReviewComment,
  submittedComments,
  type Thread,
} from './state.ts';
import type { InstallationToken } from './tokens.ts';
import type { World } from './world.ts';

type Args = Readonly<Record<string, unknown>>;
/** A type of the schema: `__typename`, and what its fields are. */
interface Node {
  readonly type: string;
  readonly fields: Readonly<Record<string, unknown>>;
  /** The fields that may be asked for without `... on <type>`, where the type there is an interface. */
  readonly common?: ReadonlySet<string>;
}
type Resolver = (args: Args) => unknown;

/** A GraphQL error, which is sent with status 200. */
class GraphqlError extends Error {
  readonly type: string;
  constructor(type: string, message: string) {
    super(message);
    this.type = type;
  }
}

/** What was asked, as far as it can be read; null when it cannot. */
export function graphqlOperation(body: unknown): { readonly name: string; readonly isWrite: boolean } | null {
  try {
    const { document } = readRequest(body);
    return { name: `graphql/${document.name ?? 'anonymous'}`, isWrite: document.kind === 'mutation' };
  } catch {
    return null;
  }
}

/**
 * Answers what is used of GitHub's GraphQL API: the review threads of a pull request, resolving them, and drafts. A field, an
 * argument or a variable that is not known here is an error, as it is there, and a violation.
 */
export function answerGraphql(world: World, token: InstallationToken, body: unknown): unknown {
  try {
    const { document, variables } = readRequest(body);
    const root = document.kind === 'mutation' ? mutation(world, token) : query(world, token);
    return { data: select(root, document.fields, variables) };
  } catch (error) {
    if (error instanceof GitHubRefusal) throw error;
    const type = error instanceof GraphqlError ? error.type : 'INVALID';
    if (!['NOT_FOUND', 'FORBIDDEN', 'UNPROCESSABLE'].includes(type))
      world.violations.push({ operation: 'graphql', path: '/api/graphql', problem: String(error) });
    return { data: null, errors: [{ type, path: [], message: error instanceof Error ? error.message : '' }] };
  }
}

function readRequest(body: unknown): { readonly document: Document; readonly variables: Args } {
  const request: { query?: unknown; variables?: unknown } =
    typeof body === 'object' && body !== null ? body : {};
  if (typeof request.query !== 'string')
    throw new GraphqlError('INVALID', 'A query attribute must be specified');
  const document = parseDocument(request.query);
  const given: Args =
    typeof request.variables === 'object' && request.variables !== null ? { ...request.variables } : {};
  for (const { name, type, hasDefault } of document.variables) {
    const value = given[name];
    if (value === undefined || value === null) {
      if (type.endsWith('!') && !hasDefault)
        throw new GraphqlError('INVALID', `Variable $${name} of type ${type} was provided invalid value`);
      continue;
    }
    const wanted = { Int: 'number', String: 'string', ID: 'string', Boolean: 'boolean' }[
      type.replace('!', '')
    ];
    if (wanted !== undefined && typeof value !== wanted)
      throw new GraphqlError('INVALID', `Variable $${name} of type ${type} was provided invalid value`);
  }
  for (const name of Object.keys(given))
    if (!document.variables.some((declared) => declared.name === name))
      throw new GraphqlError('INVALID', `Variable $${name} is not declared`);
  return { document, variables: given };
}

function query(world: World, token: InstallationToken): Node {
  return {
    type: 'Query',
    fields: {
      viewer: accountNode(world, { id: world.state.app.userId, login: world.state.app.login, type: 'Bot' }),
      repository: ({ owner, name }: Args) => {
        const repository = findRepository(world.state, `${owner}/${name}`);
        if (repository === undefined || !mayRead(world, token, repository, {}))
          throw new GraphqlError(
            'NOT_FOUND',
            `Could not resolve to a Repository with the name '${owner}/${name}'.`,
          );
        return repositoryNode(world, token, repository);
      },
      node: ({ id }: Args) => {
        const { pull, thread } = threadOf(world, token, id, { pull_requests: 'read' });
        return threadNode(world, pull, thread);
      },
    },
  };
}

function mutation(world: World, token: InstallationToken): Node {
  const resolve =
    (isResolved: boolean): Resolver =>
    ({ input }) => {
      const { threadId, clientMutationId }: { threadId?: unknown; clientMutationId?: unknown } =
        Object(input);
      // contents: write, which a reviewer should not have.
      const { pull, thread } = threadOf(world, token, threadId, {
        contents: 'write',
        pull_requests: 'write',
      });
      const bot = { id: world.state.app.userId, login: world.state.app.login, type: 'Bot' as const };
      resolveThread(world, pull, thread, bot, isResolved);
      return {
        type: 'Payload',
        fields: { thread: threadNode(world, pull, thread), clientMutationId: clientMutationId ?? null },
      };
    };
  const setDraft =
    (isDraft: boolean): Resolver =>
    ({ input }) => {
      const { pullRequestId, clientMutationId }: { pullRequestId?: unknown; clientMutationId?: unknown } =
        Object(input);
      const pull = pullOf(world, token, pullRequestId);
      changeDraft(world, pull, isDraft);
      return {
        type: 'Payload',
        fields: { pullRequest: pullNode(world, pull), clientMutationId: clientMutationId ?? null },
      };
    };
  return {
    type: 'Mutation',
    fields: {
      ...{ resolveReviewThread: resolve(true), unresolveReviewThread: resolve(false) },
      ...{ convertPullRequestToDraft: setDraft(true), markPullRequestReadyForReview: setDraft(false) },
    },
  };
}

/** contents: write too, as of a thread (github.com/cli/cli/discussions/6924). */
function pullOf(world: World, token: InstallationToken, id: unknown): PullRequest {
  for (const repository of world.state.repositories.values()) {
    const pull = [...repository.pulls.values()].find((one) => nodeId('PR', one.id) === id);
    if (pull === undefined || repository.isDeleted || !mayRead(world, token, repository, {})) continue;
    if (!mayRead(world, token, repository, { contents: 'write', pull_requests: 'write' }))
      throw new GraphqlError('FORBIDDEN', 'Resource not accessible by integration');
    return pull;
  }
  throw new GraphqlError('NOT_FOUND', `Could not resolve to a node with the global id of '${id}'`);
}

function changeDraft(world: World, pull: PullRequest, isDraft: boolean): void {
  const { app } = world.state;
  // GitHub allows it for those of others too; ours never should.
  if (pull.author.id !== app.userId)
    throw new GraphqlError('INVALID', 'An App of ours changes its own pull requests alone');
  if (pull.isDraft === isDraft || pull.state === 'closed')
    throw new GraphqlError('INVALID', 'It is not open, or what it is to be already');
  if (isDraft && !pull.repository.hasDrafts)
    throw new GraphqlError('UNPROCESSABLE', 'Draft pull requests are not supported in this repository.');
  Object.assign(pull, { isDraft, updatedAt: new Date() });
  const by = { id: app.userId, login: app.login, type: 'Bot' as const };
  const action = isDraft ? 'converted_to_draft' : 'ready_for_review';
  world.emit('pull_request', action, { repository: pull.repository, pull, by });
}

function threadOf(
  world: World,
  token: InstallationToken,
  id: unknown,
  needed: Permissions,
): { readonly pull: PullRequest; readonly thread: Thread } {
  for (const repository of world.state.repositories.values()) {
    if (repository.isDeleted) continue;
    for (const pull of repository.pulls.values()) {
      const found = submittedComments(pull).find(({ thread }) => thread.id === id);
      if (found === undefined) continue;
      if (!mayRead(world, token, repository, {})) break;
      if (!mayRead(world, token, repository, needed))
        throw new GraphqlError('FORBIDDEN', 'Resource not accessible by integration');
      return { pull, thread: found.thread };
    }
  }
  throw new GraphqlError('NOT_FOUND', `Could not resolve to a node with the global id of '${id}'`);
}

function mayRead(
  world: World,
  token: InstallationToken,
  repository: Repository,
  needed: Permissions,
): boolean {
  const isInside =
    repository.installation === token.installation &&
    (token.repositoryIds === null || token.repositoryIds.includes(repository.id));
  if (!isInside) return !repository.isPrivate && Object.values(needed).every((level) => level === 'read');
  return hasPermissions(world, token.permissions, needed);
}

function repositoryNode(world: World, token: InstallationToken, repository: Repository): Node {
  return {
    type: 'Repository',
    fields: {
      id: nodeId('R', repository.id),
      databaseId: repository.id,
      name: repository.name,
      nameWithOwner: fullName(repository),
      pullRequest: ({ number }: Args) => {
        const pull = repository.pulls.get(Number(number));
        if (pull === undefined)
          throw new GraphqlError(
            'NOT_FOUND',
            `Could not resolve to a PullRequest with the number of ${number}.`,
          );
        if (!mayRead(world, token, repository, { pull_requests: 'read' }))
          throw new GraphqlError('FORBIDDEN', 'Resource not accessible by integration');
        return pullNode(world, pull);
      },
    },
  };
}

function pullNode(world: World, pull: PullRequest): Node {
  return {
    type: 'PullRequest',
    fields: {
      id: nodeId('PR', pull.id),
      databaseId: pull.id,
      number: pull.number,
      title: pull.title,
      state: pull.mergedAt !== null ? 'MERGED' : pull.state.toUpperCase(),
      isDraft: pull.isDraft,
      headRefOid: pull.headSha,
      baseRefOid: pull.baseSha,
      author: actorNode(world, pull.author),
      reviewThreads: (args: Args) =>
        connection(
          'PullRequestReviewThread',
          [...threadsOf(pull)],
          ([thread, comments]) => threadNode(world, pull, thread, comments),
          args,
        ),
    },
  };
}

function threadsOf(pull: PullRequest): Map<Thread, ReviewComment[]> {
  const threads = new Map<Thread, ReviewComment[]>();
  for (const comment of submittedComments(pull)) {
    const there = threads.get(comment.thread);
    if (there === undefined) threads.set(comment.thread, [comment]);
    else there.push(comment);
  }
  return threads;
}

function threadNode(
  world: World,
  pull: PullRequest,
  thread: Thread,
  comments = submittedComments(pull).filter((comment) => comment.thread === thread),
): Node {
  const [first] = comments;
  if (first === undefined) throw new Error('a thread without comments');
  const { original, now } = first;
  const isFile = original.subject === 'file';
  return {
    type: 'PullRequestReviewThread',
    fields: {
      id: thread.id,
      isResolved: thread.resolvedBy !== null,
      isOutdated: now === null,
      isCollapsed: thread.resolvedBy !== null || now === null,
      resolvedBy: thread.resolvedBy === null ? null : accountNode(world, thread.resolvedBy),
      viewerCanResolve: thread.resolvedBy === null,
      viewerCanUnresolve: thread.resolvedBy !== null,
      viewerCanReply: true,
      path: original.path,
      line: isFile ? null : (now?.line ?? null),
      startLine: isFile ? null : (now?.startLine ?? null),
      originalLine: original.line,
      originalStartLine: original.startLine,
      diffSide: original.side,
      startDiffSide: original.startSide,
      subjectType: original.subject.toUpperCase(),
      pullRequest: () => pullNode(world, pull),
      comments: (args: Args) =>
        connection(
          'PullRequestReviewComment',
          comments,
          (comment) => commentNode(world, pull, comment),
          args,
        ),
    },
  };
}

function commentNode(world: World, pull: PullRequest, comment: ReviewComment): Node {
  return {
    type: 'PullRequestReviewComment',
    fields: {
      id: nodeId('PRRC', comment.id),
      databaseId: comment.id,
      fullDatabaseId: String(comment.id),
      body: comment.body,
      path: comment.original.path,
      author: actorNode(world, comment.author),
      createdAt: comment.createdAt.toISOString(),
      updatedAt: comment.updatedAt.toISOString(),
      outdated: comment.now === null,
      isMinimized: false,
      url: `${world.state.url}/${fullName(pull.repository)}/pull/${pull.number}#discussion_r${comment.id}`,
      replyTo: comment.inReplyTo === null ? null : commentNode(world, pull, comment.inReplyTo),
      commit: { type: 'Commit', fields: { oid: comment.now?.commitId ?? comment.original.commitId } },
      originalCommit: { type: 'Commit', fields: { oid: comment.original.commitId } },
    },
  };
}

/** The interface `Actor` has no ids: `... on Bot { databaseId }` asks for one. */
const actorNode = (world: World, account: Account): Node => ({
  ...accountNode(world, account),
  common: new Set(['login', 'url']),
});

/** GraphQL names a bot without `[bot]`. */
function accountNode(world: World, account: Account): Node {
  return {
    type: account.type,
    fields: {
      id: nodeId(account.type === 'Bot' ? 'BOT' : 'U', account.id),
      databaseId: account.id,
      login: account.login.replace(/\[bot\]$/, ''),
      url: `${world.state.url}/${account.login}`,
    },
  };
}

/** A page of a list: `first` is needed and at most 100, as on GitHub. */
function connection<T>(type: string, all: readonly T[], toNode: (one: T) => Node, args: Args): Node {
  const { first, after } = args;
  if (typeof first !== 'number' || first < 1 || first > 100)
    throw new GraphqlError('INVALID', 'You must provide a `first` or `last` value of at most 100.');
  const from = after == null ? 0 : Number(Buffer.from(String(after), 'base64').toString());
  const shown = all.slice(from, from + first).map(toNode);
  return {
    type: `${type}Connection`,
    fields: {
      totalCount: all.length,
      nodes: shown,
      pageInfo: {
        type: 'PageInfo',
        fields: {
          hasNextPage: from + first < all.length,
          endCursor: shown.length === 0 ? null : Buffer.from(String(from + shown.length)).toString('base64'),
          hasPreviousPage: from > 0,
          startCursor: shown.length === 0 ? null : Buffer.from(String(from)).toString('base64'),
        },
      },
    },
  };
}

function select(node: Node, selections: readonly Selection[], variables: Args): Record<string, unknown> {
  const selected: Record<string, unknown> = {};
  for (const selection of selections) {
    if ('onType' in selection) {
      if (
        selection.onType === node.type ||
        (selection.onType === 'Actor' && ['Bot', 'User'].includes(node.type))
      )
        Object.assign(
          selected,
          select({ type: node.type, fields: node.fields }, selection.fields, variables),
        );
      continue;
    }
    selected[selection.key] =
      selection.name === '__typename' ? node.type : resolveField(node, selection, variables);
  }
  return selected;
}

function resolveField(node: Node, field: Field, variables: Args): unknown {
  if (!(field.name in node.fields) || node.common?.has(field.name) === false)
    throw new GraphqlError('UNDEFINED_FIELD', `Field '${field.name}' doesn't exist on type '${node.type}'`);
  const found = node.fields[field.name];
  const args = Object.fromEntries(
    Object.entries(field.args).map(([name, value]) => [name, argumentOf(value, variables)]),
  );
  return shape(isResolver(found) ? found(args) : found, field, variables);
}

function shape(value: unknown, field: Field, variables: Args): unknown {
  if (Array.isArray(value)) return value.map((one) => shape(one, field, variables));
  if (isNode(value)) {
    if (field.fields.length === 0)
      throw new GraphqlError('INVALID', `Field must have selections (field '${field.name}')`);
    return select(value, field.fields, variables);
  }
  if (field.fields.length > 0 && value !== null)
    throw new GraphqlError('INVALID', `Selections can't be made on scalars (field '${field.name}')`);
  return value;
}

function argumentOf(value: Value, variables: Args): unknown {
  if ('variable' in value) return variables[value.variable];
  if ('literal' in value) return value.literal;
  return Object.fromEntries(
    Object.entries(value.object).map(([name, inner]) => [name, argumentOf(inner, variables)]),
  );
}

const isResolver = (value: unknown): value is Resolver => typeof value === 'function';
const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && 'fields' in value;
