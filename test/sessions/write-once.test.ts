import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createJournal, type Journal, openJournal } from '../../src/sessions/journal.ts';
import { createRecorder } from '../../src/sessions/recorder.ts';
import { createSessionId } from '../../src/sessions/session-id.ts';
import type { ExternalWrite, WriteOnce } from '../../src/sessions/write-once.ts';
import { PLANTED_SECRET } from '../support/planted-secret.ts';
import { journalOf } from '../support/session-journal.ts';
import { tempFolder } from '../support/temp-repository.ts';

const redact = async (text: string) => text.replaceAll(PLANTED_SECRET, '[secret]');

/** The other side, and what it was asked, in order. */
function otherSide() {
  const asked: string[] = [];
  const kept = new Map<string, unknown>();
  return {
    asked,
    kept,
    of: (key: string, more: Partial<ExternalWrite<unknown>> = {}): ExternalWrite<unknown> => ({
      ...{ key, target: 'pull request 7', payload: 'Fine.', parse: (result) => result },
      async find() {
        asked.push(`find ${key}`);
        return kept.get(key);
      },
      async write() {
        asked.push(`write ${key}`);
        kept.set(key, { id: kept.size + 1 });
        return kept.get(key);
      },
      ...more,
    }),
  };
}

/** Goes on with a session as one process does. */
async function inSession<T>(
  { folder, id }: { readonly folder: string; readonly id: string },
  work: (writeOnce: WriteOnce) => Promise<T>,
): Promise<T> {
  const journal = openJournal(folder, id);
  try {
    return await work(createRecorder(journal, redact).writeOnce);
  } finally {
    journal.close();
  }
}

function newSession() {
  const [folder, id] = [tempFolder(), createSessionId()];
  createJournal(folder, id).close();
  const events = () => journalOf(folder, id).events.map(({ type, data }) => ({ type, data }));
  return { folder, id, events };
}

const digest = createHash('sha256').update('Fine.').digest('hex');
const BEGUN = { type: 'write-begun', data: { key: 'a', target: 'pull request 7', digest } };
const DONE = { type: 'write-done', data: { key: 'a', result: { id: 1 } } };

