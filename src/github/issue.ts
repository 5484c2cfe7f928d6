import * as z from 'zod/mini';
import { type Account, authorSchema } from './account.ts';

/** An issue, or a pull request as the issue that it is too. */
export interface Issue {
  readonly number: number;
  readonly title: string;
  /** Empty when there is none. */
  readonly body: string;
  readonly state: 'open' | 'closed';
  readonly labels: readonly string[];
  readonly author: Account | null;
  readonly isPullRequest: boolean;
}

export const issueSchema = z.pipe(
  z.object({
    number: z.int(),
    title: z.string(),
    body: z.optional(z.nullable(z.string())),
    state: z.enum(['open', 'closed']),
    // A text alone is in the description too, for what is older than labels with colours.
    labels: z.array(z.union([z.string(), z.object({ name: z.optional(z.nullable(z.string())) })])),
    user: authorSchema,
    pull_request: z.optional(z.nullable(z.object({}))),
  }),
  z.transform(
    ({ number, title, body, state, labels, user, pull_request }): Issue => ({
      number,
      title,
      body: body ?? '',
      state,
      labels: labels.map((label) => (typeof label === 'string' ? label : (label.name ?? ''))),
      author: user,
      isPullRequest: pull_request != null,
    }),
  ),
);
