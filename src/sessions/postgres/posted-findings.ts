import type { Sql } from 'postgres';
import type { PullRequestKey } from './pull-requests.ts';
import { storable } from './storable.ts';

/** A comment that a finding was told in, as it was then. */
export interface PostedFinding {
  readonly fingerprint: string;
  /** GitHub's id of the comment. */
  readonly commentId: number;
  readonly kind: 'inline' | 'file';
  readonly path: string;
  readonly source: string;
  readonly severity: 'error' | 'warning' | 'info';
  readonly title: string;
}

/** Those of a pull request, oldest first, also those that are gone since. */
export async function postedFindings(
  sql: Sql,
  { repository, number }: PullRequestKey,
): Promise<PostedFinding[]> {
  return sql<PostedFinding[]>`
    select fingerprint, comment_id::float8 as "commentId", kind, path, source, severity, title
    from code_agent.posted_findings where repository_id = ${repository} and number = ${number} order by comment_id`;
}

/** Of one statement: PostgreSQL takes 65,535 parameters. */
const ROWS = 2_000;

/** Notes them, once each. */
export async function storePosted(
  sql: Sql,
  { repository, number }: PullRequestKey,
  posted: readonly PostedFinding[],
): Promise<void> {
  const rows = posted.map(({ fingerprint, commentId, kind, path, source, severity, title }) => ({
    ...{ repository_id: repository, number, comment_id: commentId, fingerprint, kind, severity },
    ...{ path: storable(path), source: storable(source), title: storable(title) },
  }));
  for (let at = 0; at < rows.length; at += ROWS)
    await sql`insert into code_agent.posted_findings ${sql(rows.slice(at, at + ROWS))} on conflict do nothing`;
}
