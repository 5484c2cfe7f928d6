import { rmSync } from 'node:fs';
import { startEmbeddedDatabase } from '../../src/sessions/postgres/embedded-database.ts';
import { migrate } from '../../src/sessions/postgres/migrate.ts';
import { withDatabase } from '../../src/sessions/postgres/with-database.ts';
import { embeddedFolder } from './embedded-folder.ts';
import { hasPostgres, startPostgres } from './postgres-server.ts';

/** Databases for the tests of a file, one after the other. */
export interface Databases {
  /** The URL of one without our tables. */
  empty(): Promise<string>;
  /** The URL of one with our tables. */
  migrated(): Promise<string>;
  stop(): Promise<void>;
}

/** Both that must do: a server, and the one in the process. For `describe.each`. */
export const DATABASES: readonly (readonly [string, () => Promise<Databases>])[] = [
  ...(hasPostgres() ? [['PostgreSQL', serverDatabases] as const] : []),
  ['embedded', embeddedDatabases],
];

async function serverDatabases(): Promise<Databases> {
  const server = await startPostgres();
  let template: Promise<string> | null = null;
  return {
    empty: () => server.createDatabase(),
    async migrated() {
      template ??= server.createDatabase().then(migrated);
      // Rights to a database are not copied.
      return migrated(await server.createDatabase(await template));
    },
    stop: server.remove,
  };
}

/** One, emptied for each. */
async function embeddedDatabases(): Promise<Databases> {
  const folder = await embeddedFolder();
  const embedded = await startEmbeddedDatabase(folder);
  const empty = async () => {
    await withDatabase(embedded.url, {}, ({ sql }) => sql`drop schema if exists code_agent cascade`);
    return embedded.url;
  };
  return {
    empty,
    migrated: async () => migrated(await empty()),
    async stop() {
      await embedded.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function migrated(url: string): Promise<string> {
  await withDatabase(url, {}, (database) => migrate(database));
  return url;
}
