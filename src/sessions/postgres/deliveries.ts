import type { Sql, TransactionSql } from 'postgres';
import { storable } from './storable.ts';
import { transact } from './with-database.ts';

/** A webhook delivery whose signature was right. */
export interface Delivery {
  /** GitHub's id of it: a UUID. */
  readonly id: string;
  readonly event: string;
  /** Its body to the letter: JSON. */
  readonly payload: string;
  /** Of the body. */
  readonly sha256: Buffer;
}

/** Of the delivery `one`. What was killed at its last try could not say so: no job is for it any more (src/tasks/job.ts has its key). */
const hasFailed = (
  sql: Sql | TransactionSql,
) => sql`(one.state = 'failed' or one.state = 'queued' and not exists (
  select from graphile_worker.jobs job
  where job.key = 'delivery:' || one.id and (job.attempts < job.max_attempts or job.locked_at is not null)))`;

/** `known`: this one is here already, or its body came under another id within a day. */
export type StoredAs = 'queued' | 'known';

/**
 * Stores a delivery and queues the job that is to handle it, both or neither. One that has failed is queued anew, and so is one
 * whose last try was killed. Rejects within
 * about `withinMs` on the side of the database.
 */
export async function storeDelivery(
  sql: Sql,
  { id, event, payload, sha256 }: Delivery,
  job: QueuedJob,
  withinMs: number,
): Promise<StoredAs> {
  return transact(sql, async (step) => {
    // Of two that come at once with the same body the second waits to see the first.
    await step`
      select set_config('statement_timeout', ${String(withinMs)}, true), set_config('lock_timeout', ${String(withinMs)}, true),
        pg_advisory_xact_lock(${sha256.readBigInt64BE().toString()}::bigint)`;
    const queued = await step`
      with stored as (
        insert into code_agent.deliveries as one (id, event, sha256, payload)
        select ${id}, ${event}, ${sha256}, ${payload}::json
        where not exists (
          select from code_agent.deliveries other
          where other.sha256 = ${sha256} and other.event = ${event} and other.id <> ${id}
            and other.received_at > now() - interval '1 day')
        on conflict (id) do update set state = 'queued', state_at = now(), error = null, payload = excluded.payload
        where ${hasFailed(step)} and one.event = excluded.event and one.sha256 = excluded.sha256
        returning id
      )
      select ${addJob(step, job)} from stored`;
    return queued.length === 0 ? 'known' : 'queued';
  });
}

/** A job of the queue (src/tasks/job.ts), with its place there. */
export interface QueuedJob {
  readonly name: string;
  /** JSON. */
  readonly payload: string;
  readonly key: string | null;
  readonly line: string | null;
  readonly maxAttempts: number;
}

const addJob = (step: TransactionSql, { name, payload, key, line, maxAttempts }: QueuedJob) => step`
  graphile_worker.add_job(${name}::text, payload => ${payload}::json, queue_name => ${line}::text,
    max_attempts => ${maxAttempts}::integer, job_key => ${key}::text)`;

export interface StoredDelivery {
  readonly event: string;
  /** Null when it was done long ago. */
  readonly payload: string | null;
  readonly state: 'queued' | 'done' | 'failed';
}

/** Null when it is not there. */
export async function readDelivery(sql: Sql, id: string): Promise<StoredDelivery | null> {
  const [row] = await sql<StoredDelivery[]>`
    select event, payload, state from code_agent.deliveries where id = ${id}`;
  return row ?? null;
}

/** Queues all that is to be done for a delivery and marks it as done, both or neither. False when it was done before. */
export async function finishDelivery(sql: Sql, id: string, jobs: readonly QueuedJob[]): Promise<boolean> {
  if (jobs.length === 0) return markDone(sql, id);
  return transact(sql, async (step) => {
    if (!(await markDone(step, id))) return false;
    for (const job of jobs) await step`select from ${addJob(step, job)}`;
    return true;
  });
}

async function markDone(sql: Sql | TransactionSql, id: string): Promise<boolean> {
  const { count } = await sql`
    update code_agent.deliveries set state = 'done', state_at = now(), error = null
    where id = ${id} and state <> 'done'`;
  return count === 1;
}

/** It is not tried again but when GitHub is asked to send it again. */
export async function failDelivery(sql: Sql, id: string, why: string): Promise<void> {
  await sql`
    update code_agent.deliveries set state = 'failed', state_at = now(), error = ${storable(why).slice(0, 2_000)}
    where id = ${id}`;
}

/** Which of these ids are here, and have not failed. */
export async function knownDeliveries(sql: Sql, ids: readonly string[]): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set();
  const rows = await sql<{ id: string }[]>`
    select id from code_agent.deliveries one where id in ${sql(ids)} and not ${hasFailed(sql)}`;
  return new Set(rows.map(({ id }) => id));
}

/** Forgets what was sent in those that are done and a day old, and that there was one a month ago. */
export async function tidyDeliveries(sql: Sql): Promise<void> {
  await sql`
    update code_agent.deliveries set payload = null
    where payload is not null and state = 'done' and state_at < now() - interval '1 day'`;
  await sql`
    delete from code_agent.deliveries one
    where received_at < now() - interval '30 days' and (state = 'done' or ${hasFailed(sql)})`;
}
