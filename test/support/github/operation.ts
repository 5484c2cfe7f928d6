import type { operations } from '@octokit/openapi-types';
import type { Permissions } from './loopback-github.ts';
import type { OperationId } from './loopback-operations.ts';
import { notFound } from './refusal.ts';
import {
  type Account,
  type CheckRun,
  type Conversation,
  conversationsIn,
  type IssueComment,
  isPull,
  type PullRequest,
  type Repository,
  type ReviewComment,
} from './state.ts';
import type { Caller, InstallationToken } from './tokens.ts';
import type { World } from './world.ts';

/** A request that GitHub's description allows, from somebody who may do it. */
export interface Call<Id extends OperationId> {
  readonly world: World;
  readonly caller: Caller;
  /** Of the path: present wherever the path has one. */
  readonly params: Readonly<Record<string, string | number>>;
  readonly query: QueryOf<Id>;
  readonly body: BodyOf<Id>;
  /** @throws Error where the path has no repository */
  repository(): Repository;
  /** By `pull_number`. @throws GitHubRefusal 404 */
  pull(): PullRequest;
  /** By `issue_number`. @throws GitHubRefusal 404 */
  conversation(): Conversation;
  /** For what an operation needs of one thing and not of another. @throws GitHubRefusal 403 */
  require(needs: Exclude<Need, string>): void;
  /** Who writes: the bot of the App. */
  readonly bot: Account;
}

/** What is answered. A list is paged by whoever sends it: `total` names its key, `list` has all of it. */
export type Answer =
  | {
      readonly status: number;
      readonly body: unknown /** Of the next page, where pages have cursors. */;
      readonly nextCursor?: string;
    }
  | { readonly list: readonly unknown[]; readonly key?: string };

/** What a caller needs: the App's JWT, any caller, or a token with permissions in the repository of the path. */
export type Need = 'app' | 'anyone' | 'installation' | Permissions | readonly Permissions[];

/** One operation of the API. */
export interface Operation<Id extends OperationId> {
  readonly id: Id;
  /** Of several sets one is enough. */
  readonly needs: Need;
  run(call: Call<Id>): Answer | Promise<Answer>;
}

type QueryOf<Id extends OperationId> = operations[Id] extends { parameters: { query?: infer Query } }
  ? NonNullable<Query>
  : Record<never, never>;
type BodyOf<Id extends OperationId> = operations[Id] extends {
  requestBody?: { content: { 'application/json': infer Body } };
}
  ? Body
  : null;

/** An operation as the table of all of them has it: called with what was validated under its own id. */
export interface AnyOperation {
  readonly id: OperationId;
  readonly needs: Need;
  run(
    call: Omit<Call<OperationId>, 'query' | 'body'> & { query: unknown; body: unknown },
  ): Answer | Promise<Answer>;
}

/** Declares an operation. Its query and its body are what GitHub's description says: that was validated before it runs. */
export function operation<Id extends OperationId>(
  id: Id,
  needs: Need,
  run: (call: Call<Id>) => Answer | Promise<Answer>,
): AnyOperation {
  return { id, needs, run: (call) => run(call as Call<Id>) };
}

/** To read a conversation: of a pull request either will do. */
export const READ_CONVERSATION = [{ issues: 'read' }, { pull_requests: 'read' }] as const;
/** To write there; which of both it has to be, `conversationOf` knows. */
export const WRITE_CONVERSATION = [{ issues: 'write' }, { pull_requests: 'write' }] as const;

/**
 * The issue or pull request of the path's `issue_number`, to read it or to write there.
 * @throws GitHubRefusal 403: `issues: write` alone cannot comment on a pull request, `pull_requests` not on an issue. 404
 */
export function conversationOf(
  call: Pick<Call<OperationId>, 'conversation' | 'require'>,
  level: 'read' | 'write',
): Conversation {
  return allowed(call, call.conversation(), level);
}

/** The comment of the path's `comment_id`, with where it is. @throws GitHubRefusal 403, as `conversationOf`. 404 */
export function issueCommentOf(
  call: Pick<Call<OperationId>, 'params' | 'repository' | 'require'>,
  level: 'read' | 'write',
): { readonly on: Conversation; readonly comment: IssueComment } {
  for (const on of conversationsIn(call.repository())) {
    const comment = on.issueComments.find(({ id }) => id === call.params['comment_id']);
    if (comment !== undefined) return { on: allowed(call, on, level), comment };
  }
  throw notFound();
}

function allowed(
  { require }: Pick<Call<OperationId>, 'require'>,
  on: Conversation,
  level: 'read' | 'write',
): Conversation {
  if (!isPull(on)) require({ issues: level });
  else require(level === 'read' ? READ_CONVERSATION : { pull_requests: 'write' });
  return on;
}

/** The review comment of the path's `comment_id` that can be seen. @throws GitHubRefusal 404 */
export function reviewCommentOf(call: Pick<Call<OperationId>, 'params' | 'repository'>): {
  readonly pull: PullRequest;
  readonly comment: ReviewComment;
} {
  for (const pull of call.repository().pulls.values()) {
    const comment = pull.reviewComments.find(({ id }) => id === call.params['comment_id']);
    if (comment !== undefined) return { pull, comment };
  }
  throw notFound();
}

/** @throws GitHubRefusal 404 */
export function checkRunOf(call: Pick<Call<OperationId>, 'params' | 'repository'>): CheckRun {
  const run = call.repository().checkRuns.get(Number(call.params['check_run_id']));
  if (run === undefined) throw notFound();
  return run;
}

/** The token of a call that needs one. */
export function tokenOf({ caller }: { readonly caller: Caller }): InstallationToken {
  if (caller.kind !== 'installation') throw new Error('the operation should need a token');
  return caller.token;
}
