import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { monotonicMs } from '../../src/agent/clock.ts';
import { createWriteQueue } from '../../src/github/write-queue.ts';

const never = new AbortController().signal;

test('one write at a time, in order, a pause apart, also behind one that failed', async () => {
  const inTurn = createWriteQueue(40);
  const spans: { readonly name: number; readonly from: number; readonly to: number }[] = [];
  const write = (name: number) =>
    inTurn(async () => {
      const from = monotonicMs();
      await sleep(5);
      spans.push({ name, from, to: monotonicMs() });
      if (name === 1) throw new Error('refused');
      return name;
    }, never);
  const outcomes = await Promise.allSettled([write(0), write(1), write(2)]);
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(spans.map(({ name }) => name)).toEqual([0, 1, 2]);
  for (const [index, span] of spans.slice(1).entries())
    expect(span.from - (spans[index]?.to ?? 0)).toBeGreaterThan(38);
});

test('who gives up waiting writes nothing, and lets nobody in before those that write', async () => {
  const inTurn = createWriteQueue(0);
  const end = new AbortController();
  const order: string[] = [];
  let finish = () => {};
  const first = inTurn(async () => {
    await new Promise<void>((resolve) => {
      finish = resolve;
    });
    order.push('first');
  }, never);
  const second = inTurn(async () => void order.push('second'), end.signal);
  const third = inTurn(async () => void order.push('third'), never);
  end.abort(new Error('a newer head'));
  await expect(second).rejects.toThrow('a newer head');
  await sleep(5);
  expect(order).toEqual([]);
  finish();
  await Promise.all([first, third]);
  expect(order).toEqual(['first', 'third']);
});

test('the pause ends with the signal', async () => {
  const inTurn = createWriteQueue(60_000);
  await inTurn(async () => {}, never);
  await expect(inTurn(async () => {}, AbortSignal.timeout(10))).rejects.toMatchObject({
    name: 'TimeoutError',
  });
});

test('what a write came to is not kept', async () => {
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  const inTurn = createWriteQueue(0);
  const outcomes: WeakRef<object>[] = [];
  for (let index = 0; index < 3; index += 1)
    await inTurn(async () => {
      const outcome = { index };
      outcomes.push(new WeakRef(outcome));
      return outcome;
    }, never);
  await sleep(5);
  collect();
  expect(outcomes.map((outcome) => outcome.deref())).toEqual([undefined, undefined, undefined]);
  await inTurn(async () => {}, never);
});
