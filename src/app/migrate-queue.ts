import { Logger, runMigrations } from 'graphile-worker';
import type { Pool } from 'pg';
import { CodeAgentError, EXIT } from '../code-agent-error.ts';
import { placeOf } from '../sessions/database-place.ts';
import { databaseError } from '../sessions/postgres/database-error.ts';
import { errorCode } from '../sessions/postgres/error-code.ts';
import type { Log } from '../tasks/log.ts';
import { openPool } from './open-pool.ts';

/**
 * Makes and updates the tables of the queue: graphile-worker's, in the schema graphile_worker. They belong to whom the tables of
 * code-agent belong to, and the role code_agent_app may work with them. To be called behind `migrate`. Rejects with exit
 * code 2 when there is something to do and this user may not.
 */
export async function migrateQueue(url: string, log: Log): Promise<void> {
  const pool = openPool(url, { max: 1, log });
  try {
    const owner = await ownerToBe(pool);
    const asOwner = owner === null ? pool : openPool(url, { max: 1, log, role: owner });
    try {
      await runMigrations({
        pgPool: asOwner,
        schema: 'graphile_worker',
        noPreparedStatements: true,
        logger: new Logger(() => (_, message) => log.debug({ from: 'graphile-worker' }, message)),
      });
      await asOwner.query(RIGHTS);
    } finally {
      // The embedded database has one session for all connections.
      if (owner !== null) await asOwner.query('reset role').finally(() => asOwner.end());
    }
  } catch (error) {
    if (errorCode(error) !== '42501') throw databaseError(error, placeOf(url));
    throw new CodeAgentError(`the queue in the database at ${placeOf(url)} is not there or not up to date`, {
      exitCode: EXIT.usage,
      advice:
        'This user may not make its tables. `code-agent db migrate` does, as a user who may (docs/sessions.md).',
      cause: error,
    });
  } finally {
    await pool.end();
  }
}

/** The role that has the tables or will have them, when it is not this user and this user may be it. */
async function ownerToBe(pool: Pool): Promise<string | null> {
  const { rows } = await pool.query<{ owner: string }>(`
    select pg_get_userbyid(nspowner) as owner from pg_namespace
    where nspname in ('graphile_worker', 'code_agent') and pg_get_userbyid(nspowner) <> current_user
      and pg_has_role(nspowner, 'member')
    order by nspname = 'graphile_worker' desc limit 1`);
  return rows[0]?.owner ?? null;
}

/**
 * graphile-worker puts its tables under row security, which nobody but their owner passes without a policy. Only what is missing
 * is given: each grant would wait for the jobs that are under way.
 */
const RIGHTS = `
do $$
declare
  one record;
begin
  if not exists (select from pg_roles where rolname = 'code_agent_app')
    or not exists (select from pg_namespace where nspname = 'graphile_worker' and pg_has_role(nspowner, 'usage')) then
    return;
  end if;
  perform pg_advisory_xact_lock(${0x636f6465});
  if not has_schema_privilege('code_agent_app', 'graphile_worker', 'usage') then
    grant usage on schema graphile_worker to code_agent_app;
  end if;
  for one in
    select c.oid::regclass as name, c.relname = 'migrations' as is_history, c.relrowsecurity as is_guarded, c.oid
    from pg_class c where c.relnamespace = 'graphile_worker'::regnamespace and c.relkind in ('r', 'v')
  loop
    if not has_table_privilege('code_agent_app', one.oid, 'select') then
      execute format('grant select on %s to code_agent_app', one.name);
    end if;
    if not one.is_history and not has_table_privilege('code_agent_app', one.oid, 'delete') then
      execute format('grant insert, update, delete on %s to code_agent_app', one.name);
    end if;
    if one.is_guarded and not exists (select from pg_policy where polrelid = one.oid and polname = 'code_agent_app') then
      execute format('create policy code_agent_app on %s to code_agent_app using (true) with check (true)', one.name);
    end if;
  end loop;
end $$`;
