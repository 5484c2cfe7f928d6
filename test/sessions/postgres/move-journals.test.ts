import { existsSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { journalIds, openJournal } from '../../../src/sessions/journal.ts';
import { moveJournals } from '../../../src/sessions/postgres/move-journals.ts';
import { repositoryId } from '../../../src/sessions/postgres/store-session.ts';
import { storedIds, storedRecords, storedSessions } from '../../../src/sessions/postgres/stored-sessions.ts';
import { type Database, withDatabase } from '../../../src/sessions/postgres/with-database.ts';
import { DATABASES, type Databases } from '../../support/databases.ts';
import { journalOf, sampleFinding, sessionEvents, writeSession } from '../../support/session-journal.ts';
import { tempFolder } from '../../support/temp-repository.ts';

describe.each(DATABASES)('moving journals, %s', (_name, start) => {
  let databases: Databases;
  beforeAll(async () => {
    databases = await start();
  });
  afterAll(() => databases.stop());

  /** A folder of journals, and a database that they are moved to. */
  async function moving<T>(
    work: (on: Database & { folder: string; move: () => ReturnType<typeof moveJournals> }) => Promise<T>,
  ): Promise<T> {
    const folder = tempFolder();
    return withDatabase(await databases.migrated(), {}, async (database) => {
      const repository = await repositoryId(database.sql, 'github.com/owner/name');
      return work({ ...database, folder, move: () => moveJournals(database.sql, repository, folder) });
    });
  }
  const fileOf = (folder: string, id: string) => join(folder, 'code-agent/sessions', `${id}.journal`);

  it('all events are there to the letter, in order, and the journal is gone', () =>
    moving(async ({ sql, folder, move }) => {
      const id = writeSession(folder, { turns: 3, findings: [sampleFinding('a')] });
      const { records } = journalOf(folder, id);
      expect(await move()).toEqual({ moved: [id], copied: [], left: [] });
      expect(journalIds(folder)).toEqual([]);
      expect(await storedRecords(sql, id)).toEqual(records);
      expect(await storedSessions(sql, { repository: null, limit: 9 })).toMatchObject([
        {
          ...{
            id,
            repository: 'github.com/owner/name',
            door: 'hook',
            outcome: 'pass',
            ms: 12.5,
            findings: 1,
          },
          ...{ calls: 3, usd: 1.5, tokens: { input: 300, output: 60, cacheRead: 15, cacheWrite: 9 } },
        },
      ]);
      expect(await move()).toEqual({ moved: [], copied: [], left: [] });
    }));

  it('one that goes on is stored as far as it goes, and its rest when it has ended', () =>
    moving(async ({ sql, folder, move }) => {
      const id = writeSession(folder, { turns: 2, ended: false });
      const before = journalOf(folder, id).records;
      expect(await move()).toEqual({ moved: [], copied: [id], left: [] });
      expect(await move()).toEqual({ moved: [], copied: [id], left: [] });
      expect(await storedRecords(sql, id)).toEqual(before);
      const journal = openJournal(folder, id);
      for (const event of sessionEvents({ turns: 1 }))
        if (event.type === 'session-ended') journal.append(event);
      journal.close();
      const { records } = journalOf(folder, id);
      expect(records).toHaveLength(before.length + 1);
      expect(await move()).toEqual({ moved: [id], copied: [], left: [] });
      expect(await storedRecords(sql, id)).toEqual(records);
    }));

  it('a journal that was stored, and not taken away before a kill, is taken away and stored once', () =>
    moving(async ({ sql, folder, move }) => {
      const id = writeSession(folder, { turns: 1 });
      const content = readFileSync(fileOf(folder, id));
      await move();
      writeFileSync(fileOf(folder, id), content);
      expect(await move()).toEqual({ moved: [id], copied: [], left: [] });
      expect(await sql`select count(*)::int as events from code_agent.events`).toEqual([{ events: 6 }]);
    }));

  it('a torn journal is stored up to the tear, a damaged one up to the damage; both stay', () =>
    moving(async ({ sql, folder, move }) => {
      const torn = writeSession(folder, { turns: 1 });
      truncateSync(fileOf(folder, torn), readFileSync(fileOf(folder, torn)).length - 3);
      const damaged = writeSession(folder, { turns: 1 });
      const lines = readFileSync(fileOf(folder, damaged), 'utf8').split('\n');
      writeFileSync(fileOf(folder, damaged), lines.with(3, `${lines[3]} `).join('\n'));
      const empty = writeSession(folder, { turns: 1 });
      writeFileSync(fileOf(folder, empty), '');
      const { moved, copied, left } = await move();
      expect([moved, copied]).toEqual([[], [torn]]);
      // Of one millisecond, any may be the first.
      expect(new Map(left.map(({ id, why, retryable }) => [id, [why, retryable]]))).toEqual(
        new Map([
          [
            damaged,
            ['stored up to event 3, behind which it is damaged: record 4 does not fit its checksum', false],
          ],
          [empty, ['nothing is in it yet', false]],
        ]),
      );
      expect(await storedRecords(sql, torn)).toHaveLength(5);
      expect(await storedRecords(sql, damaged)).toHaveLength(3);
      expect(journalIds(folder)).toHaveLength(3);
    }));

  it('one that another process has is left to it, and one with other events under its id stays', () =>
    moving(async ({ folder, move }) => {
      const id = writeSession(folder, { turns: 1, ended: false });
      await move();
      const held = openJournal(folder, id);
      expect(await move()).toEqual({
        moved: [],
        copied: [],
        left: [{ id, why: 'another process works on this session', retryable: true }],
      });
      held.close();
      // A copy of the repository has gone another way.
      const other = writeSession(folder, { turns: 2, content: 'other' });
      writeFileSync(fileOf(folder, id), readFileSync(fileOf(folder, other)));
      const { moved, left } = await move();
      expect(moved).toEqual([other]);
      expect(left).toMatchObject([{ id, why: expect.stringContaining('other events under the id') }]);
      expect(existsSync(fileOf(folder, id))).toBe(true);
    }));

  it('a session that the server refuses keeps no other from being moved', () =>
    moving(async ({ folder, move }) => {
      const refused = writeSession(folder, { findings: [sampleFinding('a', { fingerprint: 'no hash' })] });
      const fine = writeSession(folder);
      const { moved, left } = await move();
      expect(moved).toEqual([fine]);
      expect(left).toMatchObject([{ id: refused, why: expect.stringContaining('check constraint') }]);
    }));

  it('a journal that cannot be read, and a file that is none, keep no other from being moved', () =>
    moving(async ({ folder, move }) => {
      const fine = writeSession(folder);
      const unreadable = '01900000-0000-7000-8000-000000000001';
      mkdirSync(fileOf(folder, unreadable));
      writeFileSync(fileOf(folder, `${fine} (copy)`), '');
      expect(journalIds(folder)).toEqual([unreadable, fine]);
      const { moved, left } = await move();
      expect(moved).toEqual([fine]);
      expect(left).toMatchObject([{ id: unreadable, why: expect.stringContaining('EISDIR') }]);
    }));

  it('is found by the beginning and the end of its id', () =>
    moving(async ({ sql, folder, move }) => {
      const [one, other] = [writeSession(folder), writeSession(folder)];
      await move();
      expect((await storedIds(sql, one.slice(0, 8))).sort()).toEqual([one, other].sort());
      expect(await storedIds(sql, one.slice(-12))).toEqual([one]);
      expect(await storedIds(sql, other)).toEqual([other]);
      expect(await storedIds(sql, "'; drop table sessions; --")).toEqual([]);
      expect(await storedIds(sql, '%%%%')).toEqual([]);
      expect(await storedIds(sql, 'ffff')).toEqual([]);
    }));
});
