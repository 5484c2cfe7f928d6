import type { Account, Protection, Role } from './state.ts';

export type { Account, Protection, Role } from './state.ts';

/** What an App or one of its tokens may do (docs.github.com/rest/apps/apps, `app-permissions`), as far as it is used. */
export type Permissions = Readonly<
  Partial<Record<'contents' | 'pull_requests' | 'checks' | 'issues' | 'metadata', 'read' | 'write'>>
>;

/** How the loopback GitHub is made. All of it has a default. */
export interface LoopbackOptions {
  readonly app?: { readonly id?: number; readonly slug?: string };
  /** What the App was granted. Default: all five, written (metadata: read). */
  readonly permissions?: Permissions;
  /** The events that the App subscribed to; `installation…` and re-requested check runs come always. */
  readonly events?: readonly string[];
  /** How long an installation token lives. Default 3600. */
  readonly tokenSeconds?: number;
  /** More contents (comments, reviews) than that in a minute: 403 with `retry-after`, nothing stored. Default: no limit. */
  readonly limits?: { readonly contentPerMinute?: number };
  /** Default: any free port. */
  readonly port?: number;
  /** How long a webhook may take to be answered. Default 10,000 ms, as GitHub's. */
  readonly webhookTimeoutMs?: number;
}

/** One request as it came and was answered, in the order of arrival. */
export interface RecordedRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  /** The OpenAPI name; `graphql/<operation name>`, `git/upload-pack`, `git/receive-pack`; null when unknown. */
  readonly operation: string | null;
  /** As answered; 0 while it is not, or when the connection was cut. */
  status: number;
  bytesIn: number;
  bytesOut: number;
  /** The parsed JSON; null when there is none. */
  body: unknown;
  /** Of the installation token that came with it; null for the App's own JWT or none. */
  permissions: Permissions | null;
  readonly at: Date;
}

/** A request (or an answer of our own) that GitHub's description does not allow: a fault of who sent it. */
export interface Violation {
  readonly operation: string | null;
  readonly path: string;
  readonly problem: string;
}

/** A 422 by one of GitHub's rules, with the reason that GitHub does not tell. */
export interface Refusal {
  readonly operation: string;
  readonly path: string;
  readonly problem: string;
}

