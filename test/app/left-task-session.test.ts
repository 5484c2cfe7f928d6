import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keepTaskSession, leftTaskSession } from '../../src/app/shared-memory.ts';
import { openJournal, readJournal } from '../../src/sessions/journal.ts';
import { repositoryId } from '../../src/sessions/postgres/store-session.ts';
import { withDatabase } from '../../src/sessions/postgres/with-database.ts';
import { DATABASES, type Databases } from '../support/databases.ts';
import { writeSession } from '../support/session-journal.ts';
import { tempFolder } from '../support/temp-repository.ts';

describe.each(DATABASES)('the session of a task, on %s', (_, start) => {
  let databases: Databases;
  beforeAll(async () => {
    databases = await start();
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
    await withDatabase(await databases.migrated(), {}, async ({ sql }) => {
      const repository = await repositoryId(sql, 'github.com/owner/name');
      const keep = (folder: string) => keepTaskSession({ sql }, repository, folder, id);
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

  it('is not gone on with when it has ended', async () => {
    await withDatabase(await databases.migrated(), {}, async ({ sql }) => {
      const folder = tempFolder();
      const id = writeSession(folder, { turns: 1 });
      expect(await leftTaskSession({ sql }, folder, id)).toBeNull();
      expect(await leftTaskSession({ sql }, folder, null)).toBeNull();
    });
  });
});
