import type { Pool } from 'pg';

/**
 * Each pull request has a line of its own in the queue: those without a job are forgotten. Nobody adds a job meanwhile: it would
 * stand in a line that is gone, and never be done.
 */
export async function tidyQueue(pool: Pool): Promise<void> {
  await pool.query(`do $$
    begin
      perform set_config('lock_timeout', '5s', true);
      lock table graphile_worker._private_job_queues in share row exclusive mode;
      delete from graphile_worker._private_job_queues q
      where q.locked_at is null and not exists (select from graphile_worker._private_jobs j where j.job_queue_id = q.id);
    end $$`);
}
