import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Sql, TransactionSql } from 'postgres';
import { CodeAgentError, EXIT } from '../../code-agent-error.ts';
import { errorCode } from './error-code.ts';
import type { Database } from './with-database.ts';

/** One step forward, as a file of SQL. There are no steps back: a backup is. */
export interface Migration {
  readonly number: number;
  readonly name: string;
  /** Who does not know it must not work with the tables any more: `0007-name.breaking.sql`. */
  readonly breaking: boolean;
  readonly sha256: string;
  readonly sql: string;
}

export interface AppliedMigration {
  readonly number: number;
  readonly name: string;
  readonly breaking: boolean;
  readonly sha256: string;
  readonly appliedAt: Date;
}

/** How far a database has come. */
export interface MigrationStatus {
  /** Null when it has no tables of ours. */
  readonly applied: readonly AppliedMigration[] | null;
  readonly pending: readonly Migration[];
  /** Applied by a newer code-agent. */
  readonly unknown: readonly AppliedMigration[];
  /** Applied from a file that is not the one of this code-agent. */
  readonly changed: readonly AppliedMigration[];
}

export interface Migrated {
  /** What this call has applied. */
  readonly applied: readonly Migration[];
  /** Whether the roles of docs/sessions.md are there, and have been given their rights. */
  readonly roles: boolean;
}

/** As `initdb` numbers versions. Older ones are out of support. */
const OLDEST_SERVER = 150_000;

/** "code-agent", as a number for pg_advisory_xact_lock. */
const LOCK = 0x636f6465;

/** Beside this file, and beside the bundle (build.mjs). */
const FOLDER = fileURLToPath(new URL('./migrations/', import.meta.url));
const readSql = (file: string, folder = FOLDER): string => readFileSync(join(folder, file), 'utf8');

/** The steps that this code-agent knows, in order. */
export function readMigrations(folder = FOLDER): Migration[] {
  // Beside them are roles.sql and rights.sql.
  const files = readdirSync(folder).filter((name) => /^\d/.test(name));
  return files.sort().map((file) => {
    const [, number = '', name = '', breaking] = /^(\d{4})-([a-z-]+)(\.breaking)?\.sql$/.exec(file) ?? [];
    if (number === '') throw new RangeError(`not the name of a migration: ${file}`);
    const sql = readSql(file, folder);
    const sha256 = createHash('sha256').update(sql).digest('hex');
    return { number: Number(number), name, breaking: breaking !== undefined, sha256, sql };
  });
}

/**
 * Brings a database forward to what this code-agent knows, each step in a transaction of its own: of several processes that
 * do it at once, each step is done by one. Rejects with exit code 2 when the server is too old or a newer code-agent has
 * made a step that this one cannot live with.
 */
export async function migrate(database: Database, migrations = readMigrations()): Promise<Migrated> {
  const { sql } = database;
  await refuseUnfit(database);
  const hasRoles = await makeRoles(sql);
  const applied: Migration[] = [];
  for (const migration of migrations) {
    if (await apply(database, migration, hasRoles)) applied.push(migration);
  }
  // Newer steps than all that is known.
  refuseBreaking(database, await migrationStatus(database, migrations));
  const roles = hasRoles && (await grantRights(sql));
  return { applied, roles };
}

/** How far a database has come. Changes nothing. */
export async function migrationStatus(
  { sql }: Database,
  migrations = readMigrations(),
): Promise<MigrationStatus> {
  const applied = await readApplied(sql);
  const known = new Map(migrations.map((one) => [one.number, one]));
  const done = new Set((applied ?? []).map(({ number }) => number));
  return {
    applied,
    pending: migrations.filter(({ number }) => !done.has(number)),
    unknown: (applied ?? []).filter(({ number }) => !known.has(number)),
    changed: (applied ?? []).filter((one) => (known.get(one.number)?.sha256 ?? one.sha256) !== one.sha256),
  };
}

/**
 * Whether the tables are there: false when a database has none of ours. Rejects with exit code 2 when they are older than this
 * code-agent, or newer in a way that it cannot live with.
 */