/** One attempt to hand over a webhook. */
export interface Delivery {
  readonly id: number;
  /** The same in a redelivery. */
  readonly guid: string;
  readonly event: string;
  readonly action: string | null;
  readonly at: Date;
  readonly isRedelivery: boolean;
  /** What the receiver answered; 0 when it could not be reached or did not answer in time. */
  readonly status: number;
  readonly durationMs: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** What may be sent by `send`. */
export interface RawWebhook {
  readonly event: string;
  /** Sent as JSON, unless `body` is there. */
  readonly payload?: unknown;
  /** The bytes as they are. */
  readonly body?: string | Uint8Array;
  /** X-GitHub-Delivery. Default: a new one. */
  readonly id?: string;
  /** X-Hub-Signature-256; null sends none. Default: the right one. */
  readonly signature?: string | null;
  /** Added, or put in the place of ours. */
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * What goes wrong instead of the answer.
 * - `502`: nothing is stored; `stored-then-502`: it is. The same for `reset` (the socket is cut) and `timeout` (no answer, ever;
 *   `stored-then-timeout`).
 * - `secondary-limit`: 403 with `retry-after`. `primary-limit`: 403 with `x-ratelimit-remaining: 0` and the reset.
 * - `{status, body, headers}`: that.
 */
export type Fault =
  | '502'
  | 'stored-then-502'
  | 'reset'
  | 'stored-then-reset'
  | 'timeout'
  | 'stored-then-timeout'
  | 'secondary-limit'
  | 'primary-limit'
  | {
      readonly status: number;
      readonly body?: unknown;
      readonly headers?: Readonly<Record<string, string>>;
    };

export interface Injection {
  /**
   * As in `RecordedRequest.operation`; `*` is any. A push is several requests: `git/receive-pack:post` is the one that brings
   * the commits, which is also the only one of a push that can be stored.
   */
  readonly operation: string;
  readonly fault: Fault;
  /** How many requests it hits. Default 1. */
  readonly times?: number;
  /** How many of them go well before. Default 0. */
  readonly after?: number;
  /** For the limits. Default 60. */
  readonly retryAfterSeconds?: number;
}

/** A write that a request is about to do or has done. Git pushes included. */
export interface Write {
  readonly operation: string;
  readonly path: string;
  readonly body: unknown;
  /** Counts the writes, from 1. */
  readonly count: number;
}

/** Files by path; null removes one; `{content, mode}` for an executable or a link. */
export type Files = Readonly<
  Record<
    string,
    | string
    | Uint8Array
    | null
    | { readonly content: string | Uint8Array; readonly mode: '100644' | '100755' | '120000' }
  >
>;

/** Where the commits of a push come from: files laid over the branch (one commit), or what a local repository has. */
export type PushSource =
  | { readonly files: Files; readonly message?: string }
  | { readonly from: string; readonly ref: string };

export interface NewRepository {
  readonly private?: boolean;
  /** Default `main`. */
  readonly defaultBranch?: string;
  /** Its first commit. Default: a README. */
  readonly files?: Files;
  /** A local repository, of which all branches are taken, in place of `files`. */
  readonly from?: string;
  /** Is the App installed there? Default true. */
  readonly installed?: boolean;
  readonly labels?: readonly string[];
  /** False: drafts are refused, as in private repositories of GitHub's free plan. Default true. */
  readonly drafts?: boolean;
}

export interface NewIssue {
  readonly title?: string;
  readonly body?: string | null;
  readonly labels?: readonly string[];
  readonly assignees?: readonly string[];
  /** Default `mona`. */
  readonly author?: string;
}

export interface NewPullRequest {
  /** A branch of `headRepository`; made from the base with `push` when that is given. */
  readonly head: string;
  /** Default: the default branch. */
  readonly base?: string;
  /** `owner/name` of a fork. Default: the repository itself. */
  readonly headRepository?: string;
  /** Pushed to `head` first (which begins at the base when it is new), without a webhook of its own. */
  readonly push?: PushSource;
  readonly title?: string;
  readonly body?: string | null;
  readonly draft?: boolean;
  readonly labels?: readonly string[];
  /** Default `mona`, who may write. Add others by `addUser`. */
  readonly author?: string;
}

export type ReactionContent = '+1' | '-1' | 'laugh' | 'confused' | 'heart' | 'hooray' | 'rocket' | 'eyes';

export interface SeenReaction {
  readonly user: string;
  readonly content: ReactionContent;
}

export interface SeenReviewComment {
  readonly id: number;
  readonly reviewId: number | null;
  readonly inReplyTo: number | null;
  readonly user: string;
  readonly body: string;
  readonly path: string;
  readonly subject: 'line' | 'file';
  /** Where it is now; null when it is outdated, or on a file. */
  readonly line: number | null;
  readonly startLine: number | null;
  readonly side: 'LEFT' | 'RIGHT';
  readonly startSide: 'LEFT' | 'RIGHT' | null;
  readonly originalLine: number | null;
  readonly originalStartLine: number | null;
  readonly commitId: string;
  readonly originalCommitId: string;
  readonly isOutdated: boolean;
  readonly diffHunk: string;
  readonly reactions: readonly SeenReaction[];
}

export interface SeenThread {
  /** GraphQL's id. */
  readonly id: string;
  readonly isResolved: boolean;
  readonly resolvedBy: string | null;
  readonly isOutdated: boolean;
  readonly path: string;
  readonly line: number | null;
  /** The first comment and its replies, of submitted reviews only. */
  readonly comments: readonly SeenReviewComment[];
}

export interface SeenReview {
  readonly id: number;
  readonly user: string;
  readonly body: string;
  readonly state: 'PENDING' | 'COMMENTED' | 'APPROVED' | 'CHANGES_REQUESTED' | 'DISMISSED';
  readonly commitId: string;
}

export interface SeenIssueComment {
  readonly id: number;
  readonly user: string;
  readonly body: string;
  readonly isEdited: boolean;
  readonly reactions: readonly SeenReaction[];
}

export interface SeenAnnotation {
  readonly path: string;
  readonly startLine: number;
  readonly endLine: number;
  readonly level: 'notice' | 'warning' | 'failure';
  readonly title: string | null;
  readonly message: string;
}

export interface SeenCheckRun {
  readonly id: number;
  readonly name: string;
  readonly headSha: string;
  readonly status: string;
  readonly conclusion: string | null;
  readonly externalId: string | null;
  readonly title: string | null;
  readonly summary: string | null;
  readonly text: string | null;
  readonly annotations: readonly SeenAnnotation[];
}

/** A pull request as a person would see it. */
export interface SeenPullRequest {
  readonly number: number;
  readonly author: string;
  readonly title: string;
  readonly body: string;
  readonly state: 'open' | 'closed';
  readonly isDraft: boolean;
  readonly isMerged: boolean;
  readonly labels: readonly string[];
  readonly assignees: readonly string[];
  readonly headRef: string;
  readonly headSha: string;
  readonly baseRef: string;
  readonly baseSha: string;
  readonly reviews: readonly SeenReview[];
  readonly threads: readonly SeenThread[];
  /** Of all threads, in the order they were written. */
  readonly reviewComments: readonly SeenReviewComment[];
  readonly issueComments: readonly SeenIssueComment[];
  /** On every head that it had, oldest first. */
  readonly checkRuns: readonly SeenCheckRun[];
  readonly reactions: readonly SeenReaction[];
}

/** An issue as a person would see it. */
export interface SeenIssue {
  readonly number: number;
  readonly author: string;
  readonly title: string;
  readonly body: string;
  readonly state: 'open' | 'closed';
  readonly labels: readonly string[];
  readonly assignees: readonly string[];
  readonly issueComments: readonly SeenIssueComment[];
  readonly reactions: readonly SeenReaction[];
}

/** Who does an action. Default `mona`, who may write in every repository. */
export interface By {
  readonly by?: string;
}

/**
 * A strict GitHub on loopback. Repositories are named `owner/name`. Every action of a person ends when its webhooks were
 * answered (or failed: see `deliveries`); an action of a request does not wait for its webhooks: see `settled`.
 */
export interface LoopbackGitHub {
  /** The server, for git: `<url>/<owner>/<name>.git`. */
  readonly url: string;
  /** `<url>/api/v3`: REST, as on a GitHub Enterprise Server. */
  readonly apiUrl: string;
  /** `<url>/api/graphql`. */
  readonly graphqlUrl: string;
  readonly app: {
    readonly id: number;
    readonly slug: string;
    /** `slug[bot]` */
    readonly login: string;
    /** The bot user's. */
    readonly userId: number;
    /** PEM; made anew for each process. */
    readonly privateKey: string;
  };
  readonly requests: readonly RecordedRequest[];
  readonly violations: readonly Violation[];
  readonly refusals: readonly Refusal[];
  /** Oldest first. */
  readonly deliveries: readonly Delivery[];
  stop(): Promise<void>;

