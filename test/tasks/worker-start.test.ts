import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { migrateQueue } from '../../src/app/migrate-queue.ts';
import { openPool } from '../../src/app/open-pool.ts';
import { migrate } from '../../src/sessions/postgres/migrate.ts';
import { withDatabase } from '../../src/sessions/postgres/with-database.ts';
import { createQueue } from '../../src/tasks/queue.ts';
import { type Handlers, startWorker } from '../../src/tasks/worker.ts';
import { keptLog, until } from '../app/intake-setup.ts';
import { hasPostgres, type PostgresServer, startPostgres } from '../support/postgres-server.ts';

const none = async (): Promise<void> => {};

describe.runIf(hasPostgres())('a worker that cannot begin', () => {
  let postgres: PostgresServer;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres.remove());

  async function queueOf() {
    const url = await postgres.createDatabase();
    const log = keptLog();
    await withDatabase(url, {}, (database) => migrate(database));
    await migrateQueue(url, log);
    const pool = openPool(url, { max: 12, log });
    onTestFinished(() => pool.end());
    const taken: unknown[] = [];
    let letGo: (() => void) | null = null;
    const held = () =>
      new Promise<void>((resolve) => {
        letGo = resolve;
      });
    const handlers: Handlers = {
      ...{ delivery: none, review: none, closed: none, comment: none, thread: none, installation: none },
      ...{ task: none, labelled: none, reconcile: held, tidy: async (payload) => void taken.push(payload) },
    };
    const start = () => startWorker({ pool, log, handlers, concurrency: 2, isAlone: true, beatMs: 60_000 });
    /** Adds a job, and waits for longer than a worker that is there would let it wait. */
    const isLeft = async () => {
      await createQueue(pool).add('tidy', {});
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      const { rows } = await pool.query('select attempts, locked_by from graphile_worker.jobs');
      expect(rows).toEqual([{ attempts: 0, locked_by: null }]);
      expect(taken).toEqual([]);
    };
    /** A job ends, and cannot say so: that ends the worker. */
    const loseQueue = async () => {
      await createQueue(pool).add('reconcile', {});
      await until(() => letGo !== null);
      await pool.query('alter table graphile_worker._private_jobs rename to away');
      letGo?.();
    };
    const giveQueue = async () => {
      await pool.query('alter table graphile_worker.away rename to _private_jobs');
      await pool.query('delete from graphile_worker._private_jobs');
    };
    return { pool, start, taken, isLeft, loseQueue, giveQueue };
  }

  it('takes no job when it cannot say that it lives', async () => {
    const { pool, start, taken, isLeft } = await queueOf();
    await pool.query('alter table code_agent.workers rename column beat_at to another');
    await expect(start()).rejects.toThrow('beat_at');
    await isLeft();
    await pool.query('alter table code_agent.workers rename column another to beat_at');
    const worker = await start();
    await until(() => taken.length === 1);
    await worker.stop(0);
  });

  it('takes no job when it was stopped while it began anew', async () => {
    const { pool, start, isLeft, loseQueue, giveQueue } = await queueOf();
    const worker = await start();
    // It loses its queue, and when it begins anew it has to wait to say that it lives.
    await loseQueue();
    await until(() => !worker.isRunning(), 30_000);
    const other = await pool.connect();
    await other.query('begin');
    await other.query('lock table code_agent.workers');
    await giveQueue();
    await until(async () => {
      const { rows } = await pool.query('select from pg_locks where not granted');
      return rows.length > 0;
    }, 30_000);
    const stopped = worker.stop(0);
    await new Promise((resolve) => setTimeout(resolve, 100));
    await other.query('commit');
    other.release();
    await stopped;
    expect(worker.isRunning()).toBe(false);
    await isLeft();
    expect((await pool.query('select id from code_agent.workers')).rows).toEqual([]);
  }, 60_000);
});
