import type { Pool } from 'pg';

/*
 * Jobs are locked by the worker that does them, under its id. graphile-worker frees those of a worker that was killed after
 * four hours; so each worker says in code_agent.workers that it lives, and frees the jobs of those that have not said so.
 */

/** Says that a worker lives. False when it had been taken for dead since it last did. */
export async function beat(pool: Pool, id: string): Promise<boolean> {
  const { rowCount } = await pool.query('update code_agent.workers set beat_at = now() where id = $1', [id]);
  if (rowCount === 1) return true;
  await pool.query('insert into code_agent.workers (id) values ($1) on conflict do nothing', [id]);
  return false;
}

/** A worker has ended: it is forgotten, and what it still holds is freed. */
export async function leave(pool: Pool, id: string): Promise<void> {
  await pool.query('select from graphile_worker.force_unlock_workers(array[$1::text])', [id]);
  await pool.query('delete from code_agent.workers where id = $1', [id]);
}

/** Frees what workers hold that have not said for so long that they live, or never did. Answers their ids. */
export async function unlockDead(pool: Pool, deadAfterMs: number): Promise<string[]> {
  const { rows } = await pool.query<{ id: string }>(
    `with gone as (
      delete from code_agent.workers where beat_at < now() - $1::float8 * interval '1 millisecond' returning id
    ), holders as (
      select locked_by, locked_at from graphile_worker._private_jobs where locked_by is not null
      union all
      select locked_by, locked_at from graphile_worker._private_job_queues where locked_by is not null
    )
    select id from gone
    union
    select locked_by from holders
    where locked_at < now() - $1::float8 * interval '1 millisecond'
      and not exists (select from code_agent.workers where id = locked_by)`,
    [deadAfterMs],
  );
  const ids = rows.map(({ id }) => id);
  if (ids.length > 0) await unlock(pool, ids);
  return ids;
}

/** Frees everything. For whoever has the database for themselves. */
export async function unlockAll(pool: Pool): Promise<void> {
  await pool.query('delete from code_agent.workers');
  const { rows } = await pool.query<{ id: string }>(
    `select locked_by as id from graphile_worker._private_jobs where locked_by is not null
    union select locked_by from graphile_worker._private_job_queues where locked_by is not null`,
  );
  await unlock(
    pool,
    rows.map(({ id }) => id),
  );
}

async function unlock(pool: Pool, ids: readonly string[]): Promise<void> {
  // It may have been what killed the worker: it is seen on those that are out of attempts.
  await pool.query(
    `update graphile_worker._private_jobs set last_error = 'the worker that did it was gone' where locked_by = any($1::text[])`,
    [ids],
  );
  await pool.query('select from graphile_worker.force_unlock_workers($1::text[])', [ids]);
  await pool.query(WAKE);
}

/** A job goes back as it was before this attempt, to be done at a time or at once. A job that the worker has lost stays as it is. */
export async function giveBack(pool: Pool, job: string, worker: string, at: Date | null): Promise<void> {
  await pool.query(
    `with back as (
      update graphile_worker._private_jobs
      set locked_at = null, locked_by = null, attempts = greatest(0, attempts - 1),
        run_at = case when $3::timestamptz is null then run_at else greatest($3::timestamptz, now() + interval '1 second') end
      where id = $1::bigint and locked_by = $2 returning job_queue_id
    )
    update graphile_worker._private_job_queues q set locked_at = null, locked_by = null
    from back where q.id = back.job_queue_id and q.locked_by = $2`,
    [job, worker, at],
  );
  if (at === null) await pool.query(WAKE);
}

/**
 * A job is done: its line is free from then on. graphile-worker says so some time later, and would look for the next job of the
 * line before that, in vain. False when the worker had lost the job.
 */
export async function finish(pool: Pool, job: string, worker: string): Promise<boolean> {
  const { rowCount } = await pool.query(
    `with done as (delete from graphile_worker._private_jobs where id = $1::bigint and locked_by = $2 returning job_queue_id)
    update graphile_worker._private_job_queues q set locked_at = null, locked_by = null
    from done where q.id = done.job_queue_id and q.locked_by = $2`,
    [job, worker],
  );
  return rowCount === 1;
}

/** Which of these jobs had a key and have lost it to a newer job (graphile-worker's add_jobs). */
export async function hasNewer(pool: Pool, jobs: readonly string[]): Promise<string[]> {
  const { rows } = await pool.query<{ id: string }>(
    'select id from graphile_worker._private_jobs where id = any($1::bigint[]) and key is null',
    [jobs],
  );
  return rows.map(({ id }) => id);
}

/** As graphile-worker's add_jobs tells of a new job. */
const WAKE = `select pg_notify('jobs:insert', '{"r":' || random()::text || ',"count":1}')`;
