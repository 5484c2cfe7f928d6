import { nodeId } from './json/account.ts';
import type { ReactionContent } from './loopback-github.ts';
import { followComments, isCommitOf, shownAt } from './pull-requests.ts';
import { invalidField, unprocessable } from './refusal.ts';
import {
  diffHunkOf,
  LIMITS,
  positionOf,
  reviewCommentProblem,
  type SentComment,
  textProblem,
} from './review-rules.ts';
import {
  type Account,
  type Conversation,
  type IssueComment,
  isPull,
  type OriginalPlace,
  type PullRequest,
  type Reaction,
  type Review,
  type ReviewComment,
  type Thread,
} from './state.ts';
import type { World } from './world.ts';

/** A review as it is sent. */
export interface SentReview {
  readonly commit_id?: string | undefined;
  readonly body?: string | undefined;
  /** Missing: it stays pending. */
  readonly event?: 'APPROVE' | 'REQUEST_CHANGES' | 'COMMENT' | undefined;
  readonly comments?: readonly SentComment[] | undefined;
}

/**
 * Stores a review with all its comments, or nothing.
 * @throws GitHubRefusal 422, which does not tell which comment it was
 */
export async function addReview(
  world: World,
  pull: PullRequest,
  author: Account,
  sent: SentReview,
): Promise<{ readonly review: Review; readonly comments: readonly ReviewComment[] }> {
  const commitId = sent.commit_id ?? pull.headSha;
  const comments = sent.comments ?? [];
  checkReview(pull, author, sent.event, sent.body ?? '', comments.length);
  if (!(await isCommitOf(pull, commitId)))
    throw unprocessable('Commit is not part of the pull request', `${commitId} is not of #${pull.number}`);
  const places: OriginalPlace[] = [];
  for (const [at, comment] of comments.entries()) {
    const { problem, place } = await placeOf(pull, commitId, comment);
    if (place === null)
      throw unprocessable(/^[^:]*/.exec(problem)?.[0] ?? problem, `comments[${at}]: ${problem}`);
    places.push(place);
  }
  const review: Review = {
    id: world.state.nextId(),
    author,
    body: sent.body ?? '',
    state: 'PENDING',
    commitId,
    submittedAt: null,
  };
  const made = comments.map(({ body }, at) => {
    const original = places[at];
    if (original === undefined) throw new Error('a comment without a place');
    return makeComment(world, author, body, review, null, newThread(world), original);
  });
  await followComments(pull, made);
  pull.reviews.push(review);
  pull.reviewComments.push(...made);
  if (sent.event !== undefined) submitReview(world, pull, review, sent.event, author);
  return { review, comments: made };
}

/** A pending review is seen by everybody from now on. @throws GitHubRefusal 422 */
export function submitReview(
  world: World,
  pull: PullRequest,
  review: Review,
  event: 'APPROVE' | 'REQUEST_CHANGES' | 'COMMENT',
  by: Account,
): void {
  const comments = pull.reviewComments.filter((comment) => comment.review === review);
  checkEvent(pull, by, event, review.body, comments.length);
  review.state = { APPROVE: 'APPROVED', REQUEST_CHANGES: 'CHANGES_REQUESTED', COMMENT: 'COMMENTED' }[
    event
  ] as Review['state'];
  review.submittedAt = new Date();
  const about = { repository: pull.repository, pull, by };
  world.emit('pull_request_review', 'submitted', { ...about, review });
  for (const reviewComment of comments)
    world.emit('pull_request_review_comment', 'created', { ...about, reviewComment });
}

/** One comment alone: GitHub makes a review of its own for it. @throws GitHubRefusal 422 */
export async function addReviewComment(
  world: World,
  pull: PullRequest,
  author: Account,
  sent: SentComment & { readonly commit_id: string },
): Promise<ReviewComment> {
  if (pendingReviewOf(pull, author) !== undefined) throw pendingReview();
  if (!(await isCommitOf(pull, sent.commit_id)))
    throw invalidField('PullRequestReviewComment', 'commit_id', 'is not part of the pull request');
  const { problem, place } = await placeOf(pull, sent.commit_id, sent);
  if (place === null) throw invalidField('PullRequestReviewComment', 'pull_request_review_thread', problem);
  const review = ownReview(world, author, sent.commit_id);
  const comment = makeComment(world, author, sent.body, review, null, newThread(world), place);
  await followComments(pull, [comment]);
  pull.reviews.push(review);
  pull.reviewComments.push(comment);
  announce(world, pull, comment, author);
  return comment;
}

