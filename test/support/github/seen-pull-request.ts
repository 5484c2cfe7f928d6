import type {
  SeenIssue,
  SeenIssueComment,
  SeenPullRequest,
  SeenReaction,
  SeenReviewComment,
} from './loopback-github.ts';
import {
  type Issue,
  type IssueComment,
  type PullRequest,
  type Reaction,
  type ReviewComment,
  submittedComments,
  type Thread,
} from './state.ts';

/** A pull request as a person would see it. */
export function seenPullRequest(pull: PullRequest): SeenPullRequest {
  const comments = submittedComments(pull);
  const threads = new Map<Thread, ReviewComment[]>();
  for (const comment of comments)
    threads.set(comment.thread, [...(threads.get(comment.thread) ?? []), comment]);
  return {
    number: pull.number,
    author: pull.author.login,
    title: pull.title,
    body: pull.body ?? '',
    state: pull.state,
    isDraft: pull.isDraft,
    isMerged: pull.mergedAt !== null,
    labels: pull.labels.map(({ name }) => name),
    assignees: pull.assignees.map(({ login }) => login),
    headRef: pull.headRef,
    headSha: pull.headSha,
    baseRef: pull.baseRef,
    baseSha: pull.baseSha,
    reviews: pull.reviews.map(({ id, author, body, state, commitId }) => ({
      id,
      user: author.login,
      body,
      state,
      commitId,
    })),
    threads: [...threads].map(([thread, inThread]) => {
      const seen = inThread.map(seenComment);
      return {
        id: thread.id,
        isResolved: thread.resolvedBy !== null,
        resolvedBy: thread.resolvedBy?.login ?? null,
        isOutdated: seen[0]?.isOutdated ?? false,
        path: seen[0]?.path ?? '',
        line: seen[0]?.line ?? null,
        comments: seen,
      };
    }),
    reviewComments: comments.map(seenComment),
    issueComments: pull.issueComments.map(seenIssueComment),
    checkRuns: [...pull.repository.checkRuns.values()]
      .filter(({ headSha }) => pull.heads.includes(headSha))
      .map((run) => ({
        id: run.id,
        name: run.name,
        headSha: run.headSha,
        status: run.status,
        conclusion: run.conclusion,
        externalId: run.externalId,
        title: run.title,
        summary: run.summary,
        text: run.text,
        annotations: run.annotations.map((one) => ({
          path: one.path,
          startLine: one.start_line,
          endLine: one.end_line,
          level: one.annotation_level,
          title: one.title,
          message: one.message,
        })),
      })),
    reactions: seenReactions(pull.reactions),
  };
}

/** An issue as a person would see it. */
export function seenIssue({ number, title, state, body, ...issue }: Issue): SeenIssue {
  return {
    number,
    author: issue.author.login,
    title,
    body: body ?? '',
    state,
    labels: issue.labels.map(({ name }) => name),
    assignees: issue.assignees.map(({ login }) => login),
    issueComments: issue.issueComments.map(seenIssueComment),
    reactions: seenReactions(issue.reactions),
  };
}

const seenIssueComment = ({
  id,
  author,
  body,
  createdAt,
  updatedAt,
  reactions,
}: IssueComment): SeenIssueComment => ({
  id,
  user: author.login,
  body,
  isEdited: createdAt !== updatedAt,
  reactions: seenReactions(reactions),
});

function seenComment({ original, now, ...comment }: ReviewComment): SeenReviewComment {
  const isFile = original.subject === 'file';
  return {
    id: comment.id,
    reviewId: comment.review?.id ?? null,
    inReplyTo: comment.inReplyTo?.id ?? null,
    user: comment.author.login,
    body: comment.body,
    path: original.path,
    subject: original.subject,
    line: isFile ? null : (now?.line ?? null),
    startLine: isFile ? null : (now?.startLine ?? null),
    side: original.side,
    startSide: original.startSide,
    originalLine: original.line,
    originalStartLine: original.startLine,
    commitId: now?.commitId ?? original.commitId,
    originalCommitId: original.commitId,
    isOutdated: now === null,
    diffHunk: original.diffHunk,
    reactions: seenReactions(comment.reactions),
  };
}

const seenReactions = (reactions: readonly Reaction[]): SeenReaction[] =>
  reactions.map(({ user, content }) => ({ user: user.login, content }));
