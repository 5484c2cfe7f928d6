import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { Logger, run } from 'graphile-worker';
import type { Pool } from 'pg';
import { migrateQueue } from '../../src/app/migrate-queue.ts';
import { openPool } from '../../src/app/open-pool.ts';
import { startEmbeddedDatabase } from '../../src/sessions/postgres/embedded-database.ts';
import { migrate } from '../../src/sessions/postgres/migrate.ts';
import { withDatabase } from '../../src/sessions/postgres/with-database.ts';
import { JOBS, type JobName } from '../../src/tasks/job.ts';
import type { Log } from '../../src/tasks/log.ts';
import { type Handlers, startWorker } from '../../src/tasks/worker.ts';
import type { PostgresServer } from '../../test/support/postgres-server.ts';
import { median, type Row, ratioLimit, type Table } from './table.ts';
import { migrated } from './time-writers.ts';
import type { Workbench } from './workbench.ts';

/** Of graphile-worker's rate, 0.8: of its time, the reverse. */
const AT_MOST = 1.25;
/** On the embedded database, where 1,000 jobs may take so long. */
const EMBEDDED_AT_MOST_MS = 60_000;
/** As `code-agent serve` has it. */
const CONCURRENCY = 4;
/** Runs of what takes seconds. */
const ENOUGH = 5;
/** Of the jobs, on the embedded database. */
const FEWER = 5;

/** Empty jobs, through our queue and through graphile-worker alone. */
export async function measureQueue(
  workbench: Workbench,
  server: PostgresServer,
  jobs: number,
  runs: number,
): Promise<Table[]> {
  const enough = Math.min(runs, ENOUGH);
  const url = await migrated(workbench, server);
  await migrateQueue(url, QUIET);
  const delivery = await race(url, 'delivery', jobs, enough, false);
  const review = await race(url, 'review', jobs, enough, false);
  const folder = mkdtempSync(join(workbench.folder, 'queue-'));
  const embedded = await startEmbeddedDatabase(folder);
  let inside: Race;
  try {
    await withDatabase(embedded.url, {}, (database) => migrate(database));
    await migrateQueue(embedded.url, QUIET);
    inside = await race(embedded.url, 'delivery', Math.ceil(jobs / FEWER), enough, true);
  } finally {
    await embedded.close();
  }
  const limit = (one: Race) => ratioLimit(median(one.ours) / median(one.theirs), AT_MOST);
  const ms = median(inside.ours);
  return [
    tableOf('1,000 empty jobs, PostgreSQL', delivery, limit(delivery)),
    tableOf('1,000 empty jobs, each in a line of its own, PostgreSQL', review, limit(review)),
    tableOf('1,000 empty jobs, embedded database', inside, {
      text: `${EMBEDDED_AT_MOST_MS / 1_000} s`,
      held: ms <= EMBEDDED_AT_MOST_MS,
    }),
  ];
}

/** Milliseconds of 1,000 jobs, once a run. */
interface Race {
  readonly ours: number[];
  readonly theirs: number[];
}

async function race(
  url: string,
  name: 'delivery' | 'review',
  jobs: number,
  runs: number,
  isAlone: boolean,
): Promise<Race> {
  const pool = openPool(url, { max: CONCURRENCY + 4, log: QUIET });
  const times: Race = { ours: [], theirs: [] };
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
async function fill(pool: Pool, name: 'delivery' | 'review', jobs: number): Promise<void> {
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
} as const;

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
async function timeTheirs(pool: Pool, name: string, jobs: number, isAlone: boolean): Promise<number> {
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

async function timeOurs(pool: Pool, name: JobName, jobs: number, isAlone: boolean): Promise<number> {
  const { done, all } = countdown(jobs);
  const nothing = async (): Promise<void> => {};
  const handlers: Handlers = {
    ...{ delivery: nothing, review: nothing, closed: nothing, comment: nothing, thread: nothing },
    ...{ task: nothing, labelled: nothing },
    ...{ installation: nothing, reconcile: nothing, tidy: nothing },
    [name]: async () => done(),
  };
  const worker = await startWorker({ pool, handlers, log: QUIET, concurrency: CONCURRENCY, isAlone });
  const ms = await all;
  await worker.stop(1_000);
  return ms;
}

function tableOf(title: string, { ours, theirs }: Race, limit: Row['limit']): Table {
  const note = (times: readonly number[]): string =>
    `${Math.round(1e6 / median(times)).toLocaleString('en')} jobs/s`;
  return {
    title,
    rows: [
      { what: 'graphile-worker alone', times: theirs, ratio: 1, note: note(theirs) },
      {
        what: '**the worker of code-agent**',
        times: ours,
        ratio: median(ours) / median(theirs),
        note: `${note(ours)}, ${(median(theirs) / median(ours)).toFixed(2)}× its rate`,
        ...(limit && { limit }),
      },
    ],
  };
}

const QUIET: Log = { debug() {}, info() {}, warn() {}, error() {} };
