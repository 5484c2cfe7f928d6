import { randomUUID } from 'node:crypto';
import { Logger, run } from 'graphile-worker';
import { openPool } from '../../src/app/open-pool.ts';
import { connectionsFor } from '../../src/app/serve.ts';
import { endTask, startTask } from '../../src/sessions/postgres/tasks.ts';
import { withDatabase } from '../../src/sessions/postgres/with-database.ts';
import { JOBS, parseJob } from '../../src/tasks/job.ts';
import { createQueue, type Queue } from '../../src/tasks/queue.ts';
import { connectionsOfWorker, startWorker } from '../../src/tasks/worker.ts';
import { IDLE_HANDLERS } from './idle-handlers.ts';
import { monotonicMs } from './monotonic-ms.ts';
import { CONCURRENCY } from './queue-race.ts';
import { QUIET } from './quiet-log.ts';

/** Who works on the jobs `task` of a database, and how. */
export interface TasksWorkerOptions {
  readonly url: string;
  readonly by: 'code-agent' | 'graphile-worker';
  /** Each task is begun and ended in its table. False: nothing is done for it. Only of code-agent. */
  readonly stores: boolean;
  /** The database is the embedded one, and nobody else works on it. */
  readonly isAlone: boolean;
}

/** A task that is done, by `monotonicMs`. */
export interface DoneTask {
  readonly task: number;
  readonly begunAt: number;
  readonly endedAt: number;
}

/** Works as long as `work` takes. */
export async function withTasksWorker<T>(
  { url, by, stores, isAlone }: TasksWorkerOptions,
  done: (task: DoneTask) => void,
  work: (queue: Queue) => Promise<T>,
): Promise<T> {
  const pool = openPool(url, { max: connectionsOfWorker(CONCURRENCY), log: QUIET });
  try {
    return await withDatabase(url, { connections: connectionsFor(CONCURRENCY) }, async ({ sql }) => {
      const task = async (payload: unknown): Promise<void> => {
        const begunAt = monotonicMs();
        const { task: id } = parseJob('task', payload);
        if (stores) {
          await startTask(sql, id, { session: randomUUID(), base: BASE, branch: `code-agent/${id}` });
          await endTask(sql, id, { state: 'completed', reason: null, report: null, head: null, pull: null });
        }
        done({ task: id, begunAt, endedAt: monotonicMs() });
      };
      if (by === 'code-agent') {
        const handlers = { ...IDLE_HANDLERS, task };
        const worker = await startWorker({ pool, handlers, log: QUIET, concurrency: CONCURRENCY, isAlone });
        return work(worker.queue).finally(() => worker.stop(1_000));
      }
      const runner = await run({
        pgPool: pool,
        concurrency: CONCURRENCY,
        taskList: { ...Object.fromEntries(Object.keys(JOBS).map((name) => [name, () => {}])), task },
        noHandleSignals: true,
        logger: new Logger(() => () => {}),
      });
      return work(createQueue(pool)).finally(() => runner.stop());
    });
  } finally {
    await pool.end();
  }
}

const BASE = 'b'.repeat(40);
