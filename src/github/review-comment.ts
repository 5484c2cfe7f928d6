import * as z from 'zod/mini';
import { type Account, authorSchema } from './account.ts';
import type { Side } from './review.ts';

/** A comment in a thread of a review. */
export interface ReviewComment {
  readonly id: number;
  readonly body: string;
  readonly path: string;
  /** Null when it is outdated or on a file, and in the list of one review, which does not tell. */
  readonly line: number | null;
  readonly originalLine: number | null;
  readonly startLine: number | null;
  readonly side: Side | null;
  readonly subjectType: 'line' | 'file';
  /** The first comment of the thread; null for that one itself. */
  readonly inReplyTo: number | null;
  readonly author: Account | null;
  readonly originalCommitId: string;
  readonly reviewId: number | null;
  /** How many have reacted with 👎. */
  readonly thumbsDown: number;
}

const line = z.optional(z.nullable(z.int()));

export const reviewCommentSchema = z.pipe(
  z.object({
    id: z.int(),
    body: z.string(),
    path: z.string(),
    line,
    original_line: line,
    start_line: line,
    side: z.optional(z.nullable(z.enum(['LEFT', 'RIGHT']))),
    subject_type: z.optional(z.nullable(z.enum(['line', 'file']))),
    in_reply_to_id: z.optional(z.nullable(z.int())),
    user: authorSchema,
    original_commit_id: z.string(),
    pull_request_review_id: z.nullable(z.int()),
    reactions: z.optional(z.object({ '-1': z.int() })),
  }),
  z.transform(
    (one): ReviewComment => ({
      id: one.id,
      body: one.body,
      path: one.path,
      line: one.line ?? null,
      originalLine: one.original_line ?? null,
      startLine: one.start_line ?? null,
      side: one.side ?? null,
      subjectType: one.subject_type ?? 'line',
      inReplyTo: one.in_reply_to_id ?? null,
      author: one.user,
      originalCommitId: one.original_commit_id,
      reviewId: one.pull_request_review_id,
      thumbsDown: one.reactions?.['-1'] ?? 0,
    }),
  ),
);
