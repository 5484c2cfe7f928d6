import { addIssueComment, changeComment, removeComment } from '../conversation.ts';
import { issueCommentJson } from '../json/comments.ts';
import { issueJson } from '../json/pull-request.ts';
import { labelJson } from '../json/repository.ts';
import {
  type AnyOperation,
  conversationOf,
  issueCommentOf,
  operation,
  READ_CONVERSATION as READ,
  WRITE_CONVERSATION as WRITE,
} from '../operation.ts';
import { GitHubRefusal } from '../refusal.ts';
import { inOrder } from './reviews.ts';

/** Issues, and the conversation of a pull request, which GitHub has as an issue. */
export const ISSUE_OPERATIONS: readonly AnyOperation[] = [
  operation('issues/get', READ, (call) => ({
    status: 200,
    body: issueJson(call.world.state, conversationOf(call, 'read')),
  })),

  operation('issues/list-labels-on-issue', READ, (call) => {
    const { labels, repository } = conversationOf(call, 'read');
    return { list: labels.map((label) => labelJson(call.world.state, repository, label)) };
  }),

  operation('issues/create-comment', WRITE, (call) => {
    const on = conversationOf(call, 'write');
    const comment = addIssueComment(call.world, on, call.bot, call.body.body);
    return { status: 201, body: issueCommentJson(call.world.state, on, comment) };
  }),

  operation('issues/list-comments', READ, (call) => {
    const on = conversationOf(call, 'read');
    return {
      list: inOrder(on.issueComments, call.query).map((comment) =>
        issueCommentJson(call.world.state, on, comment),
      ),
    };
  }),

  operation('issues/get-comment', READ, (call) => {
    const { on, comment } = issueCommentOf(call, 'read');
    return { status: 200, body: issueCommentJson(call.world.state, on, comment) };
  }),

  operation('issues/update-comment', WRITE, (call) => {
    const { on, comment } = issueCommentOf(call, 'write');
    if (comment.author.id !== call.bot.id) throw forbidden();
    changeComment(call.world, on, comment, call.body.body, call.bot);
    return { status: 200, body: issueCommentJson(call.world.state, on, comment) };
  }),

  operation('issues/delete-comment', WRITE, (call) => {
    const { on, comment } = issueCommentOf(call, 'write');
    if (comment.author.id !== call.bot.id) throw forbidden();
    removeComment(call.world, on, comment, call.bot);
    return { status: 204, body: null };
  }),
];

/** With `issues: write` an App may edit what others wrote; ours never should, so it may not. */
const forbidden = () => new GitHubRefusal(403, 'Resource not accessible by integration');
