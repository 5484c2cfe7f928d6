import * as z from 'zod/mini';
import { type Account, authorSchema } from './account.ts';

/** A comment below a pull request, not on its lines: for GitHub it is an issue's. */
export interface IssueComment {
  readonly id: number;
  readonly body: string;
  readonly author: Account | null;
}

export const issueCommentSchema = z.pipe(
  z.object({
    id: z.int(),
    body: z.optional(z.nullable(z.string())),
    user: authorSchema,
  }),
  z.transform(({ id, body, user }): IssueComment => ({ id, body: body ?? '', author: user })),
);