describe('writeOnce', () => {
  it('writes between two events, and gives back what it came to ever after', async () => {
    const session = newSession();
    const { of, asked } = otherSide();
    const write = of('a');
    const during: unknown[] = [];
    const watched = of('a', {
      write(key) {
        during.push(...session.events());
        return write.write(key);
      },
    });
    await inSession(session, async (writeOnce) => {
      expect(await writeOnce(watched)).toEqual({ id: 1 });
      expect(await writeOnce(write)).toEqual({ id: 1 });
    });
    expect(during).toEqual([BEGUN]);
    expect(await inSession(session, (writeOnce) => writeOnce(write))).toEqual({ id: 1 });
    expect(asked).toEqual(['write a']);
    expect(session.events()).toEqual([BEGUN, DONE]);
  });

  it('both events are on the disk before anything else is done', async () => {
    const session = newSession();
    const journal = openJournal(session.folder, session.id);
    const appended: unknown[] = [];
    const watched: Journal = {
      ...journal,
      append(event, options) {
        appended.push([event.type, options?.durable]);
        return journal.append(event, options);
      },
    };
    await createRecorder(watched, redact).writeOnce(otherSide().of('a'));
    journal.close();
    expect(appended).toEqual([
      ['write-begun', true],
      ['write-done', true],
    ]);
  });

  it.each([
    ['got through', true, ['write a', 'find a']],
    ['did not', false, ['write a', 'find a', 'write a']],
  ])('a write that failed and %s is looked for, in this process and in another', async (_, isKept, all) => {
    for (const isAnother of [false, true]) {
      const session = newSession();
      const { of, asked, kept } = otherSide();
      const fails = of('a', {
        async write() {
          asked.push('write a');
          if (isKept) kept.set('a', { id: 1 });
          throw new Error('the connection broke');
        },
      });
      await inSession(session, async (writeOnce) => {
        await expect(writeOnce(fails)).rejects.toThrow('the connection broke');
        expect(session.events()).toEqual([BEGUN]);
        if (!isAnother) expect(await writeOnce(of('a'))).toEqual({ id: 1 });
      });
      if (isAnother) expect(await inSession(session, (writeOnce) => writeOnce(of('a')))).toEqual({ id: 1 });
      expect(asked).toEqual(all);
      expect(session.events()).toEqual([BEGUN, DONE]);
    }
  });

  it('nothing is written while the other side cannot say whether it is there', async () => {
    const session = newSession();
    const { of, asked } = otherSide();
    const fails = () => Promise.reject(new Error('no connection'));
    await inSession(session, async (writeOnce) => {
      await expect(writeOnce(of('a', { write: fails }))).rejects.toThrow('no connection');
      await expect(writeOnce(of('a', { find: fails }))).rejects.toThrow('no connection');
      expect(asked).toEqual([]);
      expect(await writeOnce(of('a'))).toEqual({ id: 1 });
    });
    expect(asked).toEqual(['find a', 'write a']);
  });

  it('calls at once with one key share one write, its failure too; other keys do not wait', async () => {
    const session = newSession();
    const { of, asked } = otherSide();
    await inSession(session, async (writeOnce) => {
      let fails = true;
      const flaky = of('a', {
        write: (key) => (fails ? Promise.reject(new Error('broke')) : of('a').write(key)),
      });
      const failed = await Promise.allSettled([writeOnce(flaky), writeOnce(flaky), writeOnce(of('b'))]);
      expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled']);
      fails = false;
      const named = { ...flaky, parse: (result: unknown) => JSON.stringify(result) };
      expect(await Promise.all([writeOnce(flaky), writeOnce(named)])).toEqual([{ id: 2 }, '{"id":2}']);
    });
    expect(asked).toEqual(['write b', 'find a', 'write a']);
    expect(session.events()).toHaveLength(4);
  });

  it('something else under the same key is refused: at once, later, and in another process', async () => {
    const session = newSession();
    const { of, asked } = otherSide();
    const other = of('a', { payload: Buffer.from('Not fine.') });
    const refused = 'something else was to be written under the key "a"';
    await inSession(session, async (writeOnce) => {
      const first = writeOnce(of('a'));
      await expect(writeOnce(other)).rejects.toThrow(refused);
      await first;
      await expect(writeOnce(other)).rejects.toThrow(refused);
    });
    await inSession(session, async (writeOnce) => {
      await expect(writeOnce(other)).rejects.toThrow(new RangeError(refused));
      // The same bytes are the same payload.
      expect(await writeOnce(of('a', { payload: Buffer.from('Fine.') }))).toEqual({ id: 1 });
    });
    expect(asked).toEqual(['write a']);
  });

  it('no secret is stored or given back; a result of nothing is null', async () => {
    const session = newSession();
    const { of } = otherSide();
    const told = of('a', {
      target: `https://x:${PLANTED_SECRET}@host`,
      write: async () => ({ [PLANTED_SECRET]: [`with ${PLANTED_SECRET}`, 7, null] }),
    });
    const results = await inSession(session, (writeOnce) =>
      Promise.all([writeOnce(told), writeOnce(of('b', { write: async () => undefined }))]),
    );
    expect(results).toEqual([{ '[secret]': ['with [secret]', 7, null] }, null]);
    const again = await inSession(session, (writeOnce) => Promise.all([writeOnce(told), writeOnce(of('b'))]));
    expect(again).toEqual(results);
    expect(JSON.stringify(session.events())).not.toContain(PLANTED_SECRET);
  });

  it('what cannot be shown to have no secret is not written', async () => {
    const session = newSession();
    const { of, asked } = otherSide();
    const journal = openJournal(session.folder, session.id);
    const { writeOnce } = createRecorder(journal, () => Promise.reject(new Error('the search failed')));
    await expect(writeOnce(of('a'))).rejects.toThrow('the search failed');
    journal.close();
    expect([asked, session.events()]).toEqual([[], []]);
  });
});
