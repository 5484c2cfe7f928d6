import * as z from 'zod/mini';
import { type Account, authorSchema } from './account.ts';

export type ReactionContent = '+1' | '-1' | 'laugh' | 'confused' | 'heart' | 'hooray' | 'rocket' | 'eyes';

/** What can be reacted to. */
export type ReactionTarget =
  | { readonly to: 'pull-request'; readonly number: number }
  | { readonly to: 'issue-comment' | 'review-comment'; readonly id: number };

export interface Reaction {
  readonly id: number;
  readonly content: string;
  readonly author: Account | null;
}

export const reactionSchema = z.pipe(
  z.object({ id: z.int(), content: z.string(), user: authorSchema }),
  z.transform(({ id, content, user }): Reaction => ({ id, content, author: user })),
);