/** An answer in the thread of a comment. @throws GitHubRefusal 422 */
export function addReply(
  world: World,
  pull: PullRequest,
  author: Account,
  to: ReviewComment,
  body: string,
): ReviewComment {
  const problem = textProblem(body);
  if (problem !== null) throw invalidField('PullRequestReviewComment', 'body', problem);
  if (pendingReviewOf(pull, author) !== undefined) throw pendingReview();
  const first = to.inReplyTo ?? to;
  const review = ownReview(world, author, pull.headSha);
  const comment = makeComment(world, author, body, review, first, first.thread, first.original);
  comment.now = first.now;
  pull.reviews.push(review);
  pull.reviewComments.push(comment);
  announce(world, pull, comment, author);
  return comment;
}

/** @throws GitHubRefusal 422 */
export function addIssueComment(world: World, on: Conversation, author: Account, body: string): IssueComment {
  const problem = textProblem(body);
  if (problem !== null) throw invalidField('IssueComment', 'body', problem);
  const now = new Date();
  const comment: IssueComment = {
    id: world.state.nextId(),
    author,
    isByApp: author.id === world.state.app.userId,
    createdAt: now,
    updatedAt: now,
    body,
    reactions: [],
  };
  on.issueComments.push(comment);
  world.emit('issue_comment', 'created', { ...aboutOf(on), by: author, issueComment: comment });
  return comment;
}

/** Gives an issue comment or a review comment another body. @throws GitHubRefusal 422 */
export function changeComment(
  world: World,
  on: Conversation,
  comment: IssueComment | ReviewComment,
  body: string,
  by: Account,
): void {
  const problem = textProblem(body);
  if (problem !== null) throw invalidField('Comment', 'body', problem);
  const before = comment.body;
  comment.body = body;
  comment.updatedAt = new Date();
  tellOf(world, on, comment, 'edited', by, { changes: { body: { from: before } } });
}

/** A first comment takes nothing with it: its replies stay in the thread. */
export function removeComment(
  world: World,
  on: Conversation,
  comment: IssueComment | ReviewComment,
  by: Account,
): void {
  const list: (IssueComment | ReviewComment)[] =
    'thread' in comment && isPull(on) ? on.reviewComments : on.issueComments;
  list.splice(list.indexOf(comment), 1);
  tellOf(world, on, comment, 'deleted', by);
}

/** One of each kind a person: a second one is the first. */
export function addReaction(
  world: World,
  reactions: Reaction[],
  user: Account,
  content: ReactionContent,
): { readonly reaction: Reaction; readonly isNew: boolean } {
  const there = reactions.find((one) => one.user.id === user.id && one.content === content);
  if (there !== undefined) return { reaction: there, isNew: false };
  const reaction = { id: world.state.nextId(), user, content, createdAt: new Date() };
  reactions.push(reaction);
  return { reaction, isNew: true };
}

/** Resolves a thread, or opens it again (`by` null). */
export function resolveThread(
  world: World,
  pull: PullRequest,
  thread: Thread,
  by: Account,
  isResolved: boolean,
): void {
  if ((thread.resolvedBy !== null) === isResolved) return;
  thread.resolvedBy = isResolved ? by : null;
  world.emit('pull_request_review_thread', isResolved ? 'resolved' : 'unresolved', {
    repository: pull.repository,
    pull,
    by,
    thread,
  });
}

