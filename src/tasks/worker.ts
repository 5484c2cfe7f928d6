import type { Pool } from 'pg';
import type { JobName, JobPayload } from './job.ts';
import { type Lane, startLane } from './lane.ts';
import type { Log } from './log.ts';
import { createQueue, type JobContext, type Queue } from './queue.ts';
import { unlockAll } from './worker-locks.ts';

/** A function for each job. */
export type Handlers = {
  readonly [N in JobName]: (payload: JobPayload<N>, context: JobContext) => Promise<void>;
};

export interface WorkerOptions {
  readonly pool: Pool;
  readonly handlers: Handlers;
  readonly log: Log;
  /** Reviews at a time. */
  readonly concurrency: number;
  /** Nobody else works on this database: the embedded one, which tells nobody of a new job. */
  readonly isAlone?: boolean;
  /** Jobs at fixed times, as graphile-worker's crontab has them. */
  readonly crontab?: string;
  /** How often a worker says that it lives, and since when one that does not say so is dead. 10 s, 60 s. */
  readonly beatMs?: number;
  readonly deadAfterMs?: number;
}

/** What works on the jobs of a database, until it is stopped. */
export interface Worker {
  readonly queue: Queue;
  /** False while the database is away, and behind `stop`. */
  isRunning(): boolean;
  /** Look for a job now. */
  nudge(): void;
  /**
   * Takes no more jobs. Those that run have `graceMs` to end; then their signals are aborted, and those that go on all the
   * same are left behind. A job that was not done goes back into the queue as it was.
   */
  stop(graceMs: number): Promise<void>;
}

/** Of a worker's pool: each lane listens by one and looks after locks by others; jobs need one only to begin and to end. */
export const connectionsOfWorker = (concurrency: number): number => concurrency + 6;

/** Deliveries are handled while as many questions are asked as there are reviews. */
const placesForAnswers = (concurrency: number): number => concurrency + 2;

/**
 * Starts working, in two lanes: reviews take minutes, and whoever writes a comment is not to wait for them. What takes it off
 * its feet, such as a restart of the database, ends it only for a moment. Rejects when the database cannot be reached or has
 * no queue.
 */
export async function startWorker(options: WorkerOptions): Promise<Worker> {
  const { pool, concurrency, isAlone = false, crontab, ...rest } = options;
  const { review, closed, task, ...answers } = options.handlers;
  const lanes: Lane[] = [];
  const nudge = (): void => {
    for (const lane of lanes) lane.nudge();
  };
  const queue = createQueue(pool, nudge);
  const stop = async (graceMs: number): Promise<void> => {
    await Promise.all(lanes.map((lane) => lane.stop(graceMs)));
  };
  // Its one session is that of all connections, and the names of their statements would meet in it.
  const noPreparedStatements = await isEmbedded(pool);
  const common = { ...rest, pool, queue, isAlone, noPreparedStatements };
  if (isAlone) await unlockAll(pool);
  try {
    // One line is looked after in one lane: whoever has done a job sees the next one of its line.
    lanes.push(await startLane({ ...common, handlers: { review, closed, task }, places: concurrency }));
    lanes.push(
      await startLane({
        ...{ ...common, handlers: answers, places: placesForAnswers(concurrency) },
        ...(crontab !== undefined && { crontab }),
      }),
    );
  } catch (error) {
    await stop(0);
    throw error;
  }
  return { queue, nudge, stop, isRunning: () => lanes.every((lane) => lane.isRunning()) };
}

async function isEmbedded(pool: Pool): Promise<boolean> {
  const { rows } = await pool.query<{ is: boolean }>("select version() like '%PGlite%' as is");
  return rows[0]?.is === true;
}
