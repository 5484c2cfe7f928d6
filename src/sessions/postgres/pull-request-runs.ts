import type { Sql } from 'postgres';
import type { DayUsage } from '../../review/day-limits.ts';
import type { PullRequestKey } from './pull-requests.ts';

export interface RunStart extends PullRequestKey {
  readonly kind: 'review' | 'question' | 'task';
  readonly head: string;
  /** The branch that it is to be merged into. */
  readonly baseRef: string;
  /** GitHub's number of who asked for it; null: a push. */
  readonly askedBy: number | null;
  /** Of a task. */
  readonly session?: string;
}

/** What models took. */
export interface RunSpent {
  readonly calls: number;
  readonly tokens: number;
  readonly usd: number;
}

export interface RunEnd {
  readonly outcome: 'pass' | 'fail' | 'incomplete' | 'cancelled' | 'failed' | 'answered';
  readonly mergeBase: string | null;
  readonly policyCommit: string | null;
  readonly session: string | null;
  /** The fingerprints that counted. */
  readonly findings: readonly string[];
  /** By path, a digest of its patch. */
  readonly patches: Readonly<Record<string, string>>;
}

/** A review that looked at a head to its end. */
export interface FinishedRun extends Pick<RunEnd, 'findings' | 'patches'> {
  readonly head: string;
  readonly baseRef: string;
  readonly mergeBase: string | null;
  readonly outcome: RunEnd['outcome'];
}

/** Notes that one has begun: it counts from here on, whatever becomes of it. Answers its number. */
export async function beginRun(
  sql: Sql,
  { repository, number, kind, head, baseRef, askedBy, session }: RunStart,
): Promise<string> {
  const place = { repository_id: repository, number, kind, head, base_ref: baseRef };
  const [row] = await sql<{ id: string }[]>`
    insert into code_agent.pull_request_runs ${sql({ ...place, asked_by: askedBy, session_id: session ?? null })}
    returning id`;
  if (row === undefined) throw new RangeError('a run that was stored is not there');
  return row.id;
}

/** The run of a task's session: one, and counted once, however often the session is gone on with. */
export async function runOfTask(sql: Sql, start: RunStart & { readonly session: string }): Promise<string> {
  const [known] = await sql<{ id: string }[]>`
    select id from code_agent.pull_request_runs
    where repository_id = ${start.repository} and number = ${start.number} and session_id = ${start.session}
      and kind = 'task'
    order by id limit 1`;
  return known?.id ?? beginRun(sql, start);
}

/** A review that has begun and not ended: it waits to be gone on with, or a worker was killed. */
export interface OpenRun {
  readonly id: string;
  readonly head: string;
}

/** Those of a pull request, oldest first. */
export async function openRuns(sql: Sql, { repository, number }: PullRequestKey): Promise<OpenRun[]> {
  return sql<OpenRun[]>`
    select id, head from code_agent.pull_request_runs
    where repository_id = ${repository} and number = ${number} and kind = 'review' and ended_at is null order by id`;
}

/**
 * The pull requests with a review that has begun long ago and that no job is for any more: its last try was killed. By GitHub's
 * ids.
 */
export async function forsakenRuns(
  sql: Sql,
): Promise<{ installation: number; repository: number; number: number }[]> {
  return sql`
    select distinct g.installation_id::float8 as installation, g.github_id::float8 as repository, r.number
    from code_agent.pull_request_runs r
    join code_agent.github_repositories g on g.repository_id = r.repository_id and g.removed_at is null
    where r.kind = 'review' and r.ended_at is null and r.started_at < now() - interval '1 hour'
      and not exists (
        select from graphile_worker.jobs j
        where j.queue_name = 'review:' || g.github_id || ':' || r.number and j.attempts < j.max_attempts)
    limit 100`;
}

/** Notes what a run took, beside what it took before: at once, for what is behind it may be cut off. */
export async function payRun(sql: Sql, id: string, { calls, tokens, usd }: RunSpent): Promise<void> {
  await sql`
    update code_agent.pull_request_runs
    set calls = calls + ${calls}, tokens = tokens + ${tokens}, usd = usd + ${usd} where id = ${id}`;
}

/** What a review has come to. */
export type RunVerdict = 'pass' | 'fail' | 'incomplete';

