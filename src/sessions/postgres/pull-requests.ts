import type { Sql } from 'postgres';
import { storable } from './storable.ts';

/** A pull request by our number of its repository and its own. */
export interface PullRequestKey {
  readonly repository: string;
  readonly number: number;
}

/** What people want of us in a pull request. */
export interface PullRequestState {
  /** `paused`: reviewed only when somebody asks. `ignored`: not at all. */
  readonly state: 'active' | 'paused' | 'ignored' | 'closed';
  /** Who wanted it so; null: nobody. */
  readonly by: string | null;
  /** The comment that is edited in place; null before there is one. */
  readonly summaryComment: number | null;
}

/** Of a pull request that nothing is known of: active. */
export async function readPullRequest(
  sql: Sql,
  { repository, number }: PullRequestKey,
): Promise<PullRequestState> {
  const [row] = await sql<PullRequestState[]>`
    select state, state_by as by, summary_comment::float8 as "summaryComment"
    from code_agent.pull_requests where repository_id = ${repository} and number = ${number}`;
  return row ?? { state: 'active', by: null, summaryComment: null };
}

/** Brings it into a state. */
export async function setPullRequestState(
  sql: Sql,
  { repository, number }: PullRequestKey,
  { state, by }: Pick<PullRequestState, 'state' | 'by'>,
): Promise<void> {
  const row = { repository_id: repository, number, state, state_by: by === null ? null : storable(by) };
  await sql`
    insert into code_agent.pull_requests ${sql(row)}
    on conflict (repository_id, number) do update set state = excluded.state, state_by = excluded.state_by, state_at = now()`;
}

/** Notes where its summary is. */
export async function setSummaryComment(
  sql: Sql,
  { repository, number }: PullRequestKey,
  comment: number,
): Promise<void> {
  await sql`
    insert into code_agent.pull_requests ${sql({ repository_id: repository, number, summary_comment: comment })}
    on conflict (repository_id, number) do update set summary_comment = excluded.summary_comment`;
}
