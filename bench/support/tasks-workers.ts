import type { Sql } from 'postgres';
import { migrateQueue } from '../../src/app/migrate-queue.ts';
import { repositoryId } from '../../src/sessions/postgres/store-session.ts';
import { withDatabase } from '../../src/sessions/postgres/with-database.ts';
import type { PostgresServer } from '../../test/support/postgres-server.ts';
import { startForked } from './app-forked.ts';
import { QUIET } from './quiet-log.ts';
import { median, type Row, type Table } from './table.ts';
import type { DoneTask, TasksWorkerOptions } from './tasks-worker.ts';
import type { TasksWorkerNews } from './tasks-worker-process.ts';
import { migrated } from './time-writers.ts';
import type { Workbench } from './workbench.ts';

const PROCESSES = [1, 2, 4];
/** Runs of what takes seconds. */
const ENOUGH = 5;

/** Queued tasks, which are begun and ended in their table and nothing more, by several worker processes. */
export async function measureWorkers(
  workbench: Workbench,
  server: PostgresServer,
  tasks: number,
  runs: number,
): Promise<Table> {
  const url = await migrated(workbench, server);
  await migrateQueue(url, QUIET);
  return withDatabase(url, {}, async ({ sql }) => {
    const races = new Map<number, Race[]>(PROCESSES.map((processes) => [processes, []]));
    for (let round = -1; round < Math.min(runs, ENOUGH); round += 1)
      for (const [processes, all] of races) {
        const from = await fill(sql, tasks);
        const race = await raceWorkers(workbench, url, processes, tasks);
        const once = await doneOnce(sql, from);
        if (round >= 0) all.push({ ...race, once });
      }
    const [first = []] = races.values();
    const base = median(first.map(({ ms }) => ms));
    const rows = [...races].flatMap(([processes, all]): Row[] => {
      const times = all.map(({ ms }) => ms);
      const rate = Math.round((tasks * 1_000) / median(times)).toLocaleString('en');
      const shares = all.flatMap((one) => one.shares);
      return [
        {
          what: `**${processes === 1 ? '1 worker process' : `${processes} worker processes`}**`,
          ...{ times, ratio: median(times) / base },
          limit: { text: 'each once', held: all.every(({ once }) => once === tasks) },
          note: `${rate} tasks/s${processes === 1 ? '' : `; ${Math.min(...shares)} to ${Math.max(...shares)} a process`}`,
        },
      ];
    });
    return { title: `${tasks.toLocaleString('en')} queued tasks, begun and ended in PostgreSQL`, rows };
  });
}

interface Race {
  /** From when the first of them was begun until the last of them was ended. */
  readonly ms: number;
  /** How many each process did. */
  readonly shares: readonly number[];
  /** How many were begun and completed once. */
  readonly once: number;
}

/**
 * As many tasks as there are and their jobs, placed as `placeOfJob` places them, in tables that autovacuum has looked at. Answers the
 * id of the first of them.
 */
async function fill(sql: Sql, tasks: number): Promise<number> {
  await sql`delete from graphile_worker._private_job_queues`;
  const repository = await repositoryId(sql, 'bench/workers');
  const [row] = await sql<{ first: number }[]>`
    with added as (
      insert into code_agent.tasks (repository_id, number, on_pull, type, priority, permission, request, asked_by, asked_login)
      select ${repository}::bigint, n, false, 'bugfix', 0, 'autonomous', 'mend it', 7, 'ada' from generate_series(1, ${tasks}::int) n
      returning id, number
    )
    select min(id)::float8 as first from (
      select id, graphile_worker.add_job('task',
        payload => json_build_object('installation', 1, 'repository', 1, 'number', number, 'task', id),
        queue_name => 'task:1:' || number, max_attempts => 10, job_key => 'task:' || id)
      from added
    ) as queued`;
  await sql`vacuum (analyze) graphile_worker._private_jobs`;
  await sql`vacuum (analyze) code_agent.tasks`;
  return row?.first ?? Number.NaN;
}

async function raceWorkers(
  { env }: Workbench,
  url: string,
  processes: number,
  tasks: number,
): Promise<Pick<Race, 'ms' | 'shares'>> {
  const workers = Array.from({ length: processes }, () =>
    startForked<TasksWorkerOptions, TasksWorkerNews>('bench/support/tasks-worker-process.ts', env),
  );
  const isReady = (news: TasksWorkerNews): news is TasksWorkerNews & { kind: 'ready' } =>
    news.kind === 'ready';
  await Promise.all(workers.map((worker) => worker.hear(isReady)));
  const done: DoneTask[] = [];
  const shares = workers.map(() => 0);
  const all = new Promise<void>((resolve) => {
    for (const [index, worker] of workers.entries())
      worker.listen((news) => {
        if (news.kind !== 'done') return;
        done.push(news);
        shares[index] = (shares[index] ?? 0) + 1;
        if (done.length === tasks) resolve();
      });
  });
  for (const worker of workers) worker.tell({ url, by: 'code-agent', stores: true, isAlone: false });
  await all;
  await Promise.all(workers.map((worker) => worker.close()));
  const from = Math.min(...done.map(({ begunAt }) => begunAt));
  return { ms: Math.max(...done.map(({ endedAt }) => endedAt)) - from, shares };
}

async function doneOnce(sql: Sql, from: number): Promise<number> {
  const [row] = await sql<{ once: number }[]>`
    select count(*)::int as once from code_agent.tasks where id >= ${from} and state = 'completed' and attempts = 1`;
  return row?.once ?? 0;
}
