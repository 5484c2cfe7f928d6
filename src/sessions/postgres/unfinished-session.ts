import type { Sql } from 'postgres';

/**
 * The latest session of a change in which a model was asked and that has not ended, as far as it was stored: a worker that was
 * stopped left it for another one, perhaps on another machine. Null when there is none.
 */
export async function unfinishedSession(
  sql: Sql,
  repository: string,
  changeId: string,
): Promise<string | null> {
  const [row] = await sql<{ id: string }[]>`
    select s.id from code_agent.sessions s
    where s.repository_id = ${repository} and s.change_id = ${changeId} and s.ended_at is null and s.kind = 'review'
      and exists (select from code_agent.session_models m where m.session_id = s.id)
    order by s.started_at desc, s.id desc limit 1`;
  return row?.id ?? null;
}