  // Accounts and repositories
  addUser(
    login: string,
    options?: { readonly id?: number; readonly type?: 'User' | 'Bot' | 'Organization' },
  ): Account;
  /** The owner is made as an organization when there is none of that name. Answers the ids. */
  addRepository(
    repository: string,
    options?: NewRepository,
  ): Promise<{ readonly id: number; readonly installation: number }>;
  /** A fork, with all branches, in which `by` may write. The App is not installed there. */
  fork(repository: string, fork: string, by?: By): Promise<{ readonly id: number }>;
  /** The id of the installation of the repository's owner. */
  installationOf(repository: string): number;
  repositoryId(repository: string): number;
  /** The bare repository on disk. */
  barePath(repository: string): string;
  /** Takes effect at once, as the API answers it. `none` takes everything away. */
  setPermission(repository: string, login: string, role: Role): void;
  renameRepository(repository: string, name: string, by?: By): Promise<void>;
  /** Of a fork: its pull requests stay, without a head repository. */
  deleteRepository(repository: string, by?: By): Promise<void>;
  /** The App leaves the owner's account: its tokens die, webhook `installation.deleted`. */
  uninstall(repository: string, by?: By): Promise<void>;
  /** All tokens given out so far are refused from now on (401). */
  expireTokens(): void;
  /** The App loses permissions where it is installed; tokens that were made before lose them too. */
  setAppPermissions(permissions: Permissions): void;

  // Commits
  /** A commit more on a branch (made when it is new); refuses what is no fast-forward. Answers the new head. */
  push(repository: string, branch: string, source: PushSource, by?: By): Promise<string>;
  /** The branch becomes this: the commit of `from`, or `files` as one commit upon `onto` (a commit or a branch). */
  forcePush(
    repository: string,
    branch: string,
    source: PushSource & { readonly onto?: string },
    by?: By,
  ): Promise<string>;
  /** The button beside a branch: its open pull requests are closed. */
  deleteBranch(repository: string, branch: string, by?: By): Promise<void>;
  /** Pushes of Apps to it are refused from now on; null takes that back. People of the tests may all the same. */
  protectBranch(repository: string, branch: string, by?: Protection | null): void;
  /** A hook of the server refuses all pushes of Apps and says this; null: it does not any more. */
  refusePushes(repository: string, says: string | null): void;
  /** The commit of a branch, tag or id. */
  resolve(repository: string, revision: string): Promise<string>;

