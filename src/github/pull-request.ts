import * as z from 'zod/mini';
import { type Account, authorSchema } from './account.ts';

/** A pull request, as it is when it is read. */
export interface PullRequest {
  /** GraphQL's, for `setDraft`. */
  readonly nodeId: string;
  readonly number: number;
  readonly title: string;
  /** Empty when there is none. */
  readonly body: string;
  readonly draft: boolean;
  readonly state: 'open' | 'closed';
  readonly labels: readonly string[];
  readonly author: Account | null;
  readonly head: {
    readonly sha: string;
    readonly ref: string;
    /** Null when the repository of the fork is gone: its commits are at `refs/pull/<number>/head` all the same. */
    readonly repository: { readonly id: number; readonly fullName: string } | null;
  };
  readonly base: {
    /** Follows the base branch: the merge base is to be computed. */
    readonly sha: string;
    readonly ref: string;
    readonly repository: { readonly id: number; readonly fullName: string };
  };
  readonly changedFiles: number;
  readonly additions: number;
  readonly deletions: number;
  readonly htmlUrl: string;
}

/** What a pull request is to be. Its branches are of this repository. */
export interface NewPullRequest {
  readonly title: string;
  readonly body: string;
  /** Without `refs/heads/`. */
  readonly head: string;
  readonly base: string;
  readonly draft: boolean;
}

/** What is left out stays. */
export interface PullRequestChange {
  readonly title?: string;
  readonly body?: string;
  readonly state?: 'closed';
}

/** A pull request as a list has it. */
export type PullRequestInList = Omit<PullRequest, 'changedFiles' | 'additions' | 'deletions'>;

const sideFields = { sha: z.string(), ref: z.string() };
const repositorySchema = z.pipe(
  z.object({ id: z.int(), full_name: z.string() }),
  z.transform(({ id, full_name }) => ({ id, fullName: full_name })),
);

const listFields = {
  node_id: z.string(),
  number: z.int(),
  title: z.string(),
  body: z.nullable(z.string()),
  // Optional in the description: not in repositories without drafts.
  draft: z._default(z.boolean(), false),
  state: z.enum(['open', 'closed']),
  labels: z.array(z.object({ name: z.string() })),
  user: authorSchema,
  // Never null in the description, and null in fact when the fork is gone.
  head: z.object({ ...sideFields, repo: z.nullable(repositorySchema) }),
  base: z.object({ ...sideFields, repo: repositorySchema }),
  html_url: z.string(),
};
const inListSchema = z.object(listFields);

const inList = (one: z.infer<typeof inListSchema>): PullRequestInList => ({
  nodeId: one.node_id,
  number: one.number,
  title: one.title,
  body: one.body ?? '',
  draft: one.draft,
  state: one.state,
  labels: one.labels.map(({ name }) => name),
  author: one.user,
  head: { sha: one.head.sha, ref: one.head.ref, repository: one.head.repo },
  base: { sha: one.base.sha, ref: one.base.ref, repository: one.base.repo },
  htmlUrl: one.html_url,
});

export const pullRequestInListSchema = z.pipe(inListSchema, z.transform(inList));

export const pullRequestSchema = z.pipe(
  z.object({ ...listFields, changed_files: z.int(), additions: z.int(), deletions: z.int() }),
  z.transform(
    ({ changed_files, additions, deletions, ...one }): PullRequest => ({
      ...inList(one),
      changedFiles: changed_files,
      additions,
      deletions,
    }),
  ),
);
