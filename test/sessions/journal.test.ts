import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { NewEvent } from '../../src/agent/session-event.ts';
import {
  createJournal,
  type Journal,
  journalIds,
  openJournal,
  readJournal,
  takeJournal,
} from '../../src/sessions/journal.ts';
import { chainSeal } from '../../src/sessions/journal-record.ts';
import { createSessionId } from '../../src/sessions/session-id.ts';
import { journalOf } from '../support/session-journal.ts';
import { tempFolder } from '../support/temp-repository.ts';

const returned = (turn: number, content: string): NewEvent => ({
  type: 'tool-returned',
  data: { run: 'r', turn, callId: 'c', content, isError: false },
});

/** A closed journal with so many events, whose texts have all that a text can have. */
function written(count: number, by = ''): { folder: string; id: string; file: string } {
  const folder = tempFolder();
  const id = createSessionId();
  const journal = createJournal(folder, id);
  for (let turn = 1; turn <= count; turn += 1)
    journal.append(returned(turn, `${by}line ${turn}\n\u2028 é 🎈 \u0000 ${'x'.repeat(turn * 3)}`));
  journal.close();
  return { folder, id, file: join(folder, 'code-agent/sessions', `${id}.journal`) };
}

const turnsOf = ({ events }: Pick<Journal, 'events'>) =>
  events.map((event) => (event.type === 'tool-returned' ? event.data.turn : 0));