export async function hasTables(database: Database, migrations = readMigrations()): Promise<boolean> {
  const status = await migrationStatus(database, migrations);
  if (status.applied === null) return false;
  refuseBreaking(database, status);
  if (status.pending.length === 0) return true;
  throw new CodeAgentError(
    `the database at ${database.place} is ${status.pending.length === 1 ? 'one step' : `${status.pending.length} steps`} behind this code-agent`,
    { exitCode: EXIT.usage, advice: '`code-agent db migrate` brings it forward.' },
  );
}

function refuseBreaking({ place }: Database, { unknown }: MigrationStatus): void {
  const breaking = unknown.filter((one) => one.breaking);
  if (breaking.length === 0) return;
  throw new CodeAgentError(
    `the database at ${place} was brought forward by a newer code-agent (${breaking.map(({ number, name }) => `${number} ${name}`).join(', ')}), which this one cannot work with`,
    { exitCode: EXIT.usage, advice: 'Update code-agent here. Nothing was read or written.' },
  );
}

async function readApplied(sql: Sql): Promise<AppliedMigration[] | null> {
  const [there] = await sql`select to_regclass('code_agent.migrations') is not null as yes`;
  if (there?.['yes'] !== true) return null;
  return sql<AppliedMigration[]>`
    select number, name, breaking, sha256, applied_at as "appliedAt" from code_agent.migrations order by number`;
}

async function refuseUnfit({ sql, place }: Database): Promise<void> {
  const [server] = await sql`
    select current_setting('server_version_num')::int as version, current_setting('server_version') as name,
      current_setting('server_encoding') as encoding`;
  if (server?.['version'] < OLDEST_SERVER)
    throw unfit(`the server at ${place} is PostgreSQL ${server?.['name']}: 15 or later is needed`);
  if (server?.['encoding'] !== 'UTF8')
    throw unfit(`the database at ${place} has the encoding ${server?.['encoding']}: UTF8 is needed`);
}

const unfit = (message: string): CodeAgentError => new CodeAgentError(message, { exitCode: EXIT.usage });

/** True when it was this call that applied it. */
async function apply({ sql }: Database, migration: Migration, hasRoles: boolean): Promise<boolean> {
  return sql.begin(async (step) => {
    await step`select pg_advisory_xact_lock(${LOCK})`;
    await becomeOwner(step, hasRoles);
    await step.unsafe(
      'create schema if not exists code_agent; set local search_path = code_agent, pg_catalog',
    );
    await step.unsafe(`create table if not exists code_agent.migrations (
      number integer primary key, name text not null, breaking boolean not null, sha256 text not null,
      applied_at timestamptz not null default now())`);
    const { number, name, breaking, sha256 } = migration;
    const mine = await step`
      insert into code_agent.migrations ${step({ number, name, breaking, sha256 })}
      on conflict do nothing returning number`;
    if (mine.length === 0) return false;
    await step.unsafe(migration.sql);
    return true;
  });
}

/**
 * The tables belong to the role code_agent_migrator: always, when it made them, and when there are none yet and the role can be
 * had. Else to whoever made them.
 */
async function becomeOwner(step: TransactionSql, hasRoles: boolean): Promise<void> {
  const [schema] = await step`
    select pg_get_userbyid(nspowner) as owner from pg_namespace where nspname = 'code_agent'`;
  if (hasRoles && (schema === undefined || schema['owner'] === 'code_agent_migrator'))
    await step.unsafe('set local role code_agent_migrator');
}

/**
 * Roles belong to the server and not to one database: another process may be making them for another one. What they may in
 * this one is given by one process after the other. False when this user may not make them and nobody has.
 */
async function makeRoles(sql: Sql): Promise<boolean> {
  try {
    await sql.begin(async (step) => {
      await step`select pg_advisory_xact_lock(${LOCK})`;
      await step.unsafe(readSql('roles.sql'));
    });
    return true;
  } catch (error) {
    if (errorCode(error) === '42501') return false;
    throw error;
  }
}

/** False when the tables belong to a user who may not be this one. */
async function grantRights(sql: Sql): Promise<boolean> {
  try {
    await sql.begin(async (step) => {
      await step`select pg_advisory_xact_lock(${LOCK})`;
      await becomeOwner(step, true);
      await step.unsafe(`set local search_path = code_agent, pg_catalog; ${readSql('rights.sql')}`);
    });
    return true;
  } catch (error) {
    if (errorCode(error) === '42501') return false;
    throw error;
  }
}
