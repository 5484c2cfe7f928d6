import * as z from 'zod/mini';
import { type Account, authorSchema } from './account.ts';

/** A review that somebody gave. */
export interface Review {
  readonly id: number;
  readonly author: Account | null;
  readonly body: string;
  /** `COMMENTED`, `APPROVED`, `CHANGES_REQUESTED`, `DISMISSED`, `PENDING`. */
  readonly state: string;
}

/** Lines of a diff, as GitHub counts them: `RIGHT` by their new number, `LEFT` by their old one. */
export type Side = 'LEFT' | 'RIGHT';

/** A comment on lines that the diff of the pull request shows, all in one hunk. */
export interface NewReviewComment {
  readonly path: string;
  readonly body: string;
  readonly side: Side;
  /** The last line. */
  readonly line: number;
  /** The first line, when there are more than one; else null, or the same as `line`. On the same side. */
  readonly startLine: number | null;
}

/** A review that comments, and neither approves nor requests changes. */
export interface NewReview {
  /** The head that was reviewed. */
  readonly commit: string;
  /** May be empty only when there are comments. */
  readonly body: string;
  readonly comments: readonly NewReviewComment[];
}

export const reviewSchema = z.pipe(
  z.object({ id: z.int(), user: authorSchema, body: z.string(), state: z.string() }),
  z.transform(({ user, ...one }): Review => ({ ...one, author: user })),
);
