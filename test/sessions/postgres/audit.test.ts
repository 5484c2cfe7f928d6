import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasTables, migrate } from '../../../src/sessions/postgres/migrate.ts';
import { moveJournals } from '../../../src/sessions/postgres/move-journals.ts';
import { repositoryId } from '../../../src/sessions/postgres/store-session.ts';
import { storeDecision } from '../../../src/sessions/postgres/stored-findings.ts';
import { storedRecords, storedSessions } from '../../../src/sessions/postgres/stored-sessions.ts';
import { verifyAudit } from '../../../src/sessions/postgres/verify-audit.ts';
import { type Database, withDatabase } from '../../../src/sessions/postgres/with-database.ts';
import { DATABASES, type Databases } from '../../support/databases.ts';
import { hasPostgres, type PostgresServer, startPostgres } from '../../support/postgres-server.ts';
import { sampleFinding, writeSession } from '../../support/session-journal.ts';
import { tempFolder } from '../../support/temp-repository.ts';

/** Two sessions of a repository, and a finding that a person has dismissed. Answers their ids. */
async function filled({ sql }: Database): Promise<{ ids: string[]; repository: string }> {
  const folder = tempFolder();
  const repository = await repositoryId(sql, 'github.com/owner/name');
  const ids = [1, 2].map((turns) => writeSession(folder, { turns, findings: [sampleFinding('a')] }));
  await moveJournals(sql, repository, folder);
  await storeDecision(sql, repository, {
    ...{ fingerprint: 'a'.repeat(64), title: 'The retry loop never waits', state: 'dismissed' },
    ...{ at: new Date().toISOString(), by: 'Ada <ada@example.com>', because: 'it does' },
  });
  return { ids, repository };
}

/** As only who owns the tables can. */
const tamper = ({ sql }: Database, statement: string) =>
  sql.unsafe(`set session_replication_role = replica; ${statement}; set session_replication_role = origin`);

