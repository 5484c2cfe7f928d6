import type { Sql } from 'postgres';
import type { UnitResults } from '../unit-results.ts';
import { textArray } from './text-array.ts';

/** Transactions that were not done yet when the last time was taken. */
const OVERLAP_MS = 600_000;
/** So many at once: those of the latest changes. */
const MOST = 500;
/** Findings of a unit are a few kilobytes. A longer result is somebody's, and nobody's answer. */
const MOST_BYTES = 1_000_000;

/**
 * Puts the results of this machine's units beside those of others, and takes theirs: what was answered once is not asked
 * again by anybody. `since`: when it was last done, by the clock of the server. Answers that of now.
 */
export async function shareResults(
  sql: Sql,
  repository: string,
  results: UnitResults,
  since: string | null,
): Promise<string> {
  const from = new Date(since === null ? 0 : Date.parse(since) - OVERLAP_MS);
  const [clock] = await sql<{ now: Date }[]>`select now() as now`;
  const own = results.newest(MOST);
  const missing = await sql<{ key: string }[]>`
    select key from unnest(${textArray(own)}::text[]) as key
    where not exists (select from code_agent.review_results r where r.key = key.key)`;
  for (const { key } of missing) {
    const result = results.read(key);
    if (result === null) continue;
    const row = { key, repository_id: repository, result: JSON.stringify(result) };
    await sql`insert into code_agent.review_results ${sql(row)} on conflict do nothing`;
  }
  const theirs = await sql<{ key: string; result: string }[]>`
    select key, result from code_agent.review_results
    where repository_id = ${repository} and made_at > ${from} and octet_length(result::text) <= ${MOST_BYTES}
      and not key = any(${textArray(own)}::text[])
    order by made_at desc limit ${MOST}`;
  for (const { key, result } of theirs) keep(results, key, result);
  return (clock?.now ?? from).toISOString();
}

/** What is nested too deep for JavaScript is left out: PostgreSQL takes more. What a result says is looked at when it is used. */
function keep(results: UnitResults, key: string, result: string): void {
  try {
    results.write(key, JSON.parse(result));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
}
