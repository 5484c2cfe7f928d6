import type { Sql } from 'postgres';
import { CodeAgentError, EXIT } from '../code-agent-error.ts';
import { tidyDeliveries } from '../sessions/postgres/deliveries.ts';
import { hasTables } from '../sessions/postgres/migrate.ts';
import { tasksToWake } from '../sessions/postgres/task-questions.ts';
import { type Database, withDatabase } from '../sessions/postgres/with-database.ts';
import { createQueue } from '../tasks/queue.ts';
import { tidyQueue } from '../tasks/tidy-queue.ts';
import { connectionsOfWorker, startWorker, type Worker } from '../tasks/worker.ts';
import { aborted } from './aborted.ts';
import { createDeliveryHandler } from './handle-delivery.ts';
import { migrateQueue } from './migrate-queue.ts';
import { openPool } from './open-pool.ts';
import { createReconciler } from './reconcile.ts';
import { connectionsFor, type ServeOptions } from './serve.ts';
import { queueTask } from './task/queue-task.ts';

/** What works on the jobs of the App, and its connections. */
export interface AppWorker extends Pick<Worker, 'isRunning' | 'nudge' | 'stop' | 'queue'> {}

export interface WorkOptions extends Omit<ServeOptions, 'databaseUrl' | 'onListening'> {
  readonly databaseUrl: string;
  readonly onWorking?: () => void;
}

/** A deploy waits half a minute before it kills: so long jobs may go on, before five seconds to stop in. */
export const GRACE_MS = 15_000;

/** In UTC, as graphile-worker's crontab has it. */
const CRONTAB = `
*/5 * * * * reconcile ?jobKey=reconcile&queue=reconcile&max=3
23 * * * * tidy ?jobKey=tidy&queue=tidy&max=3
`;

/**
 * Does the jobs of a database, until `signal`. Resolves when they have ended or are back in the queue. Rejects as `serve` does,
 * and with exit code 2 when the database has no tables of ours.
 */
export async function work(options: WorkOptions): Promise<void> {
  const { databaseUrl: url, signal, log } = options;
  await withDatabase(url, { connections: connectionsFor(options.concurrency) }, async (database) => {
    if (!(await hasTables(database)))
      throw new CodeAgentError(`the database at ${database.place} has no tables of code-agent`, {
        exitCode: EXIT.usage,
        advice: '`code-agent db migrate` makes them, and so does `code-agent serve`.',
      });
    await migrateQueue(url, log);
    const worker = await startAppWorker({ ...options, url, database, isAlone: false });
    try {
      log.info({ database: database.place, concurrency: options.concurrency }, 'working');
      options.onWorking?.();
      await aborted(signal);
      log.info({}, 'stopping: what is under way is ended or handed on');
    } finally {
      await worker.stop(options.graceMs ?? GRACE_MS);
    }
  });
}

interface AppWorkerOptions
  extends Pick<
    ServeOptions,
    'settings' | 'github' | 'jobs' | 'mayBeCommand' | 'trustedBots' | 'concurrency' | 'log' | 'beat'
  > {
  readonly url: string;
  readonly database: Database;
  readonly isAlone: boolean;
}

export async function startAppWorker(options: AppWorkerOptions): Promise<AppWorker> {
  const { settings, github, log, concurrency, isAlone } = options;
  const { sql }: { readonly sql: Sql } = options.database;
  const pool = openPool(options.url, { max: connectionsOfWorker(concurrency), log });
  const added = (): void => worker?.nudge();
  let worker: Worker | null = null;
  const jobs = options.jobs({ sql });
  const reconcile = createReconciler({ sql, github, log, added });
  const handlers = {
    ...jobs,
    delivery: await createDeliveryHandler({
      settings,
      sql,
      identity: () => github.identity(),
      trustedBots: options.trustedBots,
      mayBeCommand: options.mayBeCommand,
      added,
    }),
    async reconcile(...given: Parameters<typeof reconcile>) {
      await reconcile(...given);
      // Nobody has answered in time, or who stored an answer was killed before it was queued.
      for (const { task, priority, ...address } of await tasksToWake(sql))
        await queueTask(createQueue(pool, added), address, { id: task, priority });
    },
    async tidy(...given: Parameters<typeof jobs.tidy>) {
      await tidyDeliveries(sql);
      await tidyQueue(pool);
      await jobs.tidy(...given);
    },
  };
  try {
    const started = await startWorker({
      ...{ pool, handlers, log, concurrency, isAlone, crontab: CRONTAB },
      ...options.beat,
    });
    worker = started;
    // What came while nobody was there.
    await started.queue.add('reconcile', {}, { replace: false });
    let stopped: Promise<void> | null = null;
    return {
      ...started,
      stop(graceMs) {
        stopped ??= started.stop(graceMs).finally(() => pool.end());
        return stopped;
      },
    };
  } catch (error) {
    await pool.end();
    throw error;
  }
}
