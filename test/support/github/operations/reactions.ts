import { addReaction } from '../conversation.ts';
import { reactionJson } from '../json/comments.ts';
import type { ReactionContent } from '../loopback-github.ts';
import type { OperationId } from '../loopback-operations.ts';
import {
  type Answer,
  type AnyOperation,
  type Call,
  conversationOf,
  issueCommentOf,
  operation,
  READ_CONVERSATION,
  reviewCommentOf,
  WRITE_CONVERSATION,
} from '../operation.ts';
import { notFound } from '../refusal.ts';
import type { Reaction } from '../state.ts';

const WRITE = { pull_requests: 'write' } as const;

type AnyCall = Pick<
  Call<OperationId>,
  'world' | 'bot' | 'params' | 'repository' | 'conversation' | 'require'
>;
type Level = 'read' | 'write';
const ofIssue = (call: AnyCall, level: Level) => conversationOf(call, level).reactions;
const ofIssueComment = (call: AnyCall, level: Level) => issueCommentOf(call, level).comment.reactions;
const ofReviewComment = (call: AnyCall) => reviewCommentOf(call).comment.reactions;

/** Reactions to an issue or a pull request, its comments and its review comments. */
export const REACTION_OPERATIONS: readonly AnyOperation[] = [
  operation('reactions/create-for-issue', WRITE_CONVERSATION, (call) =>
    create(call, ofIssue(call, 'write'), call.body.content),
  ),
  operation('reactions/create-for-issue-comment', WRITE_CONVERSATION, (call) =>
    create(call, ofIssueComment(call, 'write'), call.body.content),
  ),
  operation('reactions/create-for-pull-request-review-comment', WRITE, (call) =>
    create(call, ofReviewComment(call), call.body.content),
  ),
  operation('reactions/list-for-issue', READ_CONVERSATION, (call) =>
    list(call, ofIssue(call, 'read'), call.query.content),
  ),
  operation('reactions/list-for-issue-comment', READ_CONVERSATION, (call) =>
    list(call, ofIssueComment(call, 'read'), call.query.content),
  ),
  operation('reactions/list-for-pull-request-review-comment', READ_CONVERSATION, (call) =>
    list(call, ofReviewComment(call), call.query.content),
  ),
  operation('reactions/delete-for-issue', WRITE_CONVERSATION, (call) => remove(call, ofIssue(call, 'write'))),
  operation('reactions/delete-for-issue-comment', WRITE_CONVERSATION, (call) =>
    remove(call, ofIssueComment(call, 'write')),
  ),
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