  // Pull requests
  openPullRequest(repository: string, pull: NewPullRequest): Promise<number>;
  /**
   * Each change that is there is one webhook: edited, converted_to_draft / ready_for_review, labeled / unlabeled, assigned /
   * unassigned.
   */
  editPullRequest(
    repository: string,
    number: number,
    change: {
      readonly title?: string;
      readonly body?: string;
      readonly draft?: boolean;
      readonly labels?: readonly string[];
      readonly assignees?: readonly string[];
      readonly base?: string;
    },
    by?: By,
  ): Promise<void>;
  /** Merges the base branch into the head branch, as the button "Update branch" does. Answers the new head. */
  mergeBaseInto(repository: string, number: number, by?: By): Promise<string>;
  /** Rebases the head branch onto the base branch and pushes it with force. Answers the new head. */
  rebase(repository: string, number: number, by?: By): Promise<string>;
  close(repository: string, number: number, by?: By): Promise<void>;
  reopen(repository: string, number: number, by?: By): Promise<void>;
  /** Merges the pull request. */
  merge(repository: string, number: number, by?: By): Promise<void>;

  // Issues
  /** Webhook `issues.opened`, and one for each label and assignee. Answers its number: pull requests count along. */
  openIssue(repository: string, issue?: NewIssue): Promise<number>;
  /** Each change that is there is one webhook, as of a pull request; closed and reopened too. */
  editIssue(
    repository: string,
    number: number,
    change: {
      readonly title?: string;
      readonly body?: string;
      readonly state?: 'open' | 'closed';
      readonly labels?: readonly string[];
      readonly assignees?: readonly string[];
    },
    by?: By,
  ): Promise<void>;

  // Talk, in issues and pull requests. All answer the id of the comment.
  comment(repository: string, number: number, body: string, by?: By): Promise<number>;
  /** An issue comment or a review comment, by its id. */
  editComment(repository: string, id: number, body: string, by?: By): Promise<void>;
  deleteComment(repository: string, id: number, by?: By): Promise<void>;
  /** A person's own review comment on a line that is shown. */
  commentOnLine(
    repository: string,
    number: number,
    place: {
      readonly path: string;
      readonly line: number;
      readonly startLine?: number;
      readonly side?: 'LEFT' | 'RIGHT';
    },
    body: string,
    by?: By,
  ): Promise<number>;
  /** Answers in the thread of a review comment. */
  replyInThread(
    repository: string,
    number: number,
    commentId: number,
    body: string,
    by?: By,
  ): Promise<number>;
  /** Resolves the thread that the review comment is in. */
  resolveThread(repository: string, number: number, commentId: number, by?: By): Promise<void>;
  unresolveThread(repository: string, number: number, commentId: number, by?: By): Promise<void>;
  /** On an issue comment or a review comment. GitHub sends no webhook for it. */
  react(repository: string, commentId: number, content: ReactionContent, by?: By): void;
  removeReaction(repository: string, commentId: number, content: ReactionContent, by?: By): void;
  /** The button "Re-run" of a check run. */
  rerequestCheckRun(repository: string, checkRunId: number, by?: By): Promise<void>;

  // Webhooks
  /** Where they go from now on; null stops them. */
  setWebhook(url: string | null, secret: string): void;
  /** A payload as an action would send it now, from the examples of GitHub with our own ids, without sending it. */
  payload(
    event: string,
    action: string | null,
    about: {
      readonly repository: string;
      /** Of an issue or a pull request. */
      readonly number?: number;
      readonly commentId?: number;
      readonly checkRunId?: number;
      readonly reviewId?: number;
      readonly by?: string;
      readonly changes?: unknown;
    },
  ): Record<string, unknown>;
  /** Sends what is given, signed unless told otherwise. Answers what came back (0: unreachable). */
  send(webhook: RawWebhook): Promise<Delivery>;
  /** Ends when no webhook is on its way. */
  settled(): Promise<void>;

  // Trouble
  inject(injection: Injection): void;
  /** Takes back what was injected and did not happen yet. */
  clearFaults(): void;
  /** Called with each write once it is stored and before it is answered; awaited. Answers how to stop that. */
  afterEachWrite(callback: (write: Write) => void | Promise<void>): () => void;
  /** The same before it is stored. */
  beforeEachWrite(callback: (write: Write) => void | Promise<void>): () => void;

  // What can be seen
  pullRequest(repository: string, number: number): SeenPullRequest;
  issue(repository: string, number: number): SeenIssue;
}

/** Starts a GitHub. Use `testGitHub` (test-github.ts) in tests, which stops it and asserts that no request was wrong. */
export type StartGitHub = (options?: LoopbackOptions) => Promise<LoopbackGitHub>;
