import * as z from 'zod/mini';
import { type Account, authorSchema } from './account.ts';
import { instantSchema } from './instant.ts';

/** A comment below a pull request, not on its lines: for GitHub it is an issue's. */
export interface IssueComment {
  readonly id: number;
  readonly nodeId: string;
  readonly body: string;
  readonly author: Account | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly htmlUrl: string;
}

export const issueCommentSchema = z.pipe(
  z.object({
    id: z.int(),
    node_id: z.string(),
    body: z.optional(z.nullable(z.string())),
    user: authorSchema,
    created_at: instantSchema,
    updated_at: instantSchema,
    html_url: z.string(),
  }),
  z.transform(
    ({ id, node_id, body, user, created_at, updated_at, html_url }): IssueComment => ({
      id,
      nodeId: node_id,
      body: body ?? '',
      author: user,
      createdAt: created_at,
      updatedAt: updated_at,
      htmlUrl: html_url,
    }),
  ),
);
