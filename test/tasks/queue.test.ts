import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { migrateQueue } from '../../src/app/migrate-queue.ts';
import { openPool } from '../../src/app/open-pool.ts';
import type { JobPayload } from '../../src/tasks/job.ts';
import {
  createQueue,
  type JobContext,
  LaterError,
  StoppingError,
  SupersededError,
} from '../../src/tasks/queue.ts';
import { tidyQueue } from '../../src/tasks/tidy-queue.ts';
import { type Handlers, startWorker, type WorkerOptions } from '../../src/tasks/worker.ts';
import { keptLog, until } from '../app/intake-setup.ts';
import { DATABASES, type Databases } from '../support/databases.ts';
import { hasPostgres, startPostgres } from '../support/postgres-server.ts';

const none = async (): Promise<void> => {};
const NOTHING: Handlers = {
  ...{ delivery: none, review: none, closed: none, comment: none, thread: none, installation: none },
  ...{ reconcile: none, tidy: none, task: none, labelled: none },
};
const review = (number = 1, full = false): JobPayload<'review'> => ({
  ...{ installation: 1, repository: 2, number, full },
});

/** A job that goes on until it is let go, or its signal says that it is to end. */
function heldJob() {
  const began: JobContext[] = [];
  const reasons: unknown[] = [];
  let letGo = (): void => {};
  const open = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  return {
    began,
    reasons,
    letGo: () => letGo(),
    async run(_: unknown, context: JobContext): Promise<void> {
      began.push(context);
      const told = new Promise<never>((_, reject) => {
        context.signal.addEventListener('abort', () => {
          reasons.push(context.signal.reason);
          reject(context.signal.reason);
        });
      });
      await Promise.race([open, told]);
    },
  };
}

