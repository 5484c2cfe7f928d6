import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { migrateQueue } from '../../src/app/migrate-queue.ts';
import { openPool } from '../../src/app/open-pool.ts';
import { work } from '../../src/app/work.ts';
import { migrate } from '../../src/sessions/postgres/migrate.ts';
import { withDatabase } from '../../src/sessions/postgres/with-database.ts';
import { mayBeCommand } from '../../src/tasks/comment-command.ts';
import { hasPostgres, type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { keptJobs, keptLog, quietGitHub, send, settingsOf, startServing, until } from './intake-setup.ts';
import { payloadOf } from './webhook-payloads.ts';

describe.runIf(hasPostgres())('a user who may only what code_agent_app may', () => {
  let postgres: PostgresServer;
  let setUp: string;
  beforeAll(async () => {
    postgres = await startPostgres();
    setUp = await postgres.createDatabase();
    await withDatabase(setUp, {}, async (database) => {
      await migrate(database);
      await database.sql.unsafe(`
        create user worker in role code_agent_app;
        create user owner in role code_agent_migrator;
        create user nobody`);
    });
    // Twice: the second time there is nothing to do.
    await migrateQueue(setUp, keptLog());
    await migrateQueue(setUp, keptLog());
  });
  afterAll(() => postgres.remove());

  it('takes webhooks in and works on them', async () => {
    const databaseUrl = postgres.as(setUp, 'worker');
    const log = keptLog();
    const { done, handlers } = keptJobs();
    const jobs = () => handlers;
    const server = await startServing({ databaseUrl, concurrency: 0, log });
    onTestFinished(() => server.stop());
    expect((await fetch(`${server.url}/ready`)).status).toBe(200);
    const payload = payloadOf('pull_request', 'opened');
    expect((await send(server.url, { event: 'pull_request', payload })).status).toBe(202);
    const stopping = new AbortController();
    const working = work({
      ...{
        settings: settingsOf(),
        databaseUrl,
        github: quietGitHub(),
        jobs,
        mayBeCommand,
        trustedBots: async () => [],
        concurrency: 2,
        log,
      },
      signal: stopping.signal,
    });
    await until(() => done.length === 1);
    stopping.abort();
    await working;
    expect(log.lines.filter(({ level }) => level === 'error' || level === 'warn')).toEqual([]);
  });

  it('owns nothing, and neither does the user who set it up', async () => {
    const pool = openPool(setUp, { max: 1, log: keptLog() });
    onTestFinished(() => pool.end());
    const { rows } = await pool.query(`
      select distinct pg_get_userbyid(c.relowner) as owner from pg_class c
      where c.relnamespace = 'graphile_worker'::regnamespace and c.relkind = 'r'`);
    expect(rows).toEqual([{ owner: 'code_agent_migrator' }]);
  });

  it('is told what is missing, before it does anything', async () => {
    const empty = await postgres.createDatabase();
    const databaseUrl = postgres.as(empty, 'worker');
    const missing = { exitCode: 2, advice: expect.stringContaining('`code-agent db migrate`') };
    await expect(startServing({ databaseUrl })).rejects.toMatchObject(missing);
    await withDatabase(empty, {}, (database) => migrate(database));
    await expect(startServing({ databaseUrl })).rejects.toMatchObject(missing);
    // Somebody else may.
    await migrateQueue(postgres.as(empty, 'owner'), keptLog());
    const server = await startServing({ databaseUrl });
    await server.stop();
    const foreign = postgres.as(empty, 'nobody');
    await expect(startServing({ databaseUrl: foreign })).rejects.toMatchObject({ exitCode: 2 });
  });

  it('several that make the tables at once make them once', async () => {
    const url = await postgres.createDatabase();
    const log = keptLog();
    const servers = await Promise.all([1, 2, 3].map(() => startServing({ databaseUrl: url, log })));
    await Promise.all(servers.map((server) => server.stop()));
  });
});
