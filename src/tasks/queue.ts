import type { Pool } from 'pg';
import { type JobName, type JobPayload, placedJob } from './job.ts';

/** Jobs that wait in the database, for any worker on any machine. */
export interface Queue {
  /**
   * Adds a job. It stands where `placeOfJob` says. One with the same key that waits is replaced; one that runs goes on, with
   * its signal aborted by a SupersededError, and is not tried again. Rejects with a RangeError when the payload is none.
   */
  add<N extends JobName>(name: N, payload: JobPayload<N>, options?: AddOptions): Promise<void>;
}

export interface AddOptions {
  /** Not before then; at once. */
  readonly runAt?: Date;
  /** Instead of the key that the job has by its kind. */
  readonly key?: string;
  /** Instead of the line that the job has by its kind: of one line one runs at a time. */
  readonly line?: string;
  readonly maxAttempts?: number;
  /** Of jobs that wait the one with the smallest is done first. 0. */
  readonly priority?: number;
  /** False: one with the same key that waits or runs stays as it is, and nothing is added. True. */
  readonly replace?: boolean;
}

/** What a job's function knows of its job. */
export interface JobContext {
  /** Of the job; another one when it is put off. */
  readonly id: string;
  /** The how manieth attempt this is, from 1. */
  readonly attempt: number;
  readonly maxAttempts: number;
  /** Aborted by a SupersededError, or by a StoppingError when the worker ends or was taken for dead. */
  readonly signal: AbortSignal;
  readonly queue: Queue;
}

/** About when a job whose attempt has failed is tried again: graphile-worker's `fail_job`. */
export const nextAttemptAt = (attempt: number, now: Date): Date =>
  new Date(now.getTime() + Math.exp(Math.min(attempt, 10)) * 1_000);

/** Thrown by a job that is to be done at a later time, such as behind a rate limit. It does not count as an attempt. */
export class LaterError extends Error {
  override readonly name = 'LaterError';
  readonly at: Date;

  constructor(at: Date, why: string) {
    super(why);
    this.at = at;
  }
}

/** A newer job with the same key was added: what this one does is of no use any more. */
export class SupersededError extends Error {
  override readonly name = 'SupersededError';
}

/** The worker ends: the job goes back into the queue as it was, for another worker. */
export class StoppingError extends Error {
  override readonly name = 'StoppingError';
}

/** The queue of a database. `added` is called behind each job. */
export function createQueue(pool: Pool, added: () => void = () => {}): Queue {
  return {
    async add(name, payload, { runAt, priority = 0, replace = true, ...given } = {}) {
      const { key, line, maxAttempts, ...job } = { ...placedJob(name, payload), ...given };
      const values = [name, job.payload, line, runAt ?? null, maxAttempts, key, priority];
      await pool.query(
        `select from graphile_worker.add_job($1::text, payload => $2::json, queue_name => $3::text, run_at => $4::timestamptz,
          max_attempts => $5::integer, job_key => $6::text, priority => $7::integer, job_key_mode => $8::text)`,
        [...values, replace || key === null ? 'replace' : 'unsafe_dedupe'],
      );
      added();
    },
  };
}
