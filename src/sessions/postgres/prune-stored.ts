import type { Sql } from 'postgres';

/** Takes away the stored sessions of a repository whose events are all older; or only says how many there are. */
export async function pruneStored(
  sql: Sql,
  repository: string,
  { before, dryRun }: { readonly before: Date; readonly dryRun: boolean },
): Promise<number> {
  const [pruned] = dryRun
    ? await sql<{ count: number }[]>`
        select count(*)::int from code_agent.sessions where repository_id = ${repository} and last_at < ${before}`
    : await sql<{ count: number }[]>`select code_agent.prune_sessions(${before}, ${repository}) as count`;
  return pruned?.count ?? 0;
}
