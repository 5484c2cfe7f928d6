import type { AccessLevel } from './access-level.ts';
import type { Account } from './account.ts';
import type { CheckRun, CheckRunChange, NewCheckRun } from './check-run.ts';
import type { HostedRepository } from './hosted-repository.ts';
import type { Issue } from './issue.ts';
import type { IssueComment } from './issue-comment.ts';
import type { Listed } from './listed.ts';
import type { NewPullRequest, PullRequest, PullRequestChange, PullRequestInList } from './pull-request.ts';
import type { Reaction, ReactionContent, ReactionTarget } from './reaction.ts';
import type { NewReview, Review } from './review.ts';
import type { ReviewComment } from './review-comment.ts';
import type { ReviewThread } from './review-thread.ts';

/**
 * One repository on GitHub, with one set of permissions, for one job.
 *
 * Every method rejects with a GitHubError, or with the reason of the client's signal when that ended it before anything was
 * sent that may have been done. Reads are tried three times at most on a 5xx or no answer. Writes are never tried again (see
 * `mayHaveHappened`), done one after the other and a pause apart; nothing waits out a rate limit (see `retryAt`).
 */
export interface RepositoryClient {
  repository(): Promise<HostedRepository>;
  /** The commit of a branch (`main`, without `refs/heads/`); null: it is not there. */
  branchHead(branch: string): Promise<string | null>;

  pullRequest(number: number): Promise<PullRequest>;
  /** The open ones whose head is that branch of this repository: one for each base at most. Newest first. */
  pullRequestsOf(branch: string): Promise<readonly PullRequestInList[]>;
  /** Both branches are of this repository. Refused when there is an open one of them already. */
  createPullRequest(pull: NewPullRequest): Promise<PullRequest>;
  updatePullRequest(number: number, change: PullRequestChange): Promise<PullRequest>;
  /** By the `nodeId` of an open one that is the other. Needs `CHANGE_DRAFT`. Refused where there are no drafts. */
  setDraft(nodeId: string, draft: boolean): Promise<void>;

  /** One that was moved to another repository is gone. */
  issue(number: number): Promise<Issue>;
  /**
   * Asked anew each time. `none` also when the login belongs to another id by now. Rejects when GitHub does not tell, for
   * which reason ever: whoever asks denies then.
   */
  permissionOf(user: Pick<Account, 'login' | 'id'>): Promise<AccessLevel>;

  /**
   * All or nothing: one comment that GitHub refuses is a refusal of the whole, and it does not say which. The ids of its
   * comments: `commentsOfReview`.
   */
  createReview(number: number, review: NewReview): Promise<Review>;
  /** Oldest first. */
  reviews(number: number): Promise<Listed<Review>>;
  /** The comments of one review; without lines (see `ReviewComment`). */
  commentsOfReview(number: number, reviewId: number): Promise<Listed<ReviewComment>>;
  /** The comments of all reviews, oldest first. */
  reviewComments(number: number): Promise<Listed<ReviewComment>>;
  /** On a file that the pull request changes, not on a line. */
  createFileComment(
    number: number,
    comment: { readonly commit: string; readonly path: string; readonly body: string },
  ): Promise<ReviewComment>;
  /** `comment`: the first one of the thread (GitHub takes no reply to a reply). */
  replyTo(number: number, comment: number, body: string): Promise<ReviewComment>;

  /** Oldest first. */
  issueComments(number: number): Promise<Listed<IssueComment>>;
  createIssueComment(number: number, body: string): Promise<IssueComment>;
  updateIssueComment(id: number, body: string): Promise<IssueComment>;

  /** With more than 50 annotations in several requests: when a later one fails, the check run is there, not completed. */
  createCheckRun(run: NewCheckRun): Promise<CheckRun>;
  /** With more than 50 annotations in several requests: when one fails, `annotationsCount` says how far it came. */
  updateCheckRun(id: number, change: CheckRunChange): Promise<CheckRun>;
  checkRun(id: number): Promise<CheckRun>;
  /** Of a commit, also those that a later one of the same name has replaced. */
  checkRuns(
    commit: string,
    where?: { readonly name?: string; readonly appId?: number },
  ): Promise<Listed<CheckRun>>;

  /** The same reaction twice is one. */
  react(target: ReactionTarget, content: ReactionContent): Promise<Reaction>;
  reactions(target: ReactionTarget): Promise<Listed<Reaction>>;

  /** Oldest first. */
  threads(number: number): Promise<Listed<ReviewThread>>;
  /** By the id of a `ReviewThread`. Needs `RESOLVE_THREADS`. Of a resolved thread it changes nothing. */
  resolveThread(id: string): Promise<void>;
}
