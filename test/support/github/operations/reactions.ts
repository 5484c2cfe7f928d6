import { addReaction } from '../conversation.ts';
import { reactionJson } from '../json/comments.ts';
import type { ReactionContent } from '../loopback-github.ts';
import type { OperationId } from '../loopback-operations.ts';
import {
  type Answer,
  type AnyOperation,
  type Call,
  issueCommentOf,
  operation,
  reviewCommentOf,
} from '../operation.ts';
import { notFound } from '../refusal.ts';
import type { Reaction } from '../state.ts';

const READ = [{ issues: 'read' }, { pull_requests: 'read' }] as const;
const WRITE = { pull_requests: 'write' } as const;

type AnyCall = Pick<Call<OperationId>, 'world' | 'bot' | 'params' | 'repository' | 'pull'>;
const ofIssue = (call: AnyCall) => call.pull().reactions;
const ofIssueComment = (call: AnyCall) => issueCommentOf(call).comment.reactions;
const ofReviewComment = (call: AnyCall) => reviewCommentOf(call).comment.reactions;

/** Reactions to a pull request, its comments and its review comments. */
export const REACTION_OPERATIONS: readonly AnyOperation[] = [
  operation('reactions/create-for-issue', WRITE, (call) => create(call, ofIssue(call), call.body.content)),
  operation('reactions/create-for-issue-comment', WRITE, (call) =>
    create(call, ofIssueComment(call), call.body.content),
  ),
  operation('reactions/create-for-pull-request-review-comment', WRITE, (call) =>
    create(call, ofReviewComment(call), call.body.content),
  ),
  operation('reactions/list-for-issue', READ, (call) => list(call, ofIssue(call), call.query.content)),
  operation('reactions/list-for-issue-comment', READ, (call) =>
    list(call, ofIssueComment(call), call.query.content),
  ),
  operation('reactions/list-for-pull-request-review-comment', READ, (call) =>
    list(call, ofReviewComment(call), call.query.content),
  ),
  operation('reactions/delete-for-issue', WRITE, (call) => remove(call, ofIssue(call))),
  operation('reactions/delete-for-issue-comment', WRITE, (call) => remove(call, ofIssueComment(call))),
  operation('reactions/delete-for-pull-request-comment', WRITE, (call) =>
    remove(call, ofReviewComment(call)),
  ),
];

function create({ world, bot }: AnyCall, reactions: Reaction[], content: ReactionContent): Answer {
  const { reaction, isNew } = addReaction(world, reactions, bot, content);
  return { status: isNew ? 201 : 200, body: reactionJson(world.state, reaction) };
}

function list({ world }: AnyCall, reactions: readonly Reaction[], content: string | undefined): Answer {
  return {
    list: reactions
      .filter((one) => content === undefined || one.content === content)
      .map((one) => reactionJson(world.state, one)),
  };
}

function remove({ params, bot }: AnyCall, reactions: Reaction[]): Answer {
  const at = reactions.findIndex(({ id, user }) => id === params['reaction_id'] && user.id === bot.id);
  if (at < 0) throw notFound();
  reactions.splice(at, 1);
  return { status: 204, body: null };
}