describe('journal', () => {
  // prlimit(1): what is written beyond fails as on a full disk (setrlimit(2), EFBIG), for Node.js ignores SIGXFSZ.
  it.runIf(process.platform === 'linux')(
    'an event that the disk has no room for leaves nothing of itself',
    () => {
      const { folder, id, file } = written(3);
      const limit = (bytes: number | 'unlimited') =>
        execFileSync('prlimit', ['--pid', `${process.pid}`, `--fsize=${bytes}:`]);
      const journal = openJournal(folder, id);
      limit(statSync(file).size + 100);
      try {
        expect(() => journal.append(returned(4, 'x'.repeat(1_000)))).toThrow('EFBIG');
      } finally {
        limit('unlimited');
      }
      journal.append(returned(5, 'there is room again'));
      journal.close();
      const { events, damage } = journalOf(folder, id);
      expect(damage).toBeNull();
      expect(turnsOf({ events })).toEqual([1, 2, 3, 5]);
    },
  );

  it('gives back what was written, in order, and goes on behind it', () => {
    const { folder, id } = written(3);
    expect(journalOf(folder, id)).toMatchObject({
      events: [1, 2, 3].map((seq) => ({ seq, type: 'tool-returned', version: 1 })),
      damage: null,
    });
    const journal = openJournal(folder, id);
    expect([turnsOf(journal), journal.cut]).toEqual([[1, 2, 3], 0]);
    journal.append(returned(4, ''), { durable: true });
    journal.close();
    expect(turnsOf(journalOf(folder, id))).toEqual([1, 2, 3, 4]);
    expect(journalIds(folder)).toEqual([id]);
    const taken = takeJournal(folder, id);
    taken.remove();
    taken.release();
    expect(readdirSync(join(folder, 'code-agent/sessions'))).toEqual([]);
  });

  it('ids sort by the time', () => {
    fc.assert(
      fc.property(fc.nat(2 ** 45), fc.nat(2 ** 45), (one, other) => {
        fc.pre(one < other);
        expect(createSessionId(one) < createSessionId(other)).toBe(true);
        expect(createSessionId(one)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-/);
      }),
    );
  });

  it('cut at every byte of the last record: the good ones are kept, the rest is told and cut off', () => {
    const { folder, id, file } = written(4);
    const whole = readFileSync(file);
    const last = whole.lastIndexOf(10, whole.length - 2) + 1;
    for (let size = last; size < whole.length; size += 1) {
      writeFileSync(file, whole.subarray(0, size));
      const { events, damage } = journalOf(folder, id);
      expect(events).toHaveLength(3);
      expect(damage).toEqual(
        size === last
          ? null
          : { kind: 'torn', good: last, lost: size - last, why: 'the last record has no end' },
      );
      const journal = openJournal(folder, id);
      expect([turnsOf(journal), journal.cut]).toEqual([[1, 2, 3], size - last]);
      journal.append(returned(9, 'after'));
      journal.close();
      expect(turnsOf(journalOf(folder, id))).toEqual([1, 2, 3, 9]);
    }
  });

  it('any byte changed, left out or put in: never an event that was not written', () => {
    const { folder, id, file } = written(5);
    const whole = readFileSync(file);
    const { events: before } = journalOf(folder, id);
    fc.assert(
      fc.property(
        fc.nat(whole.length - 1),
        fc.integer({ min: 1, max: 255 }),
        fc.constantFrom('flip', 'leave out', 'put in', 'swap'),
        (at, by, how) => {
          const changed = Buffer.from(whole);
          changed.writeUInt8((changed[at] ?? 0) ^ by, at);
          const [start, rest] = [whole.subarray(0, at), whole.subarray(at)];
          const records = whole.toString('latin1').split('\n').slice(0, -1);
          const bytes = {
            flip: changed,
            'leave out': Buffer.concat([start, rest.subarray(1)]),
            'put in': Buffer.concat([start, Buffer.from([by]), rest]),
            swap: Buffer.from(`${[...records.slice(1), records[0]].join('\n')}\n`, 'latin1'),
          }[how];
          writeFileSync(file, bytes);
          const { events, damage } = journalOf(folder, id);
          expect(damage).not.toBeNull();
          expect(events).toEqual(before.slice(0, events.length));
          expect(events.length).toBeLessThan(before.length);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('what was changed in the middle is read up to there, and not gone on with', () => {
    const { folder, id, file } = written(4);
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.replace('line 2', 'line X'));
    expect(journalOf(folder, id)).toMatchObject({
      events: [{ seq: 1 }],
      damage: { kind: 'corrupt', why: 'record 2 does not fit its checksum' },
    });
    expect(() => openJournal(folder, id)).toThrow(/is damaged: record 2/);
    // It is not held by the attempt.
    expect(existsSync(`${file}.lock`)).toBe(false);
  });

  it('a record of another session in its place, good by itself, is seen', () => {
    const [one, other] = [written(4), written(4, 'other ')];
    const lines = readFileSync(one.file, 'utf8').split('\n');
    lines[2] = readFileSync(other.file, 'utf8').split('\n')[2] ?? '';
    writeFileSync(one.file, lines.join('\n'));
    expect(journalOf(one.folder, one.id)).toMatchObject({
      events: [{ seq: 1 }, { seq: 2 }],
      damage: { kind: 'corrupt', why: 'record 3 does not fit its checksum' },
    });
  });

  it('an event of a newer code-agent is told to be one', () => {
    const { folder, id, file } = written(2);
    const last = journalOf(folder, id).records.at(-1);
    // A record whose checksum fits.
    const json = JSON.stringify({ type: 'tool-imagined', data: {}, version: 3, seq: 3, at: last?.event.at });
    appendFileSync(file, `${chainSeal(last?.link ?? '', json)} ${json}\n`);
    expect(journalOf(folder, id)).toMatchObject({
      events: [{ seq: 1 }, { seq: 2 }],
      damage: {
        kind: 'newer',
        why: expect.stringMatching(/tool-imagined@3, which this version .* does not know/),
      },
    });
    expect(() => openJournal(folder, id)).toThrow(/holds an event tool-imagined@3/);
  });

  it('one process works on a session; when it is gone another may', async () => {
    const { folder, id, file } = written(1);
    const holder = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    onTestFinished(() => void holder.kill('SIGKILL'));
    writeFileSync(`${file}.lock`, String(holder.pid));
    expect(() => openJournal(folder, id)).toThrow('another process works on this session');
    expect(journalOf(folder, id).events).toHaveLength(1);
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    openJournal(folder, id).close();
  });

  it.runIf(process.platform === 'linux')(
    'a lock is not held by who has the number of its process now',
    () => {
      const { folder, id, file } = written(1);
      openJournal(folder, id).close();
      const journal = openJournal(folder, id);
      const [pid, start = ''] = readFileSync(`${file}.lock`, 'utf8').split(' ');
      journal.close();
      expect(start).toMatch(/^[0-9a-f-]{36}:\d+$/);
      writeFileSync(`${file}.lock`, `${pid} ${start}`);
      expect(() => openJournal(folder, id)).toThrow('another process works on this session');
      // Started at another time, or before the machine was.
      for (const other of [`${start}0`, start.replace(/^./, (digit) => (digit === '0' ? '1' : '0'))]) {
        writeFileSync(`${file}.lock`, `${pid} ${other}`);
        openJournal(folder, id).close();
      }
    },
  );

  it('refuses what is no id: it becomes a path', () => {
    expect(() => readJournal(tempFolder(), '../../etc/passwd')).toThrow('is no id of a session');
  });
});
