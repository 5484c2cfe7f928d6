import { setTimeout as wait } from 'node:timers/promises';
import type { Sql } from 'postgres';
import { migrateQueue } from '../../src/app/migrate-queue.ts';
import { openPool } from '../../src/app/open-pool.ts';
import { repositoryId } from '../../src/sessions/postgres/store-session.ts';
import { addTask } from '../../src/sessions/postgres/tasks.ts';
import { withDatabase } from '../../src/sessions/postgres/with-database.ts';
import { createQueue, type Queue } from '../../src/tasks/queue.ts';
import type { PostgresServer } from '../../test/support/postgres-server.ts';
import { startForked } from './app-forked.ts';
import { monotonicMs } from './monotonic-ms.ts';
import { QUIET } from './quiet-log.ts';
import { median, type Row, type Table } from './table.ts';
import { type DoneTask, type TasksWorkerOptions, withTasksWorker } from './tasks-worker.ts';
import type { TasksWorkerNews } from './tasks-worker-process.ts';
import { migrated } from './time-writers.ts';
import { withEmbedded } from './with-embedded.ts';
import type { Workbench } from './workbench.ts';

/** Not counted. */
const FIRST = 10;
/** Between two tasks, milliseconds, and as much again by chance: no clock of the worker's is hit each time. */
const PAUSE_MS = 40;

/** One task: milliseconds. */
interface Claim {
  /** From when it was stored and queued until its handler has begun; 0 when that was before it was known here to be queued. */
  readonly begun: number;
  /** From before it was stored. */
  readonly whole: number;
}

/** How soon a worker that has nothing to do begins a task. */
export async function measureClaims(
  workbench: Workbench,
  server: PostgresServer,
  claims: number,
): Promise<Table> {
  const url = await migrated(workbench, server);
  await migrateQueue(url, QUIET);
  const theirs = await claimsOfProcess(workbench, { url, by: 'graphile-worker' }, claims);
  const ours = await claimsOfProcess(workbench, { url, by: 'code-agent' }, claims);
  const inside = await withEmbedded(workbench, (embedded) => claimsInside(embedded, claims));
  const base = median(theirs.map(({ begun }) => begun));
  const row = (what: string, all: readonly Claim[]): Row => {
    const times = all.map(({ begun }) => begun);
    const whole = median(all.map((one) => one.whole));
    return {
      what,
      times,
      ratio: median(times) / base,
      note: `${whole.toFixed(1)} ms with storing and queueing it`,
    };
  };
  return {
    title: `From a queued task to its handler, the worker idle, ${claims} times`,
    rows: [
      row('graphile-worker alone, PostgreSQL', theirs),
      row('**the worker of code-agent**, PostgreSQL', ours),
      row('**the worker of code-agent**, embedded database, in the same process', inside),
    ],
  };
}

/** By a worker in a process of its own. */
async function claimsOfProcess(
  { env }: Workbench,
  { url, by }: Pick<TasksWorkerOptions, 'url' | 'by'>,
  claims: number,
): Promise<Claim[]> {
  const worker = startForked<TasksWorkerOptions, TasksWorkerNews>(
    'bench/support/tasks-worker-process.ts',
    env,
  );
  const begun = createBegun();
  worker.listen((news) => {
    if (news.kind === 'done') begun.tell(news);
  });
  worker.tell({ url, by, stores: false, isAlone: false });
  await worker.hear((news): news is TasksWorkerNews & { kind: 'working' } => news.kind === 'working');
  const pool = openPool(url, { max: 1, log: QUIET });
  try {
    return await withDatabase(url, {}, ({ sql }) => timeClaims(sql, createQueue(pool), begun, claims));
  } finally {
    await pool.end();
    await worker.close();
  }
}

/** The embedded database has its worker in its own process, always. */
function claimsInside(url: string, claims: number): Promise<Claim[]> {
  const begun = createBegun();
  return withTasksWorker({ url, by: 'code-agent', stores: false, isAlone: true }, begun.tell, (queue) =>
    withDatabase(url, {}, ({ sql }) => timeClaims(sql, queue, begun, claims)),
  );
}

/** When tasks were begun, for those who may ask before or behind it. */
interface Begun {
  readonly tell: (done: DoneTask) => void;
  of(task: number): Promise<number>;
}

function createBegun(): Begun {
  const told = new Map<number, number>();
  const asked = new Map<number, (at: number) => void>();
  return {
    tell({ task, begunAt }) {
      told.set(task, begunAt);
      asked.get(task)?.(begunAt);
    },
    of(task) {
      const at = told.get(task);
      return at === undefined ? new Promise((resolve) => asked.set(task, resolve)) : Promise.resolve(at);
    },
  };
}

async function timeClaims(sql: Sql, queue: Queue, begun: Begun, claims: number): Promise<Claim[]> {
  const repository = await repositoryId(sql, 'bench/claims');
  const [last] = await sql<
    { number: number }[]
  >`select coalesce(max(number), 0) as number from code_agent.tasks`;
  const all: Claim[] = [];
  for (let index = 1; index <= FIRST + claims; index += 1) {
    await wait(PAUSE_MS * (1 + Math.random()));
    const number = (last?.number ?? 0) + index;
    const start = monotonicMs();
    const { task } = await addTask(sql, {
      ...{ repository, number, onPull: false, type: 'bugfix', priority: 0, permission: 'autonomous' },
      ...{ request: 'mend it', asked: { by: 7, login: 'ada', comment: number }, deadlineAt: null },
    });
    await queue.add('task', { installation: 1, repository: 1, number, task: task.id });
    const queuedAt = monotonicMs();
    const at = await begun.of(task.id);
    if (index > FIRST) all.push({ begun: Math.max(0, at - queuedAt), whole: at - start });
  }
  return all;
}
