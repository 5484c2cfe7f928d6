import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { SessionEvent } from '../../src/agent/session-event.ts';
import { CodeAgentError } from '../../src/code-agent-error.ts';
import { openGit } from '../../src/local/prepare-review.ts';
import { withRepositoryDatabase } from '../../src/local/with-repository-database.ts';
import { createJournal, journalIds } from '../../src/sessions/journal.ts';
import { migrate } from '../../src/sessions/postgres/migrate.ts';
import { storedRecords } from '../../src/sessions/postgres/stored-sessions.ts';
import { verifyAudit } from '../../src/sessions/postgres/verify-audit.ts';
import { transact, withDatabase } from '../../src/sessions/postgres/with-database.ts';
import { createSessionId } from '../../src/sessions/session-id.ts';
import { badConnection } from '../support/bad-connection.ts';
import { hasPostgres, type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { sampleFinding, sessionEvents, writeSession } from '../support/session-journal.ts';
import { type TempRepository, tempRepository } from '../support/temp-repository.ts';

describe.runIf(hasPostgres())('a database that fails', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres({ fsync: 'on' });
  });
  afterAll(() => server.remove());

  async function prepared() {
    const url = await server.createDatabase();
    await withDatabase(url, {}, (database) => migrate(database));
    const connection = await badConnection(server.port);
    onTestFinished(() => connection.close());
    const repository = tempRepository();
    repository.commit({ a: '1' });
    const git = await openGit({
      cwd: repository.path,
      env: repository.env,
      signal: new AbortController().signal,
    });
    onTestFinished(() => git.close());
    return {
      url,
      bad: url.replace(String(server.port), String(connection.port)),
      connection,
      repository,
      git,
    };
  }
  const folderOf = ({ path }: TempRepository) => join(path, '.git');

  /** Writes a session as slowly as models answer. Answers what it has written. */
  async function writeSlowly(commonDir: string): Promise<{ id: string; events: SessionEvent[] }> {
    const id = createSessionId();
    const journal = createJournal(commonDir, id);
    const events: SessionEvent[] = [];
    for (const event of sessionEvents({ turns: 8, findings: [sampleFinding('a')] })) {
      events.push(journal.append(event));
      await sleep(Math.random() * 120);
    }
    journal.close();
    return { id, events };
  }
  const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

  it('stopped, crashed, restarted, slow and cut while 50 sessions are written: all events are there, in order, once', async () => {
    const { url, bad, connection, repository, git } = await prepared();
    const outcomes = { moved: 0, failed: 0 };
    let isWritten = false;
    const move = async () => {
      try {
        await withRepositoryDatabase(git, bad, { within: 400 }, async ({ moved }) => {
          outcomes.moved += moved.moved.length;
        });
      } catch (error) {
        if (!(error instanceof CodeAgentError) || !error.retryable) throw error;
        outcomes.failed += 1;
      }
    };
    // As the ends of many commands do, two at a time.
    const movers = [1, 2].map(async () => {
      while (!isWritten) {
        await move();
        await sleep(20);
      }
    });
    const faults = async () => {
      for (const how of ['fast', 'immediate'] as const) {
        connection.delay(15);
        await sleep(400);
        connection.delay(0);
        connection.cutAt('COMMIT');
        await sleep(200);
        await server.stop(how);
        await sleep(300);
        await server.start();
        connection.cutAt('COMMIT');
        await sleep(200);
        connection.stall(true);
        await sleep(600);
        connection.stall(false);
      }
    };
    const [written] = await Promise.all([
      Promise.all(Array.from({ length: 50 }, () => writeSlowly(folderOf(repository)))),
      faults(),
    ]);
    isWritten = true;
    await Promise.all(movers);
    connection.delay(0);
    for (let attempt = 0; attempt < 20 && journalIds(folderOf(repository)).length > 0; attempt += 1)
      await withRepositoryDatabase(git, url, {}, async () => undefined);

    expect(journalIds(folderOf(repository))).toEqual([]);
    expect(outcomes.failed).toBeGreaterThan(3);
    expect(connection.cuts).toBeGreaterThan(0);
    await withDatabase(url, {}, async (database) => {
      for (const { id, events } of written) {
        const stored = await storedRecords(database.sql, id);
        expect(stored.map(({ event }) => event)).toEqual(events);
      }
      const all = written.reduce((sum, { events }) => sum + events.length, 0);
      expect(await database.sql`select count(*)::int as events from code_agent.events`).toEqual([
        { events: all },
      ]);
      expect(await database.sql`select count(*)::int as sessions from code_agent.sessions`).toEqual([
        { sessions: 50 },
      ]);
      expect((await verifyAudit(database, undefined)).problems).toEqual([]);
    });
  });

  it('a commit whose answer is lost is stored once', async () => {
    const { url, bad, connection, repository, git } = await prepared();
    const id = writeSession(folderOf(repository), { turns: 2 });
    connection.cutAt('COMMIT');
    await expect(withRepositoryDatabase(git, bad, {}, async () => undefined)).rejects.toMatchObject({
      retryable: true,
    });
    expect(connection.cuts).toBe(1);
    expect(journalIds(folderOf(repository))).toEqual([id]);
    const { moved } = await withRepositoryDatabase(git, url, {}, async (all) => all);
    expect(moved).toEqual({ moved: [id], copied: [], left: [] });
    const [count] = await withDatabase(
      url,
      {},
      ({ sql }) => sql`select count(*)::int as events from code_agent.events`,
    );
    expect(count).toEqual({ events: 10 });
  });

  it('a connection that ends between two statements of a transaction fails it, and not the process', async () => {
    const { bad, connection } = await prepared();
    for (let turns = 0; turns < 20; turns += 1) {
      const work = withDatabase(bad, {}, ({ sql }) =>
        transact(sql, async (step) => {
          await step`select 1`;
          connection.stall(true);
          connection.stall(false);
          // It is noticed some turns of the event loop later: before, in or behind this one.
          for (let turn = 0; turn < turns; turn += 1) await new Promise(setImmediate);
          await step`select 2`;
        }),
      );
      await expect(work).rejects.toMatchObject({
        retryable: true,
        message: expect.stringContaining('cannot be reached'),
      });
    }
  });

  it('one that never answers is given up in time, and the session waits', async () => {
    const { bad, connection, repository, git } = await prepared();
    writeSession(folderOf(repository), { turns: 2 });
    connection.stall(true);
    await expect(
      withRepositoryDatabase(git, bad, { within: 300 }, async () => undefined),
    ).rejects.toMatchObject({
      exitCode: 4,
      retryable: true,
      message: expect.stringMatching(/took longer than 300 ms/),
    });
    expect(journalIds(folderOf(repository))).toHaveLength(1);
  });
});
