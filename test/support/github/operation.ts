import type { operations } from '@octokit/openapi-types';
import type { Permissions } from './loopback-github.ts';
import type { OperationId } from './loopback-operations.ts';
import { notFound } from './refusal.ts';
import type { Account, CheckRun, IssueComment, PullRequest, Repository, ReviewComment } from './state.ts';
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
  /** By `pull_number` or `issue_number`. @throws GitHubRefusal 404 */
  pull(): PullRequest;
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

/** The comment of the path's `comment_id`, with the pull request that it is in. @throws GitHubRefusal 404 */
export function issueCommentOf(call: Pick<Call<OperationId>, 'params' | 'repository'>): {
  readonly pull: PullRequest;
  readonly comment: IssueComment;
} {
  for (const pull of call.repository().pulls.values()) {
    const comment = pull.issueComments.find(({ id }) => id === call.params['comment_id']);
    if (comment !== undefined) return { pull, comment };
  }
  throw notFound();
}

/** The same for a review comment that can be seen. @throws GitHubRefusal 404 */
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
