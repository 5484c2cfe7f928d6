import * as z from 'zod/mini';
import { type Account, authorSchema } from './account.ts';
import { instantSchema } from './instant.ts';
import type { Side } from './review.ts';

/** A comment in a thread of a review. */
export interface ReviewComment {
  readonly id: number;
  readonly nodeId: string;
  readonly body: string;
  readonly path: string;
  /** Null when it is outdated or on a file, and in the list of one review, which does not tell. */
  readonly line: number | null;
  readonly originalLine: number | null;
  readonly startLine: number | null;
  readonly originalStartLine: number | null;
  readonly side: Side | null;
  readonly subjectType: 'line' | 'file';
  /** The first comment of the thread; null for that one itself. */
  readonly inReplyTo: number | null;
  readonly author: Account | null;
  readonly commitId: string;
  readonly originalCommitId: string;
  readonly reviewId: number | null;
  readonly htmlUrl: string;
  /** How many have reacted with 👎. */
  readonly thumbsDown: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

const line = z.optional(z.nullable(z.int()));

export const reviewCommentSchema = z.pipe(
  z.object({
    id: z.int(),
    node_id: z.string(),
    body: z.string(),
    path: z.string(),
    line,
    original_line: line,
    start_line: line,
    original_start_line: line,
    side: z.optional(z.nullable(z.enum(['LEFT', 'RIGHT']))),
    subject_type: z.optional(z.nullable(z.enum(['line', 'file']))),
    in_reply_to_id: z.optional(z.nullable(z.int())),
    user: authorSchema,
    commit_id: z.string(),
    original_commit_id: z.string(),
    pull_request_review_id: z.nullable(z.int()),
    html_url: z.string(),
    reactions: z.optional(z.object({ '-1': z.int() })),
    created_at: instantSchema,
    updated_at: instantSchema,
  }),
  z.transform(
    (one): ReviewComment => ({
      id: one.id,
      nodeId: one.node_id,
      body: one.body,
      path: one.path,
      line: one.line ?? null,
      originalLine: one.original_line ?? null,
      startLine: one.start_line ?? null,
      originalStartLine: one.original_start_line ?? null,
      side: one.side ?? null,
      subjectType: one.subject_type ?? 'line',
      inReplyTo: one.in_reply_to_id ?? null,
      author: one.user,
      commitId: one.commit_id,
      originalCommitId: one.original_commit_id,
      reviewId: one.pull_request_review_id,
      htmlUrl: one.html_url,
      thumbsDown: one.reactions?.['-1'] ?? 0,
      createdAt: one.created_at,
      updatedAt: one.updated_at,
    }),
  ),
);
