import { addIssueComment, changeComment, removeComment } from '../conversation.ts';
import { issueCommentJson } from '../json/comments.ts';
import { issueJson } from '../json/pull-request.ts';
import { labelJson } from '../json/repository.ts';
import { type AnyOperation, issueCommentOf, operation } from '../operation.ts';
import { GitHubRefusal } from '../refusal.ts';
import { inOrder } from './reviews.ts';

const READ = [{ issues: 'read' }, { pull_requests: 'read' }] as const;
/** `issues: write` alone cannot comment on a pull request, and here all issues are pull requests. */
const WRITE = { pull_requests: 'write' } as const;

/** The conversation of a pull request, which GitHub has as an issue. */
export const ISSUE_OPERATIONS: readonly AnyOperation[] = [
  operation('issues/get', READ, ({ world, pull }) => ({ status: 200, body: issueJson(world.state, pull()) })),

  operation('issues/list-labels-on-issue', READ, ({ world, pull }) => ({
    list: pull().labels.map((label) => labelJson(world.state, pull().repository, label)),
  })),

  operation('issues/create-comment', WRITE, ({ world, pull, bot, body }) => ({
    status: 201,
    body: issueCommentJson(world.state, pull(), addIssueComment(world, pull(), bot, body.body)),
  })),

  operation('issues/list-comments', READ, ({ world, pull, query }) => ({
    list: inOrder(pull().issueComments, query).map((comment) =>
      issueCommentJson(world.state, pull(), comment),
    ),
  })),

  operation('issues/get-comment', READ, (call) => {
    const { pull, comment } = issueCommentOf(call);
    return { status: 200, body: issueCommentJson(call.world.state, pull, comment) };
  }),

  operation('issues/update-comment', WRITE, (call) => {
    const { pull, comment } = issueCommentOf(call);
    if (comment.author.id !== call.bot.id) throw forbidden();
    changeComment(call.world, pull, comment, call.body.body, call.bot);
    return { status: 200, body: issueCommentJson(call.world.state, pull, comment) };
  }),

  operation('issues/delete-comment', WRITE, (call) => {
    const { pull, comment } = issueCommentOf(call);
    if (comment.author.id !== call.bot.id) throw forbidden();
    removeComment(call.world, pull, comment, call.bot);
    return { status: 204, body: null };
  }),
];

/** With `issues: write` an App may edit what others wrote; ours never should, so it may not. */
const forbidden = () => new GitHubRefusal(403, 'Resource not accessible by integration');
