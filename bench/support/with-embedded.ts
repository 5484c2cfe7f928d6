import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { migrateQueue } from '../../src/app/migrate-queue.ts';
import { startEmbeddedDatabase } from '../../src/sessions/postgres/embedded-database.ts';
import { migrate } from '../../src/sessions/postgres/migrate.ts';
import { withDatabase } from '../../src/sessions/postgres/with-database.ts';
import { QUIET } from './quiet-log.ts';
import type { Workbench } from './workbench.ts';

/** Has a new embedded database in this process, with our tables and the queue's, while `work` runs. */
export async function withEmbedded<T>({ folder }: Workbench, work: (url: string) => Promise<T>): Promise<T> {
  const embedded = await startEmbeddedDatabase(mkdtempSync(join(folder, 'embedded-')));
  try {
    await withDatabase(embedded.url, {}, (database) => migrate(database));
    await migrateQueue(embedded.url, QUIET);
    return await work(embedded.url);
  } finally {
    await embedded.close();
  }
}
