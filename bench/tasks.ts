/**
 * Tasks, from the queue to the pull request:
 *
 *     node scripts/run.mjs bench/tasks.ts [--runs 21] [--only queue,claim,workers,sandbox,comment,start]
 *         [--jobs 2000] [--claims 200] [--tasks 1000] [--commands 100]
 *
 * - **The queue** (support/tasks-queue): tasks that there is nothing to do for, each on an issue of its own, beside graphile-worker
 *   alone, on PostgreSQL and on the embedded database.
 * - **A claim** (support/tasks-claim): from when a task is stored and queued until the handler of a worker that has nothing else to
 *   do has begun. On PostgreSQL the worker is a process of its own, beside it graphile-worker alone.
 * - **Workers** (support/tasks-workers): tasks that are queued before 1, 2 or 4 worker processes begin, which begin and end each in
 *   its table and do nothing more. From the first that is begun to the last that is ended.
 * - **The sandbox** (support/tasks-sandbox): what it takes to open one, and what it adds to a command.
 * - **From the comment to the pull request** (support/tasks-comment): `/agent fix` in front of a GitHub on loopback, with a model
 *   that answers at once and a real sandbox, beside `git fetch`, three runs of the tests and `git push` by hand.
 * - **A worker's start** (support/tasks-start): `code-agent worker`, as it is installed, beside `node -e 0`.
 *
 * It needs the server programs of PostgreSQL 15 or later, and bubblewrap, Docker or Podman.
 */
import { sandboxOr } from '../src/local/sandbox-or.ts';
import { type PostgresServer, startPostgres } from '../test/support/postgres-server.ts';
import { type Part, reportWhenMain, type Table } from './support/table.ts';
import { measureClaims } from './support/tasks-claim.ts';
import { measureComment } from './support/tasks-comment.ts';
import { takeTasksAmount } from './support/tasks-options.ts';
import { measureTaskQueue } from './support/tasks-queue.ts';
import { measureSandbox } from './support/tasks-sandbox.ts';
import { measureStart } from './support/tasks-start.ts';
import { measureWorkers } from './support/tasks-workers.ts';

/** Of a small server with a disk. Four workers have 22 connections each. */
const SETTINGS = { fsync: 'on', synchronous_commit: 'on', max_connections: '120', shared_buffers: '256MB' };

const AMOUNT = takeTasksAmount();

type Measure = () => Promise<readonly Table[]>;

export const measureTasks: Part = async (workbench, runs) => {
  const server = await startPostgres(SETTINGS).catch((error: unknown) => String(error));
  const sandbox = await sandboxOr(workbench.env);
  const onServer = (measure: (server: PostgresServer) => Promise<readonly Table[]>): Measure =>
    typeof server === 'string' ? async () => [absent('PostgreSQL', server)] : () => measure(server);
  const boxed = (measure: Measure): Measure =>
    typeof sandbox === 'string' ? async () => [absent('A sandbox', sandbox)] : measure;
  const measures: Record<(typeof AMOUNT.parts)[number], Measure> = {
    queue: onServer((there) => measureTaskQueue(workbench, there, AMOUNT.jobs, runs)),
    claim: onServer(async (there) => [await measureClaims(workbench, there, AMOUNT.claims)]),
    workers: onServer(async (there) => [await measureWorkers(workbench, there, AMOUNT.tasks, runs)]),
    sandbox:
      typeof sandbox === 'string'
        ? async () => [absent('A sandbox', sandbox)]
        : () => measureSandbox(workbench, sandbox.name, AMOUNT.commands, runs),
    comment: boxed(onServer(async (there) => [await measureComment(workbench, there, runs)])),
    start: onServer(async (there) => [await measureStart(workbench, there, runs)]),
  };
  try {
    const tables: Table[] = [];
    for (const part of AMOUNT.parts) tables.push(...(await measures[part]()));
    return tables;
  } finally {
    if (typeof server !== 'string') await server.remove();
  }
};

const absent = (title: string, note: string): Table => ({
  title,
  rows: [{ what: 'one', limit: { text: 'there', held: false }, note }],
});

await reportWhenMain('tasks.ts', measureTasks);