async function placeOf(
  pull: PullRequest,
  commitId: string,
  sent: SentComment,
): Promise<{ readonly problem: string; readonly place: OriginalPlace | null }> {
  const { baseId, diff } = await shownAt(pull, commitId);
  const problem = reviewCommentProblem(diff, sent);
  const file = diff.get(sent.path);
  if (problem !== null || file === undefined) return { problem: problem ?? 'no file', place: null };
  const isFile = sent.subject_type === 'file';
  const line = isFile ? null : (sent.line ?? null);
  const side = sent.side === 'LEFT' ? 'LEFT' : 'RIGHT';
  const startLine = isFile ? null : (sent.start_line ?? null);
  const place: OriginalPlace = {
    path: sent.path,
    oldPath: file.oldPath,
    subject: isFile ? 'file' : 'line',
    line,
    startLine,
    side,
    startSide: startLine === null ? null : (sent.start_side ?? side) === 'LEFT' ? 'LEFT' : 'RIGHT',
    commitId,
    baseId,
    position: line === null ? 1 : (positionOf(file, line, side) ?? 1),
    diffHunk: line === null ? '' : diffHunkOf(file, line, side),
  };
  return { problem: '', place };
}

function checkReview(
  pull: PullRequest,
  author: Account,
  event: SentReview['event'],
  body: string,
  comments: number,
): void {
  if (pendingReviewOf(pull, author) !== undefined) throw pendingReview();
  if ([...body].length > LIMITS.body)
    throw unprocessable(`Body is too long (maximum is ${LIMITS.body} characters)`);
  if (event !== undefined) checkEvent(pull, author, event, body, comments);
}

function checkEvent(pull: PullRequest, author: Account, event: string, body: string, comments: number): void {
  if (author.id === pull.author.id && event !== 'COMMENT')
    throw unprocessable(
      event === 'APPROVE'
        ? 'Can not approve your own pull request'
        : 'Can not request changes on your own pull request',
    );
  if (event === 'REQUEST_CHANGES' && body.trim() === '') throw unprocessable("Body can't be blank");
  if (event === 'COMMENT' && body.trim() === '' && comments === 0) throw unprocessable("Body can't be blank");
}

const pendingReviewOf = (pull: PullRequest, author: Account) =>
  pull.reviews.find((review) => review.state === 'PENDING' && review.author.id === author.id);

const pendingReview = () => unprocessable('User can only have one pending review per pull request');

const ownReview = (world: World, author: Account, commitId: string): Review => ({
  id: world.state.nextId(),
  author,
  body: '',
  state: 'COMMENTED',
  commitId,
  submittedAt: new Date(),
});

function newThread(world: World): Thread {
  return { id: nodeId('PRRT', world.state.nextId()), resolvedBy: null };
}

function makeComment(
  world: World,
  author: Account,
  body: string,
  review: Review,
  inReplyTo: ReviewComment | null,
  thread: Thread,
  original: OriginalPlace,
): ReviewComment {
  const now = new Date();
  return {
    id: world.state.nextId(),
    author,
    isByApp: author.id === world.state.app.userId,
    createdAt: now,
    updatedAt: now,
    body,
    review,
    inReplyTo,
    thread,
    original,
    now: null,
    reactions: [],
  };
}

function announce(world: World, pull: PullRequest, comment: ReviewComment, by: Account): void {
  world.emit('pull_request_review', 'submitted', {
    repository: pull.repository,
    pull,
    by,
    ...(comment.review === null ? {} : { review: comment.review }),
  });
  tellOf(world, pull, comment, 'created', by);
}

/** What a webhook tells of where it was. */
export const aboutOf = (on: Conversation) => ({
  repository: on.repository,
  ...(isPull(on) ? { pull: on } : { issue: on }),
});

function tellOf(
  world: World,
  on: Conversation,
  comment: IssueComment | ReviewComment,
  action: string,
  by: Account,
  more?: Record<string, unknown>,
): void {
  const about = { ...aboutOf(on), by, ...(more === undefined ? {} : { more }) };
  if ('thread' in comment)
    world.emit('pull_request_review_comment', action, { ...about, reviewComment: comment });
  else world.emit('issue_comment', action, { ...about, issueComment: comment });
}
