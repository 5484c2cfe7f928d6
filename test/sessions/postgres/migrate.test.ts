import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  hasTables,
  migrate,
  migrationStatus,
  readMigrations,
} from '../../../src/sessions/postgres/migrate.ts';
import { withDatabase } from '../../../src/sessions/postgres/with-database.ts';
import { DATABASES, type Databases } from '../../support/databases.ts';
import { hasPostgres, type PostgresServer, startPostgres } from '../../support/postgres-server.ts';
import { CLI, isolatedEnvironment, run, tempFolder } from '../../support/temp-repository.ts';

const FOLDER = join(import.meta.dirname, '../../../src/sessions/postgres/migrations');
const NAMES = [
  'sessions',
  'findings',
  'tasks',
  'audit',
  'deliveries',
  'pull-requests',
  'tasks-and-questions',
];

/** The migrations, and one more. */
function withOneMore(file: string, sql: string) {
  const folder = tempFolder();
  cpSync(FOLDER, folder, { recursive: true });
  writeFileSync(join(folder, file), sql);
  return readMigrations(folder);
}

describe.each(DATABASES)('migrations, %s', (_name, start) => {
  let databases: Databases;
  beforeAll(async () => {
    databases = await start();
  });
  afterAll(() => databases.stop());

  it('make all tables, once', async () => {
    await withDatabase(await databases.empty(), {}, async (database) => {
      expect(await hasTables(database)).toBe(false);
      const first = await migrate(database);
      expect(first.applied.map(({ name }) => name)).toEqual(NAMES);
      expect(first.roles).toBe(true);
      expect(await migrate(database)).toEqual({ applied: [], roles: true });
      expect(await hasTables(database)).toBe(true);
      const tables = await database.sql`
        select relname from pg_class where relnamespace = 'code_agent'::regnamespace and relkind = 'r' order by 1`;
      expect(tables.map(({ relname }) => relname)).toMatchInlineSnapshot(`
        [
          "app_secrets",
          "artifacts",
          "audit",
          "audit_head",
          "conventions",
          "deliveries",
          "events",
          "external_writes",
          "finding_changes",
          "findings",
          "github_repositories",
          "migrations",
          "posted_findings",
          "preferences",
          "pull_request_runs",
          "pull_requests",
          "repositories",
          "review_results",
          "session_models",
          "sessions",
          "task_answers",
          "task_questions",
          "tasks",
          "workers",
        ]
      `);
    });
  });

  it('who may make roles, and is no superuser, makes them', async () => {
    await withDatabase(await databases.empty(), {}, async (database) => {
      const { sql } = database;
      await sql.unsafe(`do $$ declare one name; begin
        for one in select rolname from pg_roles where rolname like 'code\\_agent\\_%' loop
          execute format('alter role %I rename to %I', one, 'away_' || one);
        end loop;
        create role boss createrole;
        execute format('grant create on database %I to boss with grant option', current_database());
      end $$`);
      await sql`set session authorization boss`;
      expect(await migrate(database)).toMatchObject({ roles: true });
      await sql`reset session authorization`;
      const [schema] =
        await sql`select nspowner::regrole::text as owner from pg_namespace where nspname = 'code_agent'`;
      expect(schema).toEqual({ owner: 'code_agent_migrator' });
    });
  });

  it('one that fails leaves nothing of itself, and those before it', async () => {
    await withDatabase(await databases.empty(), {}, async (database) => {
      const more = withOneMore('0008-broken.sql', 'create table half (a int); select no_such_function();');
      await expect(migrate(database, more)).rejects.toThrow('no_such_function');
      const { applied, pending } = await migrationStatus(database, more);
      expect(applied?.map(({ name }) => name)).toEqual(NAMES);
      expect(pending.map(({ name }) => name)).toEqual(['broken']);
      expect(await database.sql`select to_regclass('code_agent.half') as half`).toEqual([{ half: null }]);
    });
  });

  it('what is behind is told to be', async () => {
    await withDatabase(await databases.migrated(), {}, async (database) => {
      const more = withOneMore('0008-later.sql', 'create table later (a int)');
      await expect(hasTables(database, more)).rejects.toMatchObject({
        exitCode: 2,
        message: expect.stringContaining('is one step behind this code-agent'),
        advice: expect.stringContaining('db migrate'),
      });
    });
  });

  it('a newer step that breaks nothing does no harm; one that does is refused, and nothing is done', async () => {
    await withDatabase(await databases.migrated(), {}, async (database) => {
      await migrate(database, withOneMore('0008-more.sql', 'create table more (a int)'));
      expect(await hasTables(database)).toBe(true);
      expect(await migrate(database)).toMatchObject({ applied: [] });
      await migrate(database, withOneMore('0009-other.breaking.sql', 'create table other (a int)'));
      const refusal = {
        exitCode: 2,
        message: expect.stringMatching(/was brought forward by a newer code-agent \(9 other\)/),
      };
      await expect(hasTables(database)).rejects.toMatchObject(refusal);
      await expect(migrate(database)).rejects.toMatchObject(refusal);
    });
  });

  it('a step that was applied from another file is told', async () => {
    await withDatabase(await databases.migrated(), {}, async (database) => {
      await database.sql`update code_agent.migrations set sha256 = 'other' where number = 2`;
      expect((await migrationStatus(database)).changed).toMatchObject([{ number: 2, name: 'findings' }]);
    });
  });
});

