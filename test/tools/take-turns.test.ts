import { describe, expect, it } from 'vitest';
import { createTurns } from '../../src/tools/take-turns.ts';
import { openWorkTools } from './work-tools.ts';

const soon = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

describe('turns', () => {
  it('do one thing after the other, in order, whatever fails', async () => {
    const turns = createTurns();
    const told: string[] = [];
    const work = (name: string, fails = false) =>
      turns(async () => {
        told.push(`${name} begins`);
        await soon();
        told.push(`${name} ends`);
        if (fails) throw new Error(name);
        return name;
      });
    const done = await Promise.allSettled([work('one'), work('two', true), work('three')]);
    expect(told).toEqual(['one', 'two', 'three'].flatMap((name) => [`${name} begins`, `${name} ends`]));
    expect(done.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  it('are given up when the signal comes before them, at once, and not behind', async () => {
    const turns = createTurns();
    const { signal, abort } = withAbort();
    let release = (): void => {};
    const first = turns(
      () =>
        new Promise<string>((resolve) => {
          release = () => resolve('done');
        }),
      signal,
    );
    let ran = false;
    const second = turns(async () => {
      ran = true;
    }, signal);
    const third = turns(async () => 'third');
    await soon();
    abort(new Error('stopped'));
    await expect(second).rejects.toThrow('stopped');
    release();
    expect([await first, await third, ran]).toEqual(['done', 'third', false]);
    await expect(turns(async () => 'late', signal)).rejects.toThrow('stopped');
  });
});

it('the calls of one turn change a file one after the other', async () => {
  const tools = await openWorkTools({ a: 'line 0\n' });
  const edits = Array.from({ length: 30 }, (_, index) =>
    tools.use('edit_file', {
      path: 'a',
      old_text: `line ${index}\n`,
      new_text: `line ${index}\nline ${index + 1}\n`,
    }),
  );
  const writes = Array.from({ length: 10 }, (_, index) =>
    tools.use('write_file', { path: 'b', content: 'x'.repeat(index + 1) }),
  );
  const said = await Promise.all([...edits, ...writes]);
  expect(said.filter((text) => text.startsWith('error'))).toEqual([]);
  expect(tools.read('a').split('\n')).toHaveLength(32);
  expect(tools.read('b')).toBe('x'.repeat(10));
});

function withAbort(): { signal: AbortSignal; abort: (reason: Error) => void } {
  const controller = new AbortController();
  return { signal: controller.signal, abort: (reason) => controller.abort(reason) };
}
