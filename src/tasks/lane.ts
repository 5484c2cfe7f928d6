import { EventEmitter } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import {
  type Job,
  type JobHelpers,
  Logger,
  type Runner,
  run,
  type TaskList,
  type WorkerPool,
} from 'graphile-worker';
import type { Pool } from 'pg';
import { JOB_NAMES, type JobName, parseJob } from './job.ts';
import type { Log } from './log.ts';
import { LaterError, type Queue, StoppingError, SupersededError } from './queue.ts';
import type { Handlers, Worker, WorkerOptions } from './worker.ts';
import { beat, finish, giveBack, hasNewer, leave, unlockDead } from './worker-locks.ts';

/** Some of the jobs of a database, and who does them. */
export interface LaneOptions extends Omit<WorkerOptions, 'handlers' | 'concurrency'> {
  /** For each job of this lane a function. Others are left to others. */
  readonly handlers: Partial<Handlers>;
  /** Jobs at a time. */
  readonly places: number;
  readonly noPreparedStatements: boolean;
  /** Where jobs add jobs. */
  readonly queue: Queue;
}

export type Lane = Omit<Worker, 'queue'>;

/** Behind the abort of its signal a job has so long to end. */
const ABANDON_MS = 5_000;
const WATCH_MS = 1_000;
const AGAIN_MS = 1_000;
/** Who is not told of a job finds it so. Two that look at once do not see all: graphile-worker locks the lines to look at them. */
const POLL_MS = 1_000;
const LOOKS_AGAIN = 3;

/**
 * Starts working. What takes the lane off its feet, such as a restart of the database, ends it only for a moment. Rejects when
 * the database cannot be reached or has no queue.
 */
export async function startLane(options: LaneOptions): Promise<Lane> {
  const { pool, log, isAlone = false, beatMs = 10_000, deadAfterMs = 60_000 } = options;
  const running = new Map<string, RunningJob>();
  const pools = new EventEmitter();
  let current: WorkerPool | null = null;
  let runner: Runner | null = null;
  let stopping = false;
  // graphile-worker locks all free lines to look at them: of two that are told of a job at once one may see none, and would wait
  // for a poll. Told once, it looks a few times.
  let looksLeft = 0;
  pools.on('pool:listen:notification', () => {
    looksLeft = LOOKS_AGAIN;
  });
  pools.on('worker:getJob:empty', ({ worker }: { worker: { nudge(): boolean } }) => {
    if (looksLeft === 0) return;
    looksLeft -= 1;
    setTimeout(
      () => {
        try {
          if (!stopping && runner !== null) worker.nudge();
        } catch {
          // It has ended meanwhile.
        }
      },
      5 + Math.random() * 15,
    ).unref();
  });
  pools.on('pool:create', ({ workerPool }: { workerPool: WorkerPool }) => {
    current = workerPool;
  });
  const abortAll = (reason: StoppingError): void => {
    for (const { controller } of running.values()) controller.abort(reason);
  };

  const start = async (): Promise<void> => {
    const started = await run({
      pgPool: pool,
      schema: 'graphile_worker',
      taskList: tasksOf(options, running),
      concurrency: options.places,
      crontab: options.crontab ?? '',
      noHandleSignals: true,
      noPreparedStatements: options.noPreparedStatements,
      pollInterval: POLL_MS,
      events: pools,
      logger: graphileLogger(log),
      // Without a batch nobody would take it up when a job cannot be marked as done, and the process would end by it.
      preset: { worker: { completeJobBatchDelay: 0, failJobBatchDelay: 0 } },
    });
    try {
      await beat(pool, idOf(current));
      if (stopping) throw new StoppingError('the worker is stopping');
      runner = started;
    } catch (error) {
      // Nobody would stop it, and another one will be started.
      abortAll(lost());
      await started.stop().catch(() => {});
      throw error;
    }
  };

  await start();
  const ended = keepRunning();

  async function keepRunning(): Promise<void> {
    while (!stopping) {
      try {
        await runner?.promise;
      } catch (err) {
        log.warn({ err }, 'the worker lost its queue');
      }
      runner = null;
      const before = idOf(current);
      abortAll(lost());
      while (!stopping && runner === null) {
        await wait(AGAIN_MS);
        if (stopping) break;
        try {
          await leave(pool, before);
          await start();
          log.info({}, 'the worker has its queue again');
        } catch (err) {
          if (!stopping) log.warn({ err }, 'the worker still has no queue');
        }
      }
    }
  }

  let beatAt = Date.now();
  const beating = every(beatMs, log, async () => {
    if (runner === null) return;
    const known = await beat(pool, idOf(current));
    if (!known) abortAll(lost());
    // When the database was away, all of us were: nobody is taken for dead before they had time to say that they live.
    const wasAway = Date.now() - beatAt > deadAfterMs / 2;
    beatAt = Date.now();
    if (wasAway) return;
    const dead = await unlockDead(pool, deadAfterMs);
    if (dead.length > 0) log.warn({ workers: dead }, 'jobs of workers that are gone were freed');
  });
  const watching = every(WATCH_MS, log, async () => {
    const ids = [...running].filter(([, { hasKey }]) => hasKey).map(([id]) => id);
    if (ids.length === 0) return;
    for (const id of await hasNewer(pool, ids))
      running.get(id)?.controller.abort(new SupersededError('a newer job has taken its place'));
  });

  return {
    nudge() {
      // By polling it finds a job in any case.
      if (isAlone && !stopping) current?.nudge(1);
    },
    isRunning: () => !stopping && runner !== null,
    async stop(graceMs) {
      if (stopping) return ended;
      stopping = true;
      const last = runner;
      const grace = setTimeout(() => abortAll(new StoppingError('the worker is stopping')), graceMs);
      try {
        await last?.stop();
      } finally {
        clearTimeout(grace);
        // A start that is under way may say yet that it lives.
        await Promise.all([ended, beating.stop(), watching.stop()]);
        await leave(pool, idOf(current)).catch((err: unknown) =>
          log.warn({ err }, 'the worker could not say that it ends'),
        );
      }
    },
  };
}

