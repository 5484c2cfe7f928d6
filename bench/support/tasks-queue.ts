import { migrateQueue } from '../../src/app/migrate-queue.ts';
import type { PostgresServer } from '../../test/support/postgres-server.ts';
import { queueTable, raceQueues } from './queue-race.ts';
import { QUIET } from './quiet-log.ts';
import type { Table } from './table.ts';
import { migrated } from './time-writers.ts';
import { withEmbedded } from './with-embedded.ts';
import type { Workbench } from './workbench.ts';

/** Runs of what takes seconds. */
const ENOUGH = 5;
/** Of the jobs, on the embedded database. */
const FEWER = 5;

/** Tasks that there is nothing to do for, each on an issue of its own, through our queue and through graphile-worker alone. */
export async function measureTaskQueue(
  workbench: Workbench,
  server: PostgresServer,
  jobs: number,
  runs: number,
): Promise<Table[]> {
  const enough = Math.min(runs, ENOUGH);
  const url = await migrated(workbench, server);
  await migrateQueue(url, QUIET);
  const tasks = await raceQueues(url, 'task', jobs, enough, false);
  const inside = await withEmbedded(workbench, (embedded) =>
    raceQueues(embedded, 'task', Math.ceil(jobs / FEWER), enough, true),
  );
  return [
    queueTable('1,000 empty tasks, each in a line of its own, PostgreSQL', tasks, false),
    queueTable('1,000 empty tasks, each in a line of its own, embedded database', inside, true),
  ];
}
