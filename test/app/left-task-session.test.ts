import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GoneOnElsewhere, keepTaskSession, leftTaskSession } from '../../src/app/shared-memory.ts';
import { storeTaskSession } from '../../src/app/task/store-task-session.ts';
import { openJournal, readJournal } from '../../src/sessions/journal.ts';
import { repositoryId } from '../../src/sessions/postgres/store-session.ts';
import { storedRecords } from '../../src/sessions/postgres/stored-sessions.ts';
import { withDatabase } from '../../src/sessions/postgres/with-database.ts';
import { DATABASES, type Databases } from '../support/databases.ts';
import { writeSession } from '../support/session-journal.ts';
import { tempFolder } from '../support/temp-repository.ts';
import { keptLog, until } from './intake-setup.ts';

describe.each(DATABASES)('the session of a task, on %s', (_, start) => {
  let databases: Databases;
  let url: string;
  beforeAll(async () => {
    databases = await start();
    url = await databases.migrated();
  });
  afterAll(() => databases.stop());

  const stepsIn = (folder: string, id: string): string[] =>
    readJournal(folder, id)?.events.flatMap(({ type, data }) => (type === 'step-done' ? [data.key] : [])) ??
    [];
  function addSteps(folder: string, id: string, ...keys: string[]): void {
    const journal = openJournal(folder, id);
    for (const key of keys) journal.append({ type: 'step-done', data: { key, result: null } });
    journal.close();
  }

  it('is gone on with where it has come furthest: on this machine, or on the one that had it since', async () => {
    await withDatabase(url, {}, async ({ sql }) => {
      const repository = await repositoryId(sql, 'github.com/owner/name');
      const keep = (folder: string) =>
        keepTaskSession({ sql }, repository, id, readJournal(folder, id)?.records ?? []);
      const left = (folder: string) => leftTaskSession({ sql }, folder, id);
      const [one, other] = [tempFolder(), tempFolder()];
      const id = writeSession(one, { turns: 1, ended: false });
      // Nobody else knows of it yet.
      expect(await left(other)).toBeNull();
      expect(await left(one)).toBe(id);

      addSteps(one, id, 'a');
      await keep(one);
      // What it has done since it was kept is known here alone.
      addSteps(one, id, 'b');
      expect(await left(one)).toBe(id);
      expect(stepsIn(one, id)).toEqual(['a', 'b']);
      expect(await left(other)).toBe(id);
      expect(stepsIn(other, id)).toEqual(['a']);

      addSteps(other, id, 'c', 'd');
      await keep(other);
      expect(await left(one)).toBe(id);
      expect(stepsIn(one, id)).toEqual(['a', 'c', 'd']);
      addSteps(one, id, 'e');
      await keep(one);
      expect(await left(other)).toBe(id);
      expect(stepsIn(other, id)).toEqual(['a', 'c', 'd', 'e']);
    });
  });

  it('is that of the worker that stores first, when two have gone on from the same event', async () => {
    await withDatabase(url, {}, async ({ sql }) => {
      const repository = await repositoryId(sql, 'github.com/owner/name');
      const keep = (folder: string) =>
        keepTaskSession({ sql }, repository, id, readJournal(folder, id)?.records ?? []);
      const [slow, other] = [tempFolder(), tempFolder()];
      const id = writeSession(slow, { turns: 1, ended: false });
      await keep(slow);
      expect(await leftTaskSession({ sql }, other, id)).toBe(id);
      addSteps(slow, id, 'a');
      addSteps(other, id, 'b', 'c');
      await keep(other);
      // With fewer events than are stored, as many, and more.
      for (const key of ['d', 'e', 'f']) {
        await expect(keep(slow)).rejects.toThrow(GoneOnElsewhere);
        addSteps(slow, id, key);
      }
      await keep(other);
      expect(await leftTaskSession({ sql }, slow, id)).toBe(id);
      expect(stepsIn(slow, id)).toEqual(['b', 'c']);
    });
  });

  it('is stored while it is worked on, and no more when another worker has it', async () => {
    await withDatabase(url, {}, async ({ sql }) => {
      const repository = await repositoryId(sql, 'github.com/owner/name');
      const log = keptLog();
      const [one, other] = [tempFolder(), tempFolder()];
      const id = writeSession(one, { turns: 1, ended: false });
      const lost = new AbortController();
      const of = { repository, gitDir: one, session: id };
      const storing = storeTaskSession({ sql, log, storeEveryMs: 10 }, of, lost);
      const count = async () => (await storedRecords(sql, id)).length;
      const begun = readJournal(one, id)?.records.length ?? 0;
      await until(async () => (await count()) === begun);
      addSteps(one, id, 'a');
      await until(async () => (await count()) === begun + 1);

      expect(await leftTaskSession({ sql }, other, id)).toBe(id);
      addSteps(other, id, 'b');
      await keepTaskSession({ sql }, repository, id, readJournal(other, id)?.records ?? []);
      expect(lost.signal.aborted).toBe(false);
      addSteps(one, id, 'c');
      await until(() => lost.signal.aborted);
      expect(lost.signal.reason).toBeInstanceOf(GoneOnElsewhere);
      await expect(storing.now()).rejects.toThrow(GoneOnElsewhere);
      await storing.stop();
      expect(await leftTaskSession({ sql }, one, id)).toBe(id);
      expect(stepsIn(one, id)).toEqual(['a', 'b']);
    });
  });

  it('is not gone on with when it has ended', async () => {
    await withDatabase(url, {}, async ({ sql }) => {
      const folder = tempFolder();
      const id = writeSession(folder, { turns: 1 });
      expect(await leftTaskSession({ sql }, folder, id)).toBeNull();
      expect(await leftTaskSession({ sql }, folder, null)).toBeNull();
    });
  });
});