interface RunningJob {
  readonly controller: AbortController;
  readonly hasKey: boolean;
}

const lost = (): StoppingError => new StoppingError('the worker has lost its jobs');
const idOf = (pool: WorkerPool | null): string => pool?.id ?? '';

/** Thrown behind a job that is back in the queue already: its lock is not ours any more, so nothing becomes of it. */
class GivenBack extends Error {}

async function markDone(pool: Pool, { id, job_queue_id, locked_by }: Job): Promise<void> {
  if (job_queue_id === null) return;
  if (!(await finish(pool, id, locked_by ?? ''))) throw new GivenBack('another worker has it');
}

function tasksOf({ handlers, pool, log, queue }: LaneOptions, running: Map<string, RunningJob>): TaskList {
  const task =
    <N extends JobName>(name: N, handler: Handlers[N]) =>
    async (payload: unknown, { job }: JobHelpers): Promise<void> => {
      const controller = new AbortController();
      const { signal } = controller;
      const context = { id: job.id, attempt: job.attempts, maxAttempts: job.max_attempts, signal, queue };
      running.set(job.id, { controller, hasKey: job.key !== null });
      try {
        const work = handler(parseJob(name, payload), context);
        await Promise.race([work, abandoned(signal)]);
        await markDone(pool, job);
      } catch (error) {
        if (error instanceof GivenBack) throw error;
        // One that is out of date is done, however it ended.
        if (job.key !== null && (await hasNewer(pool, [job.id])).length > 0) return await markDone(pool, job);
        if (error instanceof LaterError) {
          log.info({ job: job.id, name, at: error.at, why: error.message }, 'a job is put off');
          await giveBack(pool, job.id, job.locked_by ?? '', error.at);
          throw new GivenBack(error.message);
        }
        if (signal.aborted && signal.reason instanceof StoppingError) {
          log.info({ job: job.id, name }, 'a job is handed on');
          await giveBack(pool, job.id, job.locked_by ?? '', null);
          throw new GivenBack('handed on');
        }
        const isLast = job.attempts >= job.max_attempts;
        const said = { job: job.id, name, attempt: job.attempts, of: job.max_attempts, err: error };
        if (isLast) log.error(said, 'a job has failed for good, and is kept');
        else log.warn(said, 'a job has failed, and is tried again');
        throw error;
      } finally {
        running.delete(job.id);
      }
    };
  const tasks: TaskList = {};
  const take = <N extends JobName>(name: N): void => {
    const handler: Handlers[N] | undefined = handlers[name];
    if (handler !== undefined) tasks[name] = task(name, handler);
  };
  for (const name of JOB_NAMES) take(name);
  return tasks;
}

/** Rejects when a job had to stop and has not. */
function abandoned(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener(
      'abort',
      () => {
        if (signal.reason instanceof StoppingError)
          setTimeout(() => reject(signal.reason), ABANDON_MS).unref();
      },
      { once: true },
    );
  });
}

/** What graphile-worker says of itself. What becomes of jobs is said above. */
function graphileLogger(log: Log): Logger {
  return new Logger(() => (level, message, meta) => {
    if (meta?.['failure'] === true || meta?.['success'] === true) return;
    const [line = ''] = message.split('\n');
    if (level === 'error') log.error({ from: 'graphile-worker' }, line);
    else if (level === 'warning') log.warn({ from: 'graphile-worker' }, line);
    else log.debug({ from: 'graphile-worker' }, line);
  });
}

/** Does `work` again and again, one after the other; what it rejects with is logged. */
function every(ms: number, log: Log, work: () => Promise<void>): { stop(): Promise<void> } {
  const over = new AbortController();
  const loop = async (): Promise<void> => {
    while (!over.signal.aborted) {
      await wait(ms, undefined, { signal: over.signal, ref: false }).catch(() => {});
      if (over.signal.aborted) return;
      await work().catch((err: unknown) => log.warn({ err }, 'the worker could not look after its jobs'));
    }
  };
  const done = loop();
  return {
    async stop() {
      over.abort();
      await done;
    },
  };
}
