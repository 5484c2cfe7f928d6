import { createAppAuth } from '@octokit/auth-app';
import { Octokit } from '@octokit/rest';
import type { LoopbackGitHub } from '../../test/support/github/loopback-github.ts';

/** A comment that is to be on a line. */
export interface LineComment {
  readonly path: string;
  readonly line: number;
  readonly side: 'LEFT' | 'RIGHT';
  readonly body: string;
}

/** Posts what is not there yet. */
export type CommentByComment = (
  number: number,
  comments: readonly LineComment[],
  summary: string,
) => Promise<void>;

/**
 * A reviewer that posts as many do: it looks at the pull request and at the comments that are there, creates each other comment by
 * a call of its own, and keeps one comment with a summary. What it asks to know the change is not counted, and it has no check
 * run: fewer calls than such a reviewer makes.
 */
export function createCommentByComment(github: LoopbackGitHub, repository: string): CommentByComment {
  const [owner = '', repo = ''] = repository.split('/');
  const octokit = new Octokit({
    baseUrl: github.apiUrl,
    authStrategy: createAppAuth,
    auth: {
      ...{ appId: github.app.id, privateKey: github.app.privateKey },
      installationId: github.installationOf(repository),
    },
  });
  return async (number, comments, summary) => {
    const pull = { owner, repo, pull_number: number };
    const { data } = await octokit.rest.pulls.get(pull);
    const there = await octokit.paginate(octokit.rest.pulls.listReviewComments, { ...pull, per_page: 100 });
    const known = new Set(there.map(({ body }) => body));
    for (const comment of comments)
      if (!known.has(comment.body))
        await octokit.rest.pulls.createReviewComment({ ...pull, ...comment, commit_id: data.head.sha });
    const issue = { owner, repo, issue_number: number };
    const talk = await octokit.paginate(octokit.rest.issues.listComments, { ...issue, per_page: 100 });
    const own = talk.find(({ user }) => user?.id === github.app.userId);
    if (own === undefined) await octokit.rest.issues.createComment({ ...issue, body: summary });
    else await octokit.rest.issues.updateComment({ owner, repo, comment_id: own.id, body: summary });
  };
}