/** Notes what a review has come to, before it is said: whatever ends this now, nothing better is said of its head. */
export async function noteVerdict(sql: Sql, id: string, verdict: RunVerdict): Promise<void> {
  await sql`update code_agent.pull_request_runs set verdict = ${verdict} where id = ${id}`;
}

/**
 * What the last reviews of a head have come to in all pull requests that are not closed, but for `except`: a commit may be the head of
 * several, and GitHub asks for a check by the commit.
 */
export async function verdictsOnHead(
  sql: Sql,
  {
    repository,
    head,
    except,
  }: { readonly repository: string; readonly head: string; readonly except: number | null },
): Promise<RunVerdict[]> {
  const rows = await sql<{ verdict: RunVerdict }[]>`
    select distinct on (r.number) r.verdict
    from code_agent.pull_request_runs r
    left join code_agent.pull_requests p on p.repository_id = r.repository_id and p.number = r.number
    where r.repository_id = ${repository} and r.head = ${head} and r.verdict is not null
      and r.number is distinct from ${except} and p.state is distinct from 'closed'
    order by r.number, r.id desc`;
  return rows.map(({ verdict }) => verdict);
}

/** Notes what has become of it. */
export async function endRun(sql: Sql, id: string, end: RunEnd & Partial<RunSpent>): Promise<void> {
  const { outcome, mergeBase, policyCommit, session, findings, patches, ...spent } = end;
  await payRun(sql, id, { calls: 0, tokens: 0, usd: 0, ...spent });
  await sql`
    update code_agent.pull_request_runs set ${sql({
      outcome,
      merge_base: mergeBase,
      policy_commit: policyCommit,
      session_id: session,
      findings: JSON.stringify(findings),
      patches: JSON.stringify(patches),
    })}, ended_at = now() where id = ${id}`;
}

/** The last review of a pull request that came to an end; null when there is none. */
export async function lastReview(
  sql: Sql,
  { repository, number }: PullRequestKey,
): Promise<FinishedRun | null> {
  const [row] = await sql<
    (Omit<FinishedRun, 'findings' | 'patches'> & { findings: string; patches: string })[]
  >`
    select head, base_ref as "baseRef", merge_base as "mergeBase", outcome, findings, patches
    from code_agent.pull_request_runs
    where repository_id = ${repository} and number = ${number} and kind = 'review'
      and outcome in ('pass', 'fail', 'incomplete')
    order by id desc limit 1`;
  if (row === undefined) return null;
  // Both are ours, as `endRun` wrote them.
  return { ...row, findings: JSON.parse(row.findings), patches: JSON.parse(row.patches) };
}

const NOTHING: DayUsage = { reviews: 0, tokens: 0, cost: 0 };

/** What a repository, and a person in all of them, have used since midnight UTC. What still goes on counts as a review. */
export async function usageToday(
  sql: Sql,
  repository: string,
  person: number | null,
): Promise<{ readonly repository: DayUsage; readonly person: DayUsage | null }> {
  const [used] = await sql<DayUsage[]>`${today(sql)} and repository_id = ${repository}`;
  const [own] = person === null ? [] : await sql<DayUsage[]>`${today(sql)} and asked_by = ${person}`;
  return { repository: used ?? NOTHING, person: person === null ? null : (own ?? NOTHING) };
}

const sums = (sql: Sql) => sql`
  select count(*)::int as reviews, coalesce(sum(tokens), 0)::float8 as tokens, coalesce(sum(usd), 0)::float8 as cost
  from code_agent.pull_request_runs`;
const today = (sql: Sql) => sql`
  ${sums(sql)} where started_at >= date_trunc('day', now() at time zone 'UTC') at time zone 'UTC'`;

/** What a pull request has taken up to now. */
export async function usageOf(sql: Sql, { repository, number }: PullRequestKey): Promise<DayUsage> {
  const [used] = await sql<DayUsage[]>`
    ${sums(sql)} where repository_id = ${repository} and number = ${number}`;
  return used ?? NOTHING;
}

/** How often a head was looked at, however that ended. */
export async function countLooks(
  sql: Sql,
  { repository, number }: PullRequestKey,
  head: string,
): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    select count(*)::int as count from code_agent.pull_request_runs
    where repository_id = ${repository} and number = ${number} and head = ${head} and kind = 'review'
      and ended_at is not null`;
  return row?.count ?? 0;
}