describe.each(DATABASES)('the queue, on %s', (kind, start) => {
  let databases: Databases;
  beforeAll(async () => {
    databases = await start();
  });
  afterAll(() => databases.stop());

  async function queueOf() {
    const url = await databases.migrated();
    const log = keptLog();
    await migrateQueue(url, log);
    const pool = openPool(url, { max: 8, log });
    await pool.query('delete from graphile_worker._private_jobs');
    onTestFinished(() => pool.end());
    return { url, log, pool, queue: createQueue(pool) };
  }
  async function working(pool: Pool, handlers: Partial<Handlers>, more: Partial<WorkerOptions> = {}) {
    const log = keptLog();
    const all = { ...NOTHING, ...handlers };
    const worker = await startWorker({
      ...{ pool, log, concurrency: 3, handlers: all, isAlone: kind === 'embedded' },
      ...more,
    });
    onTestFinished(() => worker.stop(0));
    return { worker, log };
  }
  const jobs = async (pool: Pool) =>
    (
      await pool.query(
        'select task_identifier, key, attempts, max_attempts, last_error, locked_by from graphile_worker.jobs order by id',
      )
    ).rows;

  it('of jobs with the same key one waits, the last one', async () => {
    const { pool, queue } = await queueOf();
    await queue.add('review', review(), { runAt: new Date(Date.now() + 60_000) });
    await queue.add('closed', { installation: 1, repository: 2, number: 1 });
    await queue.add('review', review(1, true));
    await queue.add('review', review(2));
    expect(await jobs(pool)).toMatchObject([
      { task_identifier: 'closed', key: 'review:2:1' },
      { task_identifier: 'review', key: 'review:2:1:full' },
      { task_identifier: 'review', key: 'review:2:2' },
    ]);
  });

  it('takes no payload that is none', async () => {
    const { queue } = await queueOf();
    const wrong = { ...review(), number: 0.5 };
    await expect(queue.add('review', wrong)).rejects.toThrow('not the payload of a job review: number');
  });

  it('who asks is answered while reviews take all their places, and deliveries are handled', async () => {
    const { pool, queue } = await queueOf();
    const held = heldJob();
    const done: string[] = [];
    const { worker } = await working(pool, {
      review: held.run,
      delivery: async ({ id }) => void done.push(id),
      thread: async ({ thread }) => void done.push(thread),
    });
    for (const number of [1, 2, 3, 4]) await queue.add('review', review(number));
    worker.nudge();
    await until(() => held.began.length === 3);
    await queue.add('delivery', { id: 'a' });
    await queue.add('thread', {
      ...{ installation: 1, repository: 2, number: 1, resolved: true, thread: 'T', comments: [1] },
      sender: { login: 'someone', id: 5, type: 'User' },
    });
    await until(() => done.length === 2);
    expect(held.began).toHaveLength(3);
    held.letGo();
    await until(async () => (await jobs(pool)).length === 0);
    expect(held.began).toHaveLength(4);
  });

  it('of one pull request one job runs at a time, of several several', async () => {
    const { pool, queue } = await queueOf();
    let now = 0;
    let most = 0;
    const seen: number[] = [];
    const handlers: Partial<Handlers> = {
      async comment({ number, comment }) {
        now += 1;
        most = Math.max(most, number === 1 ? now : 0);
        await new Promise((resolve) => setTimeout(resolve, 20));
        now -= 1;
        seen.push(comment);
      },
    };
    for (let comment = 1; comment <= 10; comment += 1) {
      const author = { login: 'someone', id: 5, type: 'User' };
      await queue.add('comment', {
        ...{ installation: 1, repository: 2, number: 1, kind: 'issue', comment, body: '/agent help' },
        ...{ author, updatedAt: '2026-01-01T00:00:00Z', inReplyTo: null },
      });
    }
    await working(pool, handlers);
    await until(() => seen.length === 10);
    expect(most).toBe(1);
    expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it('a job that throws is tried again later; out of attempts it is kept, and said', async () => {
    const { pool, queue } = await queueOf();
    const attempts: number[] = [];
    const { log } = await working(pool, {
      async review(_, { attempt }) {
        attempts.push(attempt);
        throw new Error(`attempt ${attempt}`);
      },
    });
    await queue.add('review', review(), { maxAttempts: 2 });
    await until(() => attempts.length === 1);
    await until(async () => (await jobs(pool))[0]?.last_error !== null);
    expect(await jobs(pool)).toMatchObject([{ attempts: 1, last_error: 'attempt 1', locked_by: null }]);
    await pool.query('update graphile_worker._private_jobs set run_at = now()');
    await until(async () => (await jobs(pool))[0]?.last_error === 'attempt 2');
    expect(await jobs(pool)).toMatchObject([{ attempts: 2, max_attempts: 2 }]);
    expect(log.lines.map(({ level, message }) => `${level} ${message}`)).toEqual(
      expect.arrayContaining([
        'warn a job has failed, and is tried again',
        'error a job has failed for good, and is kept',
      ]),
    );
    // Its place is free for another.
    await queue.add('review', review());
    expect(await jobs(pool)).toHaveLength(2);
  });

  it('39: a job that is put off is done at its time, and no attempt is counted', async () => {
    const { pool, queue } = await queueOf();
    const attempts: number[] = [];
    const at = new Date(Date.now() + 2_000);
    const times: number[] = [];
    await working(pool, {
      async review(_, { attempt }) {
        attempts.push(attempt);
        times.push(Date.now());
        if (attempts.length < 2) throw new LaterError(at, 'a rate limit');
      },
    });
    await queue.add('review', review());
    await until(() => attempts.length === 1);
    // Another one of the same pull request need not wait for it.
    await queue.add('review', review(1, true));
    await until(async () => (await jobs(pool)).length === 0);
    expect(attempts).toEqual([1, 1, 1]);
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeLessThan(1_500);
    expect(times[2]).toBeGreaterThanOrEqual(at.getTime());
  });

  it('a newer job ends the one that runs, which is not tried again', async () => {
    const { pool, queue } = await queueOf();
    const first = heldJob();
    const done: number[] = [];
    await working(pool, {
      async review(payload, context) {
        if (first.began.length === 0) await first.run(payload, context);
        else done.push(payload.number);
      },
    });
    await queue.add('review', review());
    await until(() => first.began.length === 1);
    await queue.add('review', review());
    await until(() => done.length === 1);
    expect(first.reasons).toEqual([expect.any(SupersededError)]);
    await until(async () => (await jobs(pool)).length === 0);
  });

  it('one that stays as it is: nothing is added beside it', async () => {
    const { pool, queue } = await queueOf();
    const held = heldJob();
    await working(pool, { reconcile: held.run });
    await queue.add('reconcile', {}, { replace: false });
    await until(() => held.began.length === 1);
    await queue.add('reconcile', {}, { replace: false });
    expect(await jobs(pool)).toHaveLength(1);
    held.letGo();
    await until(async () => (await jobs(pool)).length === 0);
    expect(held.reasons).toEqual([]);
  });

  it('61: a worker that stops takes no more jobs, waits for those that run, and hands on what does not end', async () => {
    const { pool, queue } = await queueOf();
    const held = heldJob();
    const deaf: JobContext[] = [];
    let finished = 0;
    const { worker } = await working(pool, {
      review: held.run,
      async closed() {
        await new Promise((resolve) => setTimeout(resolve, 400));
        finished += 1;
      },
      // Does not listen to its signal.
      async tidy(_, context) {
        deaf.push(context);
        await new Promise(() => {});
      },
    });
    await queue.add('review', review());
    await queue.add('closed', { installation: 1, repository: 2, number: 9 });
    await queue.add('tidy', {});
    await until(() => held.began.length + deaf.length === 2);
    const began = Date.now();
    const stopping = worker.stop(1_000);
    await queue.add('thread', {
      ...{ installation: 1, repository: 2, number: 1, resolved: true, thread: 'T', comments: [1] },
      sender: { login: 'someone', id: 5, type: 'User' },
    });
    await stopping;
    expect(Date.now() - began).toBeLessThan(10_000);
    expect(finished).toBe(1);
    expect(held.reasons).toEqual([expect.any(StoppingError)]);
    // As they were before: at once, and with all their attempts.
    expect(await jobs(pool)).toMatchObject([
      { task_identifier: 'review', attempts: 0, locked_by: null, last_error: null },
      { task_identifier: 'tidy', attempts: 0, locked_by: null },
      { task_identifier: 'thread', attempts: 0 },
    ]);
    const again: string[] = [];
    await working(pool, {
      review: async () => void again.push('review'),
      tidy: async () => void again.push('tidy'),
      thread: async () => void again.push('thread'),
    });
    await until(() => again.length === 3);
  }, 30_000);

  it('49: the jobs of a worker that is gone are freed by the others, those of one that lives are not', async () => {
    const { pool, queue } = await queueOf();
    const times = { beatMs: 200, deadAfterMs: 1_200 };
    const held = heldJob();
    const done: number[] = [];
    const closed: Handlers['closed'] = async ({ number }) => void done.push(number);
    await working(pool, { review: held.run, closed }, times);
    await queue.add('review', review(1));
    await until(() => held.began.length === 1);
    // As a worker leaves it that was killed: one that had said that it lives, and one that had not come to it.
    await pool.query(
      `insert into code_agent.workers (id, beat_at) values ('pool-dead', now() - interval '1 hour')`,
    );
    for (const [id, number] of [
      ['pool-dead', 2],
      ['pool-silent', 3],
    ] as const) {
      await queue.add(
        'closed',
        { installation: 1, repository: 2, number },
        { runAt: new Date(Date.now() + 3_600_000) },
      );
      await pool.query(
        `with job as (
          update graphile_worker._private_jobs set locked_by = $1, locked_at = now() - interval '1 hour', attempts = 1, run_at = now()
          where key = $2 returning job_queue_id)
        update graphile_worker._private_job_queues q set locked_by = $1, locked_at = now() - interval '1 hour'
        from job where q.id = job.job_queue_id`,
        [id, `review:2:${number}`],
      );
    }
    await working(pool, { closed }, { ...times, isAlone: false });
    await until(() => done.length >= 2);
    expect(done.sort()).toEqual([2, 3]);
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    expect(held.reasons).toEqual([]);
    expect(held.began).toHaveLength(1);
    held.letGo();
    await until(async () => (await jobs(pool)).length === 0);
  }, 30_000);

  it('connections side by side are answered each with its own, and one that is cut off keeps nobody', async () => {
    const { pool } = await queueOf();
    const wrong: unknown[] = [];
    const ask = async (number: number) => {
      const { rows } = await pool.query('select $1::int as number, $2::text as text', [number, `${number}`]);
      if (rows[0]?.number !== number || rows[0]?.text !== `${number}`) wrong.push([number, rows]);
    };
    const leave = async () => {
      const client = await pool.connect();
      await client.query('begin');
      await client.query('select $1::int', [1]);
      client.release(new Error('cut off amid a transaction'));
    };
    await Promise.all(
      Array.from({ length: 500 }, (_, number) => (number % 50 === 0 ? leave() : ask(number))),
    );
    expect(wrong).toEqual([]);
  });

  it('a line without jobs is forgotten, one with a job is not', async () => {
    const { pool, queue } = await queueOf();
    await working(pool, {});
    await queue.add('review', review(1));
    await until(async () => (await jobs(pool)).length === 0);
    await queue.add('review', review(2), { runAt: new Date(Date.now() + 60_000) });
    await tidyQueue(pool);
    const { rows } = await pool.query('select queue_name from graphile_worker._private_job_queues');
    expect(rows).toEqual([{ queue_name: 'review:2:2' }]);
  });
});

describe.runIf(hasPostgres())('a worker whose database is restarted', () => {
  it('goes on, with the job that it was amid', async () => {
    const postgres = await startPostgres();
    onTestFinished(() => postgres.remove());
    const url = await postgres.createDatabase();
    const log = keptLog();
    const { migrate } = await import('../../src/sessions/postgres/migrate.ts');
    const { withDatabase } = await import('../../src/sessions/postgres/with-database.ts');
    await withDatabase(url, {}, (database) => migrate(database));
    await migrateQueue(url, log);
    const pool = openPool(url, { max: 8, log });
    const held = heldJob();
    const done: number[] = [];
    const worker = await startWorker({
      ...{ pool, log, concurrency: 2, beatMs: 200, deadAfterMs: 1_500 },
      handlers: {
        ...NOTHING,
        async review(payload, context) {
          if (held.began.length === 0) await held.run(payload, context);
          done.push(payload.number);
        },
      },
    });
    onTestFinished(async () => {
      await worker.stop(0);
      await pool.end();
    });
    const queue = createQueue(pool);
    await queue.add('review', review(1));
    await until(() => held.began.length === 1);
    await postgres.stop('immediate');
    // It is done, and cannot say so.
    held.letGo();
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    await postgres.start();
    await until(async () => {
      await queue.add('review', review(2)).catch(() => {});
      return done.includes(2);
    }, 30_000);
    await until(() => done.filter((number) => number === 1).length === 2, 30_000);
  }, 90_000);
});
