import { rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startEmbeddedDatabase } from '../../../src/sessions/postgres/embedded-database.ts';
import { migrate } from '../../../src/sessions/postgres/migrate.ts';
import { moveJournals } from '../../../src/sessions/postgres/move-journals.ts';
import { repositoryId } from '../../../src/sessions/postgres/store-session.ts';
import { storedRecords } from '../../../src/sessions/postgres/stored-sessions.ts';
import { withDatabase } from '../../../src/sessions/postgres/with-database.ts';
import { embeddedFolder } from '../../support/embedded-folder.ts';
import { journalOf, writeSession } from '../../support/session-journal.ts';
import { run, tempFolder } from '../../support/temp-repository.ts';

const ROOT = join(import.meta.dirname, '../../..');

async function preparedFolder(): Promise<string> {
  const folder = await embeddedFolder();
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

describe('the embedded database', () => {
  it('keeps what is stored from one start to the next', async () => {
    const folder = tempFolder();
    const journals = tempFolder();
    const id = writeSession(journals, { turns: 2 });
    const { records } = journalOf(journals, id);
    const first = await startEmbeddedDatabase(folder);
    await withDatabase(first.url, {}, async (database) => {
      await migrate(database);
      await moveJournals(database.sql, await repositoryId(database.sql, 'github.com/owner/name'), journals);
    });
    await first.close();
    const second = await startEmbeddedDatabase(folder);
    onTestFinished(() => second.close());
    await withDatabase(second.url, {}, async (database) => {
      expect(await migrate(database)).toEqual({ applied: [], roles: true });
      expect(await storedRecords(database.sql, id)).toEqual(records);
    });
  });

  it('one process owns the folder: another is told so, and may have it when the first is gone', async () => {
    const folder = await preparedFolder();
    const first = await startEmbeddedDatabase(folder);
    const told = {
      exitCode: 2,
      retryable: true,
      message: expect.stringMatching(/^another process works on the embedded database in /),
    };
    await expect(startEmbeddedDatabase(folder)).rejects.toMatchObject(told);
    // The refused one has taken nothing away from the first.
    await withDatabase(first.url, {}, ({ sql }) => sql`select 1`);
    await expect(startEmbeddedDatabase(folder)).rejects.toMatchObject(told);
    await first.close();
    await (await startEmbeddedDatabase(folder)).close();
  });

  it('one that was killed is started anew with all that was committed', async () => {
    const folder = await preparedFolder();
    const journals = tempFolder();
    const ids = [writeSession(journals, { turns: 2 }), writeSession(journals, { turns: 2 })];
    const first = await startEmbeddedDatabase(folder);
    await withDatabase(first.url, {}, (database) => migrate(database));
    await first.close();
    const owner = ['scripts/run.mjs', 'test/support/killed-owner.ts', folder, journals];
    const killed = await run(process.execPath, owner, { cwd: ROOT, env: process.env });
    expect(killed).toMatchObject({ code: 128, stderr: '' });
    const next = await startEmbeddedDatabase(folder);
    onTestFinished(() => next.close());
    await withDatabase(next.url, {}, async ({ sql }) => {
      for (const id of ids) expect(await storedRecords(sql, id)).toHaveLength(10);
    });
  });

  it.skipIf(process.platform === 'win32')('nobody but this user reaches its socket', async () => {
    const database = await startEmbeddedDatabase(await preparedFolder());
    onTestFinished(() => database.close());
    const folder = new URL(database.url).searchParams.get('host') ?? '';
    expect(statSync(folder).mode & 0o077).toBe(0);
    expect(dirname(folder)).not.toBe(folder);
  });
});
