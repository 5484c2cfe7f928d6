import type { Sql } from 'postgres';
import { byDayAndModel, type StatsRow } from '../../agent/session-stats.ts';

/** The same as `statsOf` says of journals, of what is stored: of one repository or all, of sessions that began since then. */
export async function storedStats(
  sql: Sql,
  { repository, since }: { readonly repository: string | null; readonly since: Date },
): Promise<StatsRow[]> {
  const rows = await sql<FlatRow[]>`
    with chosen as (
      select s.id, s.repository_id, to_char(s.started_at at time zone 'UTC', 'YYYY-MM-DD') as day, s.ms,
        s.findings_kept, s.findings_suppressed, s.findings_dropped
      from code_agent.sessions s
      where s.started_at >= ${since} ${repository === null ? sql`` : sql`and s.repository_id = ${repository}`}
    ), used as (
      select c.*, m.model, m.calls, m.failures, m.input_tokens, m.output_tokens, m.cache_read_tokens,
        m.cache_write_tokens, m.usd,
        row_number() over (partition by c.id order by m.calls desc, m.model collate "C") = 1 as is_most
      from chosen c left join code_agent.session_models m on m.session_id = c.id and m.session_id >= ${firstIdAt(since)}
    )
    select r.identity as repository, u.day, u.model, (count(*) filter (where is_most))::int as sessions,
      (coalesce(sum(findings_kept) filter (where is_most), 0))::int as kept,
      (coalesce(sum(findings_suppressed) filter (where is_most), 0))::int as suppressed,
      (coalesce(sum(findings_dropped) filter (where is_most), 0))::int as dropped,
      coalesce(sum(calls), 0)::int as calls, coalesce(sum(failures), 0)::int as failures,
      coalesce(sum(input_tokens), 0)::float8 as input, coalesce(sum(output_tokens), 0)::float8 as output,
      coalesce(sum(cache_read_tokens), 0)::float8 as "cacheRead",
      coalesce(sum(cache_write_tokens), 0)::float8 as "cacheWrite", coalesce(sum(usd), 0)::float8 as usd,
      coalesce(sum(ms) filter (where is_most), 0) as ms
    from used u join code_agent.repositories r on r.id = u.repository_id
    group by r.identity, u.day, u.model`;
  const nested = rows.map(({ kept, suppressed, dropped, input, output, cacheRead, cacheWrite, ...row }) => ({
    ...row,
    findings: { kept, suppressed, dropped },
    tokens: { input, output, cacheRead, cacheWrite },
  }));
  return nested.sort(byDayAndModel);
}

/** Clocks are set: so much earlier than its first event says a session may have been given its id. */
const MARGIN_MS = 86_400_000;

/** No id of a session that began then or later is smaller: ids begin with the time (`createSessionId`), and so does their index. */
function firstIdAt(since: Date): string {
  const time = Math.max(0, since.getTime() - MARGIN_MS)
    .toString(16)
    .padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-0000-0000-000000000000`;
}

type FlatRow = Omit<StatsRow, 'findings' | 'tokens'> & StatsRow['findings'] & StatsRow['tokens'];