describe.each(DATABASES)('the audit chain, %s', (_name, start) => {
  let databases: Databases;
  beforeAll(async () => {
    databases = await start();
  });
  afterAll(() => databases.stop());

  const onFilled = async (work: (on: Database & { ids: string[]; repository: string }) => Promise<void>) =>
    withDatabase(await databases.migrated(), {}, async (database) => {
      const all = await filled(database);
      expect((await verifyAudit(database, undefined)).problems).toEqual([]);
      await work({ ...database, ...all });
    });

  it('holds beginnings, ends, decisions and what people dismiss, each linked to the one before it', () =>
    onFilled(async ({ sql, place }) => {
      const { links, head, problems } = await verifyAudit({ sql, place }, undefined);
      // 2 begun, 1 + 2 decided, 2 ended, 1 dismissed.
      expect({ links, problems }).toEqual({ links: 8, problems: [] });
      expect(head).toMatch(/^[0-9a-f]{64}$/);
      const types = await sql`
        select a.subject, e.type from code_agent.audit a left join code_agent.events e using (session_id, seq) order by id`;
      expect(types.map(({ subject, type }) => type ?? subject)).toEqual([
        ...['session-started', 'tool-decided', 'session-ended'],
        ...['session-started', 'tool-decided', 'tool-decided', 'session-ended'],
        'finding change',
      ]);
    }));

  it.each([
    [
      'an event that was changed',
      "update code_agent.events set data = '{}' where type = 'tool-decided' and seq = 4",
      /^event 4 of session .* has changed$/,
    ],
    [
      'the time of an event',
      "update code_agent.events set at = at + interval '1 ms' where type = 'session-ended'",
      /^event \d+ of session .* has changed$/,
    ],
    [
      'an event that was taken away',
      "delete from code_agent.events where type = 'tool-decided'",
      /^event \d+ of session .* is missing$/,
    ],
    [
      'a session that was taken away',
      'delete from code_agent.events where session_id = (select min(id::text)::uuid from code_agent.sessions)',
      /^event 1 of session .* is missing$/,
    ],
    [
      'an event that was put in',
      "insert into code_agent.events select session_id, 90, 'tool-decided', 1, at, data from code_agent.events where type = 'session-started' limit 1",
      /^event 90 of session .* is not in the chain$/,
    ],
    ['a link that was taken away', 'delete from code_agent.audit where id = 3', /^links 3 to 3 are missing$/],
    ['the last links', 'delete from code_agent.audit where id > 5', /^links after 5 are missing$/],
    [
      'a link that was changed',
      "update code_agent.audit set link = sha256('x') where id = 2",
      /^the link does not follow from the one before it$/,
    ],
    [
      'what a link is about',
      'update code_agent.audit set seq = seq + 1 where id = 4',
      /^the link does not follow/,
    ],
    [
      'who dismissed a finding',
      "update code_agent.finding_changes set changed_by = 'Eve' where state = 'dismissed'",
      /^the change \d+ of a finding has changed$/,
    ],
    [
      'that a finding was dismissed',
      "delete from code_agent.finding_changes where state = 'dismissed'",
      /^the change \d+ of a finding is missing$/,
    ],
    [
      'a change that was put in',
      `insert into code_agent.finding_changes (repository_id, fingerprint, state, at, changed_by)
       select repository_id, fingerprint, 'fixed', at, 'Eve' from code_agent.finding_changes limit 1`,
      /^the change \d+ of a finding is not in the chain$/,
    ],
    [
      'a finding that was dismissed without a change',
      "update code_agent.findings set state_by = 'Eve'",
      /^the finding a{64} is dismissed by Eve without a change that says so$/,
    ],
  ])('%s is seen', (_what, statement, problem) =>
    onFilled(async (database) => {
      await tamper(database, statement);
      const { problems } = await verifyAudit(database, undefined);
      expect(problems[0]?.problem).toMatch(problem);
    }),
  );

  it('a chain that was made anew, and is whole, does not have the link that was kept elsewhere', () =>
    onFilled(async (database) => {
      const { head } = await verifyAudit(database, undefined);
      expect((await verifyAudit(database, head)).problems).toEqual([]);
      await tamper(
        database,
        `delete from code_agent.audit where id > 5;
         update code_agent.audit_head set id = 5, link = (select link from code_agent.audit where id = 5);
         delete from code_agent.events where session_id not in (select session_id from code_agent.audit);
         delete from code_agent.finding_changes where state = 'dismissed'`,
      );
      const { problems } = await verifyAudit(database, head);
      expect(problems[0]?.problem).toBe(`the link ${head} is not in the chain: it was cut, or made anew`);
    }));

  it('what is pruned leaves its links and one that says so; what is gone beside it is seen', () =>
    onFilled(async (database) => {
      const { sql, repository, ids } = database;
      const soon = new Date(Date.now() + 60_000);
      expect(await sql`select code_agent.prune_sessions(${new Date(0)}, ${repository}) as count`).toEqual([
        { count: 0 },
      ]);
      expect(await sql`select code_agent.prune_sessions(${soon}, ${repository}) as count`).toEqual([
        { count: 2 },
      ]);
      expect(await sql`select count(*)::int as events from code_agent.events`).toEqual([{ events: 0 }]);
      expect(await verifyAudit(database, undefined)).toMatchObject({ links: 9, problems: [] });
      expect(ids).toHaveLength(2);
      const other = await filled(database);
      await tamper(database, `delete from code_agent.events where session_id = '${other.ids[0]}'`);
      const { problems } = await verifyAudit(database, undefined);
      expect(problems.map(({ problem }) => problem)).toEqual(
        expect.arrayContaining([`event 1 of session ${other.ids[0]} is missing`]),
      );
    }));

  it('nobody changes, deletes or truncates events, nor who owns them by mistake', () =>
    onFilled(async ({ sql }) => {
      for (const statement of [
        "update code_agent.events set data = '{}'",
        'delete from code_agent.events',
        'truncate code_agent.events cascade',
        'delete from code_agent.sessions',
        'delete from code_agent.finding_changes',
        'delete from code_agent.audit',
        'truncate code_agent.audit',
      ])
        await expect(sql.unsafe(statement), statement).rejects.toThrow(/is append-only: \w+ is refused/);
    }));
});

