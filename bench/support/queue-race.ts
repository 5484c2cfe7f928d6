import { Logger, run } from 'graphile-worker';
import type { Pool } from 'pg';
import { openPool } from '../../src/app/open-pool.ts';
import { JOBS } from '../../src/tasks/job.ts';
import { connectionsOfWorker, type Handlers, startWorker } from '../../src/tasks/worker.ts';
import { IDLE_HANDLERS } from './idle-handlers.ts';
import { QUIET } from './quiet-log.ts';
import { type Limit, median, ratioLimit, type Table } from './table.ts';

/** As `code-agent serve` has it. */
export const CONCURRENCY = 4;

/** Of graphile-worker's rate, 0.8: of its time, the reverse. */
const AT_MOST = 1.25;
/** On the embedded database, where 1,000 jobs may take so long. */
const EMBEDDED_AT_MOST_MS = 60_000;

/** Milliseconds of 1,000 jobs, once a run. */
export interface QueueRace {
  readonly ours: number[];
  readonly theirs: number[];
}

/**
 * Has so many jobs done by graphile-worker alone and by the worker of code-agent, in turns. The first round is not counted.
 * `isAlone`: on the embedded database, which tells nobody of a new job.
 */
export async function raceQueues(
  url: string,
  name: RacedJob,
  jobs: number,
  runs: number,
  isAlone: boolean,
): Promise<QueueRace> {
  const pool = openPool(url, { max: connectionsOfWorker(CONCURRENCY), log: QUIET });
  const times: QueueRace = { ours: [], theirs: [] };
  try {
    for (let round = -1; round < runs; round += 1) {
      await fill(pool, name, jobs);
      const theirs = await timeTheirs(pool, name, jobs, isAlone);
      await fill(pool, name, jobs);
      const ours = await timeOurs(pool, name, jobs, isAlone);
      if (round < 0) continue;
      times.theirs.push(theirs / (jobs / 1_000));
      times.ours.push(ours / (jobs / 1_000));
    }
  } finally {
    await pool.end();
  }
  return times;
}

/** As many jobs as there are, placed as `placeOfJob` places them, in tables that autovacuum has looked at. */
async function fill(pool: Pool, name: RacedJob, jobs: number): Promise<void> {
  await pool.query('delete from graphile_worker._private_job_queues');
  const { payload, line, key } = PLACED[name];
  await pool.query(
    `select count(*) from (
      select graphile_worker.add_job('${name}', payload => ${payload}::json, queue_name => ${line}, max_attempts => 10, job_key => ${key})
      from generate_series(1, ${jobs}) n
    ) as added`,
  );
  await pool.query('vacuum (analyze) graphile_worker._private_jobs');
}

/** As SQL, with the number of the job as `n`. */
const PLACED = {
  delivery: { payload: `json_build_object('id', n::text)`, line: 'null', key: `'delivery:' || n` },
  review: {
    payload: `json_build_object('installation', 1, 'repository', 1, 'number', n, 'full', false)`,
    line: `'review:1:' || n`,
    key: `'review:1:' || n`,
  },
  task: {
    payload: `json_build_object('installation', 1, 'repository', 1, 'number', n, 'task', n)`,
    line: `'task:1:' || n`,
    key: `'task:' || n`,
  },
} as const;

/** The jobs that are raced with. */
export type RacedJob = keyof typeof PLACED;

/** Counts jobs, and says when the last of them is done: milliseconds since the first. */
function countdown(jobs: number): { readonly done: () => void; readonly all: Promise<number> } {
  let [left, start] = [jobs, 0];
  let tell: (ms: number) => void = () => {};
  const all = new Promise<number>((resolve) => {
    tell = resolve;
  });
  return {
    all,
    done() {
      if (left === jobs) start = performance.now();
      left -= 1;
      if (left === 0) tell(performance.now() - start);
    },
  };
}

/** With its own settings, but for what the embedded database does not have; of as many kinds of jobs. */
async function timeTheirs(pool: Pool, name: RacedJob, jobs: number, isAlone: boolean): Promise<number> {
  const { done, all } = countdown(jobs);
  const runner = await run({
    pgPool: pool,
    concurrency: CONCURRENCY,
    taskList: { ...Object.fromEntries(Object.keys(JOBS).map((one) => [one, () => {}])), [name]: done },
    noHandleSignals: true,
    ...(isAlone && { noPreparedStatements: true, pollInterval: 250 }),
    logger: new Logger(() => () => {}),
  });
  const ms = await all;
  await runner.stop();
  return ms;
}

async function timeOurs(pool: Pool, name: RacedJob, jobs: number, isAlone: boolean): Promise<number> {
  const { done, all } = countdown(jobs);
  const handlers: Handlers = { ...IDLE_HANDLERS, [name]: async () => done() };
  const worker = await startWorker({ pool, handlers, log: QUIET, concurrency: CONCURRENCY, isAlone });
  const ms = await all;
  await worker.stop(1_000);
  return ms;
}

/** A race as a table, with the limit that there is on a server, or on the embedded database. */
export function queueTable(title: string, { ours, theirs }: QueueRace, isEmbedded: boolean): Table {
  const note = (times: readonly number[]): string =>
    `${Math.round(1e6 / median(times)).toLocaleString('en')} jobs/s`;
  const ratio = median(ours) / median(theirs);
  const limit: Limit = isEmbedded
    ? { text: `${EMBEDDED_AT_MOST_MS / 1_000} s`, held: median(ours) <= EMBEDDED_AT_MOST_MS }
    : ratioLimit(ratio, AT_MOST);
  return {
    title,
    rows: [
      { what: 'graphile-worker alone', times: theirs, ratio: 1, note: note(theirs) },
      {
        what: '**the worker of code-agent**',
        ...{ times: ours, ratio, limit },
        note: `${note(ours)}, ${(1 / ratio).toFixed(2)}× its rate`,
      },
    ],
  };
}
