import type { Sql } from 'postgres';
import { type PostedFinding, postedFindings, storePosted } from '../sessions/postgres/posted-findings.ts';
import type { Subject } from './find-pull-request.ts';
import type { FindingThreads } from './standing-comments.ts';

/**
 * What was posted in a pull request, as it was noted. A comment of ours that is there and was not noted, because a worker was
 * killed between the two, is noted now.
 */
export async function notedFindings(
  sql: Sql,
  { key }: Subject,
  { threads }: FindingThreads,
): Promise<PostedFinding[]> {
  const noted = await postedFindings(sql, key);
  const known = new Set(noted.map(({ commentId }) => commentId));
  const missing = threads.filter(({ comment }) => !known.has(comment.id));
  if (missing.length === 0) return noted;
  const found = await sql<Pick<PostedFinding, 'fingerprint' | 'source' | 'severity' | 'title'>[]>`
    select fingerprint, coalesce(source, 'check') as source, coalesce(severity, 'warning') as severity, title
    from code_agent.findings
    where repository_id = ${key.repository} and fingerprint in ${sql(missing.map(({ fingerprint }) => fingerprint))}`;
  const posted = missing.map(({ fingerprint, comment, thread }): PostedFinding => {
    const known = found.find((one) => one.fingerprint === fingerprint);
    const { source = 'check', severity = 'warning', title = '' } = known ?? {};
    return { fingerprint, commentId: comment.id, kind: 'inline', path: thread.path, source, severity, title };
  });
  await storePosted(sql, key, posted);
  return [...noted, ...posted];
}