describe.runIf(hasPostgres())('roles', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server.remove());

  /** A database with sessions in it, and its URL for a member of each role. */
  async function prepared() {
    const url = await server.createDatabase();
    await withDatabase(url, {}, async (database) => {
      await migrate(database);
      await filled(database);
      for (const role of ['app', 'auditor'])
        await database.sql.unsafe(
          `do $$ begin create role some_${role} login in role code_agent_${role}; exception when duplicate_object then end $$`,
        );
    });
    return { url, app: server.as(url, 'some_app'), auditor: server.as(url, 'some_auditor') };
  }

  it('the app stores, reads, decides and prunes; and changes no event, link or table', async () => {
    const { app } = await prepared();
    await withDatabase(app, {}, async (database) => {
      const { sql } = database;
      expect(await hasTables(database)).toBe(true);
      const { ids, repository } = await filled(database);
      expect(await storedSessions(sql, { repository, limit: 9 })).toHaveLength(4);
      expect(await storedRecords(sql, ids[0] ?? '')).not.toHaveLength(0);
      for (const statement of [
        "update code_agent.events set data = '{}'",
        'delete from code_agent.events',
        "set code_agent.pruning = 'on'; delete from code_agent.events",
        'delete from code_agent.sessions',
        'truncate code_agent.events',
        'insert into code_agent.audit select * from code_agent.audit',
        "update code_agent.audit_head set id = 0, link = ''",
        'delete from code_agent.finding_changes',
        'alter table code_agent.events disable trigger all',
        'set session_replication_role = replica',
        'select code_agent.prune_sessions(now())',
        'select code_agent.verify_audit()',
        'create table code_agent.mine (a int)',
        'drop table code_agent.events',
        "insert into code_agent.migrations values (9, 'x', true, 'x')",
      ])
        await expect(sql.unsafe(statement), statement).rejects.toMatchObject({ code: '42501' });
      expect(await sql`select code_agent.prune_sessions(${new Date(0)}, ${repository}) as count`).toEqual([
        { count: 0 },
      ]);
    });
  });

  it('the app prunes no session that is younger than a day, whatever its row says', async () => {
    const { app } = await prepared();
    await withDatabase(app, {}, async ({ sql }) => {
      await sql`update code_agent.sessions set last_at = '2000-01-01'`;
      const day = new Date(Date.now() - 2 * 86_400_000);
      expect(await sql`select code_agent.prune_sessions(${day}) as count`).toEqual([{ count: 0 }]);
      expect(await sql`select count(*)::int as sessions from code_agent.sessions`).toEqual([{ sessions: 2 }]);
    });
  });

  it('who is cut off amid a transaction does not hold the end of the chain for ever', async () => {
    const { app } = await prepared();
    await withDatabase(app, {}, async ({ sql }) => {
      await sql.begin(async (step) => {
        await step`
          insert into code_agent.events select session_id, 90, type, version, at, data from code_agent.events
          where type = 'session-started' limit 1`;
        expect(await step`show idle_in_transaction_session_timeout`).toEqual([
          { idle_in_transaction_session_timeout: '1min' },
        ]);
      });
      expect(await sql`show idle_in_transaction_session_timeout`).toEqual([
        { idle_in_transaction_session_timeout: '0' },
      ]);
    });
  });

  it('the auditor reads and verifies everything, and changes nothing', async () => {
    const { auditor } = await prepared();
    await withDatabase(auditor, {}, async (database) => {
      const { sql } = database;
      expect(await verifyAudit(database, undefined)).toMatchObject({ links: 8, problems: [] });
      const tables = await sql<{ name: string }[]>`
        select relname as name from pg_class where relnamespace = 'code_agent'::regnamespace and relkind = 'r'`;
      await sql`select * from code_agent.project_context limit 1`;
      for (const { name } of tables) {
        await sql.unsafe(`select * from code_agent.${name} limit 1`);
        for (const statement of [
          `delete from code_agent.${name}`,
          `insert into code_agent.${name} default values`,
        ])
          await expect(sql.unsafe(statement), statement).rejects.toMatchObject({ code: '42501' });
      }
      await expect(sql`select code_agent.prune_sessions(now())`).rejects.toMatchObject({ code: '42501' });
    });
  });

  it('a stranger sees nothing', async () => {
    const { url } = await prepared();
    await withDatabase(url, {}, async ({ sql }) => {
      await sql.unsafe('create role stranger login');
    });
    await expect(
      withDatabase(server.as(url, 'stranger'), {}, ({ sql }) => sql`select * from code_agent.sessions`),
    ).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining('does not let this user do that'),
    });
  });

  it('every table has rights that were thought of', async () => {
    const { url } = await prepared();
    const rights = await withDatabase(
      url,
      {},
      ({ sql }) => sql<{ name: string; app: string }[]>`
      select relname as name, concat_ws(' ', case when has_table_privilege('code_agent_app', oid, 'insert') then 'insert' end,
        case when has_table_privilege('code_agent_app', oid, 'update') then 'update' end,
        case when has_table_privilege('code_agent_app', oid, 'delete') then 'delete' end) as app
      from pg_class where relnamespace = 'code_agent'::regnamespace and relkind = 'r' order by 1`,
    );
    expect(Object.fromEntries(rights.map(({ name, app }) => [name, app]))).toMatchInlineSnapshot(`
      {
        "app_secrets": "insert",
        "artifacts": "insert",
        "audit": "",
        "audit_head": "",
        "conventions": "insert update delete",
        "deliveries": "insert update delete",
        "events": "insert",
        "external_writes": "insert",
        "finding_changes": "insert",
        "findings": "insert update",
        "github_repositories": "insert update",
        "migrations": "",
        "posted_findings": "insert",
        "preferences": "insert update delete",
        "pull_request_runs": "insert update",
        "pull_requests": "insert update",
        "repositories": "insert",
        "review_results": "insert",
        "session_models": "insert update",
        "sessions": "insert update",
        "task_answers": "insert",
        "task_questions": "insert",
        "tasks": "insert update",
        "workers": "insert update delete",
      }
    `);
  });
});
