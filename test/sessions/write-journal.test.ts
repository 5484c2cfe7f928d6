import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeLink } from '../../src/sessions/database-link.ts';
import { openJournal } from '../../src/sessions/journal.ts';
import { createSessionId } from '../../src/sessions/session-id.ts';
import { type PastEvent, writeJournal } from '../../src/sessions/write-journal.ts';
import { journalOf } from '../support/session-journal.ts';
import { tempFolder } from '../support/temp-repository.ts';

const returned = (turn: number, at: string): PastEvent => ({
  type: 'tool-returned',
  at,
  data: { run: 'r', turn, callId: 'c', content: `\n\u2028 é 🎈 \u0000 \ud800 ${turn}`, isError: false },
});
const EVENTS = [1, 2, 3].map((turn) => returned(turn, `2026-11-21T20:00:0${turn}.000Z`));
const idEndingIn = (digit: string): string => createSessionId().slice(0, -1) + digit;

describe('writeJournal', () => {
  it('writes what a journal that is appended to would hold, for its owner alone', () => {
    const folder = tempFolder();
    const id = createSessionId();
    writeJournal(folder, id, EVENTS);
    const { events, damage } = journalOf(folder, id);
    expect(damage).toBeNull();
    expect(events).toEqual(EVENTS.map((event, index) => ({ ...event, version: 1, seq: index + 1 })));
    const file = join(folder, 'code-agent/sessions', `${id}.journal`);
    if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).toBe(0o600);
    // Its chain is gone on with as any other.
    const before = readFileSync(file);
    const journal = openJournal(folder, id);
    const { at: _, ...event } = returned(4, '');
    journal.append(event);
    journal.close();
    expect(journalOf(folder, id)).toMatchObject({ damage: null, events: { length: 4 } });
    expect(readFileSync(file).subarray(0, before.length)).toEqual(before);
  });

  it('writes none over another', () => {
    const folder = tempFolder();
    const id = createSessionId();
    writeJournal(folder, id, EVENTS);
    expect(() => writeJournal(folder, id, EVENTS.slice(1))).toThrow('EEXIST');
    expect(journalOf(folder, id).events).toHaveLength(3);
  });

  it('one in sixteen takes the oldest away, when there are more than 500', () => {
    const folder = tempFolder();
    const sessions = join(folder, 'code-agent/sessions');
    mkdirSync(sessions, { recursive: true });
    for (let index = 0; index < 600; index += 1)
      writeFileSync(join(sessions, `${createSessionId(index)}.journal`), '');
    writeJournal(folder, idEndingIn('1'), EVENTS);
    expect(readdirSync(sessions)).toHaveLength(601);
    const last = idEndingIn('0');
    writeJournal(folder, last, EVENTS);
    expect(readdirSync(sessions)).toHaveLength(450);
    expect(journalOf(folder, last).events).toHaveLength(3);
  });

  it('takes none away that waits for a database', () => {
    const folder = tempFolder();
    const sessions = join(folder, 'code-agent/sessions');
    mkdirSync(sessions, { recursive: true });
    for (let index = 0; index < 600; index += 1)
      writeFileSync(join(sessions, `${createSessionId(index)}.journal`), '');
    const link = { place: 'localhost/db', state: 'unreachable', why: 'it is down', triedAt: 'now' } as const;
    writeLink(folder, { ...link, sharedAt: null, moves: true });
    writeJournal(folder, idEndingIn('0'), EVENTS);
    expect(readdirSync(sessions)).toHaveLength(601);
    // One that never took a session does not count.
    writeLink(folder, { ...link, sharedAt: null, moves: false });
    writeJournal(folder, idEndingIn('0'), EVENTS);
    expect(readdirSync(sessions)).toHaveLength(450);
  });

  it('a byte that is flipped, a record that is left out and a tear are seen', () => {
    const folder = tempFolder();
    const id = createSessionId();
    writeJournal(folder, id, EVENTS);
    const file = join(folder, 'code-agent/sessions', `${id}.journal`);
    const whole = readFileSync(file);
    for (let at = 0; at < whole.length; at += 1) {
      const flipped = Buffer.from(whole);
      flipped.writeUInt8((whole[at] ?? 0) ^ (1 << (at % 8)), at);
      writeFileSync(file, flipped);
      const { damage, events } = journalOf(folder, id);
      expect(damage, `byte ${at}`).not.toBeNull();
      expect(events.length).toBe(whole.subarray(0, at).filter((byte) => byte === 10).length);
      writeFileSync(file, whole.subarray(0, at));
      expect(journalOf(folder, id).events.length).toBe(
        whole.subarray(0, at).filter((byte) => byte === 10).length,
      );
    }
    const [first, , third] = whole.toString().split('\n');
    writeFileSync(file, `${first}\n${third}\n`);
    expect(journalOf(folder, id)).toMatchObject({
      events: { length: 1 },
      damage: { why: expect.any(String) },
    });
  });

  it('ids are of version 7, and no two are the same', () => {
    const ids = Array.from({ length: 10_000 }, () => createSessionId(1));
    expect(new Set(ids).size).toBe(ids.length);
    const form = /^00000000-0001-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
    expect(ids.filter((id) => !form.test(id))).toEqual([]);
  });
});
