import * as z from 'zod/mini';
import { type Account, authorSchema } from './account.ts';

/** A pull request, as it is when it is read. */
export interface PullRequest {
  readonly number: number;
  /** GraphQL's. */
  readonly nodeId: string;
  readonly title: string;
  /** Empty when there is none. */
  readonly body: string;
  readonly draft: boolean;
  readonly state: 'open' | 'closed';
  readonly merged: boolean;
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
  readonly commits: number;
  readonly changedFiles: number;
  readonly additions: number;
  readonly deletions: number;
  readonly htmlUrl: string;
}

/** An open pull request, as a list has it. */
export type PullRequestInList = Omit<
  PullRequest,
  'merged' | 'commits' | 'changedFiles' | 'additions' | 'deletions'
>;

const sideFields = { sha: z.string(), ref: z.string() };
const repositorySchema = z.pipe(
  z.object({ id: z.int(), full_name: z.string() }),
  z.transform(({ id, full_name }) => ({ id, fullName: full_name })),
);

const listFields = {
  number: z.int(),
  node_id: z.string(),
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

function inList(one: z.infer<typeof inListSchema>): PullRequestInList {
  const { number, node_id, title, body, draft, state, labels, user, head, base, html_url } = one;
  return {
    number,
    nodeId: node_id,
    title,
    body: body ?? '',
    draft,
    state,
    labels: labels.map(({ name }) => name),
    author: user,
    head: { sha: head.sha, ref: head.ref, repository: head.repo },
    base: { sha: base.sha, ref: base.ref, repository: base.repo },
    htmlUrl: html_url,
  };
}

export const pullRequestInListSchema = z.pipe(inListSchema, z.transform(inList));

export const pullRequestSchema = z.pipe(
  z.object({
    ...listFields,
    merged: z.boolean(),
    commits: z.int(),
    changed_files: z.int(),
    additions: z.int(),
    deletions: z.int(),
  }),
  z.transform((one): PullRequest => {
    const { merged, commits, changed_files, additions, deletions } = one;
    return { ...inList(one), merged, commits, changedFiles: changed_files, additions, deletions };
  }),
);
