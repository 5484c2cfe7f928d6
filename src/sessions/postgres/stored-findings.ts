import type { Sql, TransactionSql } from 'postgres';
import type { Dismissal } from '../shared-dismissals.ts';
import { storable } from './storable.ts';
import { storeChanges } from './store-findings.ts';
import { textArray } from './text-array.ts';
import { transact } from './with-database.ts';

/** A finding and where it is in its life. */
export interface StoredFinding {
  readonly fingerprint: string;
  readonly state: 'open' | 'fixed' | 'dismissed';
  readonly title: string;
  /** Null when all that is known is that a person has dismissed it. */
  readonly path: string | null;
  readonly line: number | null;
  readonly severity: string | null;
  readonly category: string | null;
  readonly source: string | null;
  readonly lastSeen: Date;
  /** Since when it is in its state, who brought it there, and why; null: a review. */
  readonly stateAt: Date;
  readonly by: string | null;
  readonly because: string | null;
}

/** Those of a repository in one of these states, that seen last first. */
export async function storedFindings(
  sql: Sql,
  repository: string,
  { states, limit }: { readonly states: readonly StoredFinding['state'][]; readonly limit: number },
): Promise<StoredFinding[]> {
  return sql<StoredFinding[]>`
    select fingerprint, state, title, path, start_line as line, severity, category, source, last_seen as "lastSeen",
      state_at as "stateAt", state_by as by, state_because as because
    from code_agent.findings where repository_id = ${repository} and state in ${sql(states)}
    order by last_seen desc, fingerprint limit ${limit}`;
}

/** What a person has decided of a finding. */
export interface Decision {
  readonly fingerprint: string;
  readonly title: string;
  readonly state: 'dismissed' | 'open';
  /** ISO 8601. */
  readonly at: string;
  readonly by: string | null;
  readonly because: string | null;
}

/**
 * Stores it, once. What a person has decided later stands; a dismissal stands before what reviews have seen, before it
 * and since.
 */
export async function storeDecision(sql: Sql, repository: string, decision: Decision): Promise<void> {
  const { fingerprint, state, at } = decision;
  const decided = {
    state,
    state_at: at,
    // In the chain stand people: one whose name is not known is one.
    state_by: storable(decision.by ?? 'unknown'),
    state_because: decision.because === null ? null : storable(decision.because),
  };
  await transact(sql, async (step) => {
    const stored = await step`
      insert into code_agent.findings ${step({
        ...{ repository_id: repository, fingerprint, title: storable(decision.title), last_seen: at },
        ...decided,
      })}
      on conflict (repository_id, fingerprint) do update set ${step(decided)}
      where (findings.state_at < ${at} or ${state}::text = 'dismissed') and ${isNew(step, repository, fingerprint, at)}
      returning 1`;
    if (stored.length > 0) await storeChanges(step, repository, [fingerprint], null);
  });
}

/** Those of these decisions that no person has overruled since and that are not stored, in their order. */
export async function newDecisions(
  sql: Sql,
  repository: string,
  decisions: readonly Decision[],
): Promise<Decision[]> {
  const rows = await sql<{ index: number }[]>`
    select index::int from unnest(${textArray(decisions.map(({ fingerprint }) => fingerprint))}::text[],
      ${textArray(decisions.map(({ at }) => at))}::timestamptz[]) with ordinality as one (fingerprint, at, index)
    where ${isNew(sql, repository, sql`one.fingerprint`, sql`one.at`)} order by index`;
  return rows.flatMap(({ index }) => decisions[index - 1] ?? []);
}

type Fragment = ReturnType<Sql>;

/** No person is known to have decided on the finding at that time or since. */
const isNew = (
  sql: Sql | TransactionSql,
  repository: string,
  fingerprint: string | Fragment,
  at: string | Fragment,
): Fragment => sql`
  not exists (
    select from code_agent.finding_changes c
    where c.repository_id = ${repository} and c.fingerprint = ${fingerprint} and c.at >= ${at}
      and c.changed_by not in ('inline-ignore', 'baseline'))`;

/** What people have dismissed in a repository. */
export async function storedDismissals(sql: Sql, repository: string): Promise<Dismissal[]> {
  return sql<Dismissal[]>`
    select fingerprint, title, coalesce(state_because, '') as reason, state_by as by,
      to_char(state_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at
    from code_agent.findings
    where repository_id = ${repository} and state = 'dismissed' and state_by not in ('inline-ignore', 'baseline')
    order by state_at`;
}
