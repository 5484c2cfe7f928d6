import {
  type Account,
  type Conversation,
  fullName,
  isPull,
  type PullRequest,
  type Repository,
  type State,
  submittedComments,
} from '../state.ts';
import { accountJson, associationOf, nodeId } from './account.ts';
import { htmlUrl, reactionsJson } from './comments.ts';
import { labelJson, repositoryApi, repositoryJson } from './repository.ts';

/** `pull-request`; also what webhooks have. */
export function pullRequestJson(state: State, pull: PullRequest): Record<string, unknown> {
  const { size } = pull;
  return {
    ...simplePullRequestJson(state, pull),
    merged: pull.mergedAt !== null,
    mergeable: pull.state === 'open' ? true : null,
    rebaseable: pull.state === 'open' ? true : null,
    mergeable_state: pull.isDraft ? 'draft' : 'clean',
    merged_by: pull.mergedAt === null ? null : accountJson(state, pull.author),
    comments: pull.issueComments.length,
    review_comments: submittedComments(pull).length,
    maintainer_can_modify: false,
    commits: size.commits,
    additions: size.added,
    deletions: size.removed,
    changed_files: size.files,
  };
}

/** `pull-request-simple` */
export function simplePullRequestJson(state: State, pull: PullRequest): Record<string, unknown> {
  const { repository, number } = pull;
  const api = repositoryApi(state, repository);
  const html = `${state.url}/${fullName(repository)}/pull/${number}`;
  const links = {
    self: `${api}/pulls/${number}`,
    html,
    issue: `${api}/issues/${number}`,
    comments: `${api}/issues/${number}/comments`,
    review_comments: `${api}/pulls/${number}/comments`,
    review_comment: `${api}/pulls/comments{/number}`,
    commits: `${api}/pulls/${number}/commits`,
    statuses: `${api}/statuses/${pull.headSha}`,
  };
  return {
    url: links.self,
    id: pull.id,
    node_id: nodeId('PR', pull.id),
    html_url: html,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    issue_url: links.issue,
    number,
    state: pull.state,
    locked: false,
    title: pull.title,
    user: accountJson(state, pull.author),
    body: pull.body,
    created_at: pull.createdAt.toISOString(),
    updated_at: pull.updatedAt.toISOString(),
    closed_at: pull.closedAt?.toISOString() ?? null,
    merged_at: pull.mergedAt?.toISOString() ?? null,
    merge_commit_sha: pull.mergeCommit,
    ...assigneesJson(state, pull.assignees),
    requested_reviewers: [],
    requested_teams: [],
    labels: pull.labels.map((label) => labelJson(state, repository, label)),
    milestone: null,
    draft: pull.isDraft,
    commits_url: links.commits,
    review_comments_url: links.review_comments,
    review_comment_url: links.review_comment,
    comments_url: links.comments,
    statuses_url: links.statuses,
    head: side(state, pull.headRepository, pull.headOwner, pull.headRef, pull.headSha),
    base: side(state, repository, repository.owner, pull.baseRef, pull.baseSha),
    _links: Object.fromEntries(Object.entries(links).map(([name, href]) => [name, { href }])),
    author_association: associationOf(repository, pull.author),
    auto_merge: null,
    active_lock_reason: null,
  };
}

/** `issue`: also what a pull request is to the endpoints for issues. */
export function issueJson(state: State, on: Conversation): Record<string, unknown> {
  const { repository, number } = on;
  const api = `${repositoryApi(state, repository)}/issues/${number}`;
  const html = htmlUrl(state, on);
  return {
    url: api,
    repository_url: repositoryApi(state, repository),
    labels_url: `${api}/labels{/name}`,
    comments_url: `${api}/comments`,
    events_url: `${api}/events`,
    timeline_url: `${api}/timeline`,
    html_url: html,
    id: isPull(on) ? on.id + 500_000 : on.id,
    node_id: nodeId(isPull(on) ? 'PR' : 'I', on.id),
    number,
    title: on.title,
    user: accountJson(state, on.author),
    labels: on.labels.map((label) => labelJson(state, repository, label)),
    state: on.state,
    state_reason: on.state === 'closed' && !isPull(on) ? 'completed' : null,
    locked: false,
    ...assigneesJson(state, on.assignees),
    milestone: null,
    comments: on.issueComments.length,
    created_at: on.createdAt.toISOString(),
    updated_at: on.updatedAt.toISOString(),
    closed_at: on.closedAt?.toISOString() ?? null,
    author_association: associationOf(repository, on.author),
    active_lock_reason: null,
    ...(isPull(on) && {
      draft: on.isDraft,
      pull_request: {
        url: `${repositoryApi(state, repository)}/pulls/${number}`,
        html_url: html,
        diff_url: `${html}.diff`,
        patch_url: `${html}.patch`,
        merged_at: on.mergedAt?.toISOString() ?? null,
      },
    }),
    body: on.body,
    reactions: reactionsJson(`${api}/reactions`, on.reactions),
    performed_via_github_app: null,
  };
}

function assigneesJson(state: State, assignees: readonly Account[]) {
  const all = assignees.map((one) => accountJson(state, one));
  return { assignee: all[0] ?? null, assignees: all };
}

function side(state: State, repository: Repository | null, owner: Account, ref: string, sha: string) {
  return {
    label: `${owner.login}:${ref}`,
    ref,
    sha,
    user: accountJson(state, owner),
    repo: repository === null ? null : repositoryJson(state, repository),
  };
}