describe.runIf(hasPostgres())('migrations on a server', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server.remove());

  it('of twenty processes that start at once, each step is made by one', async () => {
    const url = await server.createDatabase();
    const env = { ...isolatedEnvironment(tempFolder()), DATABASE_URL: url };
    const ran = await Promise.all(
      Array.from({ length: 20 }, () => run(process.execPath, [CLI, 'db', 'migrate', '--json'], { env })),
    );
    expect(ran.map(({ code, stderr }) => `${code} ${stderr}`)).toEqual(Array(20).fill('0 '));
    const applied = ran.flatMap(({ stdout }) =>
      JSON.parse(stdout).applied.map((one: { name: string }) => one.name),
    );
    expect(applied.sort()).toEqual([...NAMES].sort());
    expect(ran.every(({ stdout }) => JSON.parse(stdout).roles)).toBe(true);
  });

  it('waits for another process that gives the roles their rights in the database', async () => {
    const url = await server.createDatabase();
    await withDatabase(url, { connections: 2 }, async (database) => {
      const { sql } = database;
      await migrate(database);
      const name = new URL(url).pathname.slice(1);
      await sql.unsafe(`revoke create on database ${name} from code_agent_migrator`);
      let others: ReturnType<typeof migrate> | undefined;
      await sql.begin(async (step) => {
        // As migrate.ts has it.
        await step`select pg_advisory_xact_lock(${0x636f6465})`;
        await step.unsafe(`grant create on database ${name} to code_agent_migrator`);
        others = withDatabase(url, {}, (other) => migrate(other));
        await new Promise((resolve) => setTimeout(resolve, 300));
      });
      expect(await others).toEqual({ applied: [], roles: true });
    });
  });

  it('a user who may make tables and no roles makes the tables, and says so; roles get their rights later', async () => {
    const url = await server.createDatabase();
    const name = new URL(url).pathname.slice(1);
    // Roles are the server's: this one must not have them from another test.
    await withDatabase(url, {}, async ({ sql }) => {
      await sql.unsafe(`create role plain login; grant create on database ${name} to plain`);
      await sql.unsafe('alter role code_agent_app rename to away');
    });
    await withDatabase(server.as(url, 'plain'), {}, async (database) => {
      expect(await migrate(database)).toMatchObject({ roles: false });
      expect(await hasTables(database)).toBe(true);
    });
    await withDatabase(url, {}, async (database) => {
      await database.sql.unsafe('alter role away rename to code_agent_app');
      expect(await migrate(database)).toEqual({ applied: [], roles: true });
      const [may] =
        await database.sql`select has_table_privilege('code_agent_app', 'code_agent.events', 'insert') as insert`;
      expect(may).toEqual({ insert: true });
    });
  });

  it('a user who may make roles, and give them nothing in the database, makes the tables, and says so', async () => {
    const url = await server.createDatabase();
    await withDatabase(url, {}, async ({ sql }) => {
      await sql.unsafe('create role half login createrole');
      await sql.unsafe(`grant create on database ${new URL(url).pathname.slice(1)} to half`);
    });
    await withDatabase(server.as(url, 'half'), {}, async (database) => {
      expect(await migrate(database)).toMatchObject({ roles: false });
      expect(await hasTables(database)).toBe(true);
    });
  });

  it('a database in another encoding is refused', async () => {
    const url = await server.createDatabase();
    await withDatabase(url, {}, async ({ sql }) => {
      await sql.unsafe("create database latin encoding 'LATIN1' locale 'C' template template0");
    });
    const latin = url.replace(/[^/]+$/, 'latin');
    await expect(withDatabase(latin, {}, (database) => migrate(database))).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining('has the encoding LATIN1: UTF8 is needed'),
    });
  });
});
