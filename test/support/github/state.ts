import type { GitHubApp } from './github-app.ts';
import type { Permissions, ReactionContent } from './loopback-github.ts';

/** Roles as `role_name` has them; any other string is a custom role, whose legacy `permission` is `read`. */
export type Role =
  | 'admin'
  | 'maintain'
  | 'write'
  | 'triage'
  | 'read'
  | 'none'
  | { readonly name: string; readonly base: 'write' | 'read' };

export interface Account {
  readonly id: number;
  readonly login: string;
  readonly type: 'User' | 'Bot' | 'Organization';
}

export interface Installation {
  readonly id: number;
  readonly account: Account;
  readonly createdAt: Date;
  isGone: boolean;
}

export interface Repository {
  readonly id: number;
  readonly owner: Account;
  name: string;
  readonly isPrivate: boolean;
  readonly defaultBranch: string;
  /** The bare repository. */
  readonly path: string;
  readonly parent: Repository | null;
  readonly createdAt: Date;
  installation: Installation | null;
  isDeleted: boolean;
  readonly roles: Map<string, Role>;
  readonly labels: Map<string, Label>;
  readonly pulls: Map<number, PullRequest>;
  /** Numbered together with the pull requests. */
  readonly issues: Map<number, Issue>;
  readonly checkRuns: Map<number, CheckRun>;
  /** Branches that are changed by pull requests only, and by what that is held. */
  readonly protections: Map<string, Protection>;
  /** What a hook of the server says to every push; null: there is none. */
  pushRefusal: string | null;
  readonly hasDrafts: boolean;
}

/** Branch protection, and what GitHub has made of it since. */
export type Protection = 'branch-protection' | 'ruleset';

export interface Label {
  readonly id: number;
  readonly name: string;
}

export interface Reaction {
  readonly id: number;
  readonly user: Account;
  readonly content: ReactionContent;
  readonly createdAt: Date;
}

export interface Issue {
  readonly id: number;
  readonly number: number;
  readonly repository: Repository;
  readonly author: Account;
  readonly createdAt: Date;
  updatedAt: Date;
  title: string;
  body: string | null;
  labels: Label[];
  assignees: Account[];
  state: 'open' | 'closed';
  closedAt: Date | null;
  readonly issueComments: IssueComment[];
  readonly reactions: Reaction[];
}

/** What GitHub has comments, labels and assignees of. */
export type Conversation = Issue | PullRequest;

export const isPull = (on: Conversation): on is PullRequest => 'headSha' in on;

export interface PullRequest {
  readonly id: number;
  readonly number: number;
  readonly repository: Repository;
  readonly author: Account;
  readonly createdAt: Date;
  updatedAt: Date;
  title: string;
  body: string | null;
  isDraft: boolean;
  labels: Label[];
  assignees: Account[];
  state: 'open' | 'closed';
  mergedAt: Date | null;
  closedAt: Date | null;
  mergeCommit: string | null;
  baseRef: string;
  /** Follows the base branch while the pull request is open. */
  baseSha: string;
  /** Null when the fork was deleted. */
  headRepository: Repository | null;
  readonly headOwner: Account;
  readonly headRef: string;
  headSha: string;
  /** Every head that it had. */
  readonly heads: string[];
  /** As `git diff --shortstat` and `git rev-list --count` have it for this head. */
  size: {
    readonly commits: number;
    readonly files: number;
    readonly added: number;
    readonly removed: number;
  };
  readonly reviews: Review[];
  readonly reviewComments: ReviewComment[];
  readonly issueComments: IssueComment[];
  readonly reactions: Reaction[];
}

export interface Review {
  readonly id: number;
  readonly author: Account;
  body: string;
  state: 'PENDING' | 'COMMENTED' | 'APPROVED' | 'CHANGES_REQUESTED' | 'DISMISSED';
  readonly commitId: string;
  submittedAt: Date | null;
}

/** The place of a review comment in the diff that it was made on. */
export interface OriginalPlace {
  readonly path: string;
  /** On the old side. */
  readonly oldPath: string;
  readonly subject: 'line' | 'file';
  readonly line: number | null;
  readonly startLine: number | null;
  readonly side: 'LEFT' | 'RIGHT';
  readonly startSide: 'LEFT' | 'RIGHT' | null;
  readonly commitId: string;
  /** The old side of that diff: the merge base. */
  readonly baseId: string;
  readonly position: number;
  readonly diffHunk: string;
}

