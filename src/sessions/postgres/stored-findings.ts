import type { Sql } from 'postgres';
import type { Dismissal } from '../shared-dismissals.ts';
import { storable } from './storable.ts';
import { storeChanges } from './store-findings.ts';
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

/** Stores it, once; what was decided or seen later stands. */
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
      where findings.state_at < ${at} returning 1`;
    if (stored.length > 0) await storeChanges(step, repository, [fingerprint], null);
  });
}

/** What people have dismissed in a repository. */
export async function storedDismissals(sql: Sql, repository: string): Promise<Dismissal[]> {
  return sql<Dismissal[]>`
    select fingerprint, title, coalesce(state_because, '') as reason, state_by as by
    from code_agent.findings
    where repository_id = ${repository} and state = 'dismissed' and state_by not in ('inline-ignore', 'baseline')
    order by state_at`;
}
