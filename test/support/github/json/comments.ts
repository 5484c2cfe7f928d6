import {
  type Conversation,
  fullName,
  type IssueComment,
  isPull,
  type PullRequest,
  type Reaction,
  type Review,
  type ReviewComment,
  type State,
} from '../state.ts';
import { accountJson, appJson, associationOf, nodeId } from './account.ts';
import { repositoryApi } from './repository.ts';

/** `pull-request-review` */
export function reviewJson(state: State, pull: PullRequest, review: Review): Record<string, unknown> {
  const html = `${state.url}/${fullName(pull.repository)}/pull/${pull.number}`;
  const api = `${repositoryApi(state, pull.repository)}/pulls/${pull.number}`;
  return {
    id: review.id,
    node_id: nodeId('PRR', review.id),
    user: accountJson(state, review.author),
    body: review.body,
    state: review.state,
    html_url: `${html}#pullrequestreview-${review.id}`,
    pull_request_url: api,
    author_association: associationOf(pull.repository, review.author),
    _links: {
      html: { href: `${html}#pullrequestreview-${review.id}` },
      pull_request: { href: api },
    },
    ...(review.submittedAt === null ? {} : { submitted_at: review.submittedAt.toISOString() }),
    commit_id: review.commitId,
  };
}

/**
 * `pull-request-review-comment`. Of an outdated one `line` is null and `position` 1, as in recorded payloads; the lines of a
 * comment on a file are null, its `position` is 1.
 */
export function reviewCommentJson(
  state: State,
  pull: PullRequest,
  comment: ReviewComment,
): Record<string, unknown> {
  const { original, now } = comment;
  const api = `${repositoryApi(state, pull.repository)}/pulls/comments/${comment.id}`;
  const pullApi = `${repositoryApi(state, pull.repository)}/pulls/${pull.number}`;
  const html = `${state.url}/${fullName(pull.repository)}/pull/${pull.number}#discussion_r${comment.id}`;
  return {
    url: api,
    pull_request_review_id: comment.review?.id ?? null,
    id: comment.id,
    node_id: nodeId('PRRC', comment.id),
    diff_hunk: original.diffHunk,
    path: original.path,
    commit_id: now?.commitId ?? original.commitId,
    original_commit_id: original.commitId,
    user: accountJson(state, comment.author),
    body: comment.body,
    created_at: comment.createdAt.toISOString(),
    updated_at: comment.updatedAt.toISOString(),
    html_url: html,
    pull_request_url: pullApi,
    author_association: associationOf(pull.repository, comment.author),
    _links: { self: { href: api }, html: { href: html }, pull_request: { href: pullApi } },
    reactions: reactionsJson(`${api}/reactions`, comment.reactions),
    start_line: original.subject === 'file' ? null : (now?.startLine ?? null),
    original_start_line: original.startLine,
    start_side: original.startSide,
    line: original.subject === 'file' ? null : (now?.line ?? null),
    original_line: original.line,
    side: original.side,
    original_position: original.position,
    position: now?.position ?? 1,
    subject_type: original.subject,
    ...(comment.inReplyTo === null ? {} : { in_reply_to_id: comment.inReplyTo.id }),
  };
}

/** Where a person reads an issue or a pull request. */
export const htmlUrl = (state: State, on: Conversation): string =>
  `${state.url}/${fullName(on.repository)}/${isPull(on) ? 'pull' : 'issues'}/${on.number}`;

/** `issue-comment` */
export function issueCommentJson(
  state: State,
  on: Conversation,
  comment: IssueComment,
): Record<string, unknown> {
  const api = `${repositoryApi(state, on.repository)}/issues`;
  return {
    url: `${api}/comments/${comment.id}`,
    html_url: `${htmlUrl(state, on)}#issuecomment-${comment.id}`,
    issue_url: `${api}/${on.number}`,
    id: comment.id,
    node_id: nodeId('IC', comment.id),
    user: accountJson(state, comment.author),
    created_at: comment.createdAt.toISOString(),
    updated_at: comment.updatedAt.toISOString(),
    author_association: associationOf(on.repository, comment.author),
    body: comment.body,
    reactions: reactionsJson(`${api}/comments/${comment.id}/reactions`, comment.reactions),
    performed_via_github_app: comment.isByApp ? appJson(state) : null,
  };
}

/** `reaction` */
export function reactionJson(state: State, reaction: Reaction) {
  return {
    id: reaction.id,
    node_id: nodeId('REA', reaction.id),
    user: accountJson(state, reaction.user),
    content: reaction.content,
    created_at: reaction.createdAt.toISOString(),
  };
}

/** `reaction-rollup` */
export function reactionsJson(url: string, reactions: readonly Reaction[]) {
  const count = (content: string) => reactions.filter((one) => one.content === content).length;
  return {
    url,
    total_count: reactions.length,
    '+1': count('+1'),
    '-1': count('-1'),
    laugh: count('laugh'),
    confused: count('confused'),
    heart: count('heart'),
    hooray: count('hooray'),
    eyes: count('eyes'),
    rocket: count('rocket'),
  };
}