export interface Thread {
  readonly id: string;
  resolvedBy: Account | null;
}

export interface ReviewComment {
  readonly id: number;
  readonly author: Account;
  /** Of our App. */
  readonly isByApp: boolean;
  readonly createdAt: Date;
  updatedAt: Date;
  body: string;
  readonly review: Review | null;
  readonly inReplyTo: ReviewComment | null;
  readonly thread: Thread;
  readonly original: OriginalPlace;
  /** Null: the line is gone from the head. */
  now: {
    readonly line: number;
    readonly startLine: number | null;
    readonly position: number;
    readonly commitId: string;
  } | null;
  readonly reactions: Reaction[];
}

export interface IssueComment {
  readonly id: number;
  readonly author: Account;
  readonly isByApp: boolean;
  readonly createdAt: Date;
  updatedAt: Date;
  body: string;
  readonly reactions: Reaction[];
}

export interface Annotation {
  readonly path: string;
  readonly start_line: number;
  readonly end_line: number;
  readonly start_column: number | null;
  readonly end_column: number | null;
  readonly annotation_level: 'notice' | 'warning' | 'failure';
  readonly message: string;
  readonly title: string | null;
  readonly raw_details: string | null;
}

export interface CheckRun {
  readonly id: number;
  readonly repository: Repository;
  readonly headSha: string;
  name: string;
  externalId: string | null;
  detailsUrl: string | null;
  status: string;
  conclusion: string | null;
  startedAt: Date;
  completedAt: Date | null;
  title: string | null;
  summary: string | null;
  text: string | null;
  readonly annotations: Annotation[];
}

export interface State {
  /** Without a slash at the end; known once the server listens. */
  url: string;
  readonly app: GitHubApp;
  /** What the App is granted now. */
  permissions: Permissions;
  readonly accounts: Map<string, Account>;
  readonly installations: Map<number, Installation>;
  readonly repositories: Map<number, Repository>;
  /** Names that a repository had, and has no more: `owner/name`, lowercased. */
  readonly formerNames: Map<string, Repository>;
  /** A number that no other thing has. */
  nextId(): number;
}

/** Small ids at first, so that they can be read; all kinds of things share them. */
export function createState(app: GitHubApp, permissions: Permissions): State {
  let id = 1000;
  const state: State = {
    url: '',
    app,
    permissions,
    accounts: new Map(),
    installations: new Map(),
    repositories: new Map(),
    formerNames: new Map(),
    nextId: () => ++id,
  };
  state.accounts.set(app.login, { id: app.userId, login: app.login, type: 'Bot' });
  return state;
}

/** `owner/name` of a repository. */
export const fullName = (repository: Repository): string => `${repository.owner.login}/${repository.name}`;

/** The repository of that name, as GitHub compares names: without case. Undefined when there is none, or it was deleted. */
export function findRepository(state: State, name: string): Repository | undefined {
  const wanted = name.toLowerCase();
  return [...state.repositories.values()].find(
    (repository) => !repository.isDeleted && fullName(repository).toLowerCase() === wanted,
  );
}

/** The account of that login. Undefined when there is none. */
export function findAccount(state: State, login: string): Account | undefined {
  const wanted = login.toLowerCase();
  return [...state.accounts.values()].find((account) => account.login.toLowerCase() === wanted);
}

/** The role of an account in a repository: the owner is its admin, everybody may read what is public. */
export function roleOf(repository: Repository, account: Account): Role {
  if (repository.owner.id === account.id) return 'admin';
  return repository.roles.get(account.login) ?? (repository.isPrivate ? 'none' : 'read');
}

/** The comments of a pull request that everybody sees: without those of a pending review. */
export function submittedComments(pull: PullRequest): ReviewComment[] {
  return pull.reviewComments.filter(({ review }) => review?.state !== 'PENDING');
}

/** The number of the next issue or pull request. */
export const nextNumber = ({ pulls, issues }: Repository): number => pulls.size + issues.size + 1;

/** The issue or the pull request of that number. */
export const conversationIn = ({ pulls, issues }: Repository, number: number): Conversation | undefined =>
  pulls.get(number) ?? issues.get(number);

/** All of them. */
export const conversationsIn = ({ pulls, issues }: Repository): Conversation[] => [
  ...pulls.values(),
  ...issues.values(),
];
