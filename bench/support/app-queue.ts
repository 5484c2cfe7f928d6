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
  const delivery = await raceQueues(url, 'delivery', jobs, enough, false);
  const review = await raceQueues(url, 'review', jobs, enough, false);
  const inside = await withEmbedded(workbench, (embedded) =>
    raceQueues(embedded, 'delivery', Math.ceil(jobs / FEWER), enough, true),
  );
  return [
    queueTable('1,000 empty jobs, PostgreSQL', delivery, false),
    queueTable('1,000 empty jobs, each in a line of its own, PostgreSQL', review, false),
    queueTable('1,000 empty jobs, embedded database', inside, true),
  ];
}
