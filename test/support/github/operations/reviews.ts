import {
  addReply,
  addReview,
  addReviewComment,
  changeComment,
  removeComment,
  submitReview,
} from '../conversation.ts';
import { reviewCommentJson, reviewJson } from '../json/comments.ts';
import type { OperationId } from '../loopback-operations.ts';
import { type AnyOperation, type Call, operation, reviewCommentOf } from '../operation.ts';
import { invalidField, notFound, unprocessable } from '../refusal.ts';
import { type Review, submittedComments } from '../state.ts';

const READ = { pull_requests: 'read' } as const;
const WRITE = { pull_requests: 'write' } as const;

/** Reviews and the comments on lines. */
export const REVIEW_OPERATIONS: readonly AnyOperation[] = [
  operation('pulls/create-review', WRITE, async ({ world, pull, bot, body }) => {
    const { review } = await addReview(world, pull(), bot, body ?? {});
    return { status: 200, body: reviewJson(world.state, pull(), review) };
  }),

  operation('pulls/list-reviews', READ, ({ world, pull, bot }) => ({
    list: pull()
      .reviews.filter(({ state, author }) => state !== 'PENDING' || author.id === bot.id)
      .map((review) => reviewJson(world.state, pull(), review)),
  })),

  operation('pulls/get-review', READ, (call) => ({
    status: 200,
    body: reviewJson(call.world.state, call.pull(), reviewOf(call)),
  })),

  operation('pulls/update-review', WRITE, (call) => {
    const review = own(call, reviewOf(call));
    if (call.body.body.trim() === '') throw unprocessable("Body can't be blank");
    review.body = call.body.body;
    return { status: 200, body: reviewJson(call.world.state, call.pull(), review) };
  }),

  operation('pulls/submit-review', WRITE, (call) => {
    const review = own(call, reviewOf(call));
    if (review.state !== 'PENDING') throw unprocessable('Could not submit a review that is not pending');
    review.body = call.body.body ?? review.body;
    submitReview(call.world, call.pull(), review, call.body.event, call.bot);
    return { status: 200, body: reviewJson(call.world.state, call.pull(), review) };
  }),

  operation('pulls/delete-pending-review', WRITE, (call) => {
    const review = own(call, reviewOf(call));
    if (review.state !== 'PENDING') throw unprocessable('Can not delete a non-pending pull request review');
    const { reviews, reviewComments } = call.pull();
    reviews.splice(reviews.indexOf(review), 1);
    for (const comment of reviewComments.filter((one) => one.review === review))
      reviewComments.splice(reviewComments.indexOf(comment), 1);
    return { status: 200, body: reviewJson(call.world.state, call.pull(), review) };
  }),

  operation('pulls/list-comments-for-review', READ, (call) => {
    const review = reviewOf(call);
    return {
      list: call
        .pull()
        .reviewComments.filter((comment) => comment.review === review)
        .map((comment) => reviewCommentJson(call.world.state, call.pull(), comment)),
    };
  }),

  operation('pulls/create-review-comment', WRITE, async ({ world, pull, bot, body }) => {
    if (body.in_reply_to !== undefined) {
      const to = pull().reviewComments.find(({ id }) => id === body.in_reply_to);
      if (to === undefined) throw invalidField('PullRequestReviewComment', 'in_reply_to', 'is not there');
      const reply = addReply(world, pull(), bot, to, body.body);
      return { status: 201, body: reviewCommentJson(world.state, pull(), reply) };
    }
    const comment = await addReviewComment(world, pull(), bot, body);
    return { status: 201, body: reviewCommentJson(world.state, pull(), comment) };
  }),

  operation('pulls/create-reply-for-review-comment', WRITE, (call) => {
    const { pull, comment } = reviewCommentOf(call);
    // Only the first comment of a thread can be answered by this endpoint (docs.github.com/rest/pulls/comments).
    if (comment.inReplyTo !== null || pull !== call.pull() || comment.review?.state === 'PENDING')
      throw notFound();
    const reply = addReply(call.world, pull, call.bot, comment, call.body.body);
    return { status: 201, body: reviewCommentJson(call.world.state, pull, reply) };
  }),

  operation('pulls/list-review-comments', READ, ({ world, pull, query }) => ({
    list: inOrder(submittedComments(pull()), query).map((comment) =>
      reviewCommentJson(world.state, pull(), comment),
    ),
  })),

  operation('pulls/get-review-comment', READ, (call) => {
    const { pull, comment } = reviewCommentOf(call);
    return { status: 200, body: reviewCommentJson(call.world.state, pull, comment) };
  }),

  operation('pulls/update-review-comment', WRITE, (call) => {
    const { pull, comment } = reviewCommentOf(call);
    own(call, comment);
    changeComment(call.world, pull, comment, call.body.body, call.bot);
    return { status: 200, body: reviewCommentJson(call.world.state, pull, comment) };
  }),

  operation('pulls/delete-review-comment', WRITE, (call) => {
    const { pull, comment } = reviewCommentOf(call);
    removeComment(call.world, pull, own(call, comment), call.bot);
    return { status: 204, body: null };
  }),
];

/** What was updated since then, sorted as asked. */
export function inOrder<T extends { readonly createdAt: Date; readonly updatedAt: Date }>(
  comments: readonly T[],
  query: {
    readonly sort?: string | undefined;
    readonly direction?: string | undefined;
    readonly since?: string | undefined;
  },
): T[] {
  const { since } = query;
  const found = comments.filter(
    ({ updatedAt }) => since === undefined || updatedAt.getTime() >= new Date(since).getTime(),
  );
  if (query.sort === 'updated')
    found.sort((one, other) => one.updatedAt.getTime() - other.updatedAt.getTime());
  if (query.sort !== undefined && query.direction === 'desc') found.reverse();
  return found;
}

function reviewOf(call: Pick<Call<OperationId>, 'params' | 'pull' | 'bot'>): Review {
  const review = call.pull().reviews.find(({ id }) => id === call.params['review_id']);
  if (review === undefined || (review.state === 'PENDING' && review.author.id !== call.bot.id))
    throw notFound();
  return review;
}

/** An App may change what is its own. */
function own<T extends { readonly author: { readonly id: number } }>(
  { bot }: Pick<Call<OperationId>, 'bot'>,
  thing: T,
): T {
  if (thing.author.id !== bot.id) throw notFound();
  return thing;
}
