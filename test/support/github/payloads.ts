import { createRequire } from 'node:module';
import * as z from 'zod/mini';
import { accountJson, installationJson, nodeId } from './json/account.ts';
import { checkRunJson } from './json/check-run.ts';
import { issueCommentJson, reviewCommentJson, reviewJson } from './json/comments.ts';
import { issueJson, pullRequestJson, simplePullRequestJson } from './json/pull-request.ts';
import { labelJson, repositoryApi, repositoryJson } from './json/repository.ts';
import {
  type Account,
  type CheckRun,
  fullName,
  type Issue,
  type IssueComment,
  type Label,
  type PullRequest,
  type Repository,
  type Review,
  type ReviewComment,
  type State,
  submittedComments,
  type Thread,
} from './state.ts';

/** What a webhook tells of. */
export interface About {
  readonly repository: Repository;
  readonly by: Account;
  readonly pull?: PullRequest;
  readonly issue?: Issue;
  readonly issueComment?: IssueComment;
  readonly reviewComment?: ReviewComment;
  readonly review?: Review;
  readonly thread?: Thread;
  readonly checkRun?: CheckRun;
  readonly label?: Label;
  readonly assignee?: Account;
  /** Added as it is: `changes`, `before`, `after` … */
  readonly more?: Readonly<Record<string, unknown>>;
}

type Json = Record<string, unknown>;

/**
 * The payload of a webhook: GitHub's own example of the event and action (or of the event, where there is none of that
 * action), with what we know put in its place. What only the example has stays.
 */
export function makePayload(state: State, event: string, action: string | null, about: About): Json {
  const example = exampleOf(event, action);
  const { repository, pull, by } = about;
  const on = about.issue ?? pull;
  const { installation } = repository;
  const ours: Json = {
    ...(action === null ? {} : { action }),
    sender: accountJson(state, by),
    ...(event.startsWith('installation')
      ? { repositories: [shortJson(repository)], requester: null }
      : { repository: repositoryJson(state, repository) }),
    ...(installation === null
      ? {}
      : {
          installation: event.startsWith('installation')
            ? installationJson(state, installation)
            : { id: installation.id, node_id: nodeId('MDIzOklu', installation.id) },
        }),
    ...(repository.owner.type === 'Organization'
      ? { organization: organizationJson(state, repository.owner) }
      : {}),
    ...(pull === undefined ? {} : pullParts(state, event, pull)),
    ...(about.issue === undefined ? {} : { issue: issueJson(state, about.issue) }),
    ...(about.issueComment === undefined || on === undefined
      ? {}
      : { comment: issueCommentJson(state, on, about.issueComment) }),
    ...(about.reviewComment === undefined || pull === undefined
      ? {}
      : { comment: reviewCommentJson(state, pull, about.reviewComment) }),
    ...(about.review === undefined || pull === undefined
      ? {}
      : {
          review: {
            submitted_at: null,
            ...reviewJson(state, pull, about.review),
            state: about.review.state.toLowerCase(),
            body: about.review.body === '' ? null : about.review.body,
          },
        }),
    ...(about.thread === undefined || pull === undefined
      ? {}
      : { thread: threadJson(state, pull, about.thread) }),
    ...(about.checkRun === undefined ? {} : { check_run: checkRunParts(state, example, about.checkRun) }),
    ...(about.label === undefined ? {} : { label: labelJson(state, repository, about.label) }),
    ...(about.assignee === undefined ? {} : { assignee: accountJson(state, about.assignee) }),
    ...about.more,
  };
  const {
    organization: _,
    installation: __,
    repositories_added: ___,
    repositories_removed: ____,
    ...rest
  } = example;
  return laidOver(rest, ours);
}

function pullParts(state: State, event: string, pull: PullRequest): Json {
  if (event === 'issue_comment') return { issue: issueJson(state, pull) };
  const json = event === 'pull_request' ? pullRequestJson(state, pull) : simplePullRequestJson(state, pull);
  return { number: pull.number, pull_request: json };
}

function threadJson(state: State, pull: PullRequest, thread: Thread): Json {
  return {
    node_id: thread.id,
    comments: submittedComments(pull)
      .filter((comment) => comment.thread === thread)
      .map((comment) => reviewCommentJson(state, pull, comment)),
  };
}

function checkRunParts(state: State, example: Json, run: CheckRun): Json {
  const json = checkRunJson(state, run);
  const suite = asJson(asJson(example['check_run'])['check_suite']);
  return {
    ...json,
    check_suite: {
      ...suite,
      ...asJson(json['check_suite']),
      url: `${repositoryApi(state, run.repository)}/check-suites/${run.id + 700_000}`,
      head_branch:
        [...run.repository.pulls.values()].find(({ headSha }) => headSha === run.headSha)?.headRef ?? null,
      head_sha: run.headSha,
      before: null,
      after: run.headSha,
      status: run.status,
      conclusion: run.conclusion,
      app: json['app'],
      pull_requests: json['pull_requests'],
    },
  };
}

function shortJson(repository: Repository): Json {
  return {
    id: repository.id,
    node_id: nodeId('R', repository.id),
    name: repository.name,
    full_name: fullName(repository),
    private: repository.isPrivate,
  };
}

function organizationJson(state: State, owner: Account): Json {
  const { login, id, node_id, avatar_url } = accountJson(state, owner);
  const url = `${state.url}/api/v3/orgs/${login}`;
  return {
    login,
    id,
    node_id,
    url,
    repos_url: `${url}/repos`,
    events_url: `${url}/events`,
    hooks_url: `${url}/hooks`,
    issues_url: `${url}/issues`,
    members_url: `${url}/members{/member}`,
    public_members_url: `${url}/public_members{/member}`,
    avatar_url,
    description: null,
  };
}

/** Ours in the place of the example's, key by key in objects; what only the example has, but says nothing of ours, stays. */
function laidOver(example: Json, ours: Json): Json {
  const payload: Json = { ...example };
  for (const [key, value] of Object.entries(ours)) {
    const there = example[key];
    payload[key] =
      isJson(value) && isJson(there) && !['changes', 'label', 'check_run', 'issue'].includes(key)
        ? { ...there, ...value }
        : value;
  }
  // Those of the example are of others, or of another action.
  for (const key of OF_THE_EXAMPLE) if (!(key in ours)) delete payload[key];
  return payload;
}

const OF_THE_EXAMPLE = [
  'number',
  'pull_request',
  'issue',
  'comment',
  'review',
  'thread',
  'check_run',
  'assignee',
  'label',
  'milestone',
  'requested_reviewer',
  'requested_team',
  'changes',
  'before',
  'after',
];

const Example = z.record(z.string(), z.unknown());
const Examples = z.array(z.object({ name: z.string(), examples: z.array(Example) }));
let examples: z.infer<typeof Examples> | undefined;

function exampleOf(event: string, action: string | null): Json {
  examples ??= z.parse(Examples, createRequire(import.meta.url)('@octokit/webhooks-examples'));
  const ofEvent = examples.find(({ name }) => name === event)?.examples;
  if (ofEvent === undefined) throw new Error(`there is no example of a webhook ${event}`);
  const ofAction = ofEvent.filter((example) => action === null || example['action'] === action);
  const candidates = ofAction.length > 0 ? ofAction : ofEvent;
  return candidates.find((example) => 'installation' in example) ?? candidates[0] ?? {};
}

const isJson = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const asJson = (value: unknown): Json => (isJson(value) ? value : {});
