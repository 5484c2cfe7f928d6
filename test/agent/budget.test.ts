import { describe, expect, it } from 'vitest';
import { addUsage, costOf, createBudget, NO_USAGE } from '../../src/agent/budget.ts';
import { monotonicMs } from '../../src/agent/clock.ts';
import type { ModelRequest } from '../../src/agent/model.ts';
import { createScriptedModel } from '../../src/models/scripted.ts';

const price = { input: 3, output: 15, cacheRead: 0.3, cacheWrite: 3.75 };
const model = createScriptedModel([], { price });
const local = createScriptedModel([], { price: null });
const request: ModelRequest = {
  system: 'x'.repeat(1000),
  tools: [],
  messages: [{ role: 'user', text: 'y'.repeat(1000) }],
  maxOutput: 1000,
};
const later = () => monotonicMs() + 60_000;

describe('costOf', () => {
  it('counts every kind of token by its own price', () => {
    const usage = {
      input: 1_000_000,
      output: 100_000,
      cacheRead: 2_000_000,
      cacheWrite: 400_000,
      estimated: false,
    };
    expect(costOf(model, usage)).toBeCloseTo(3 + 1.5 + 0.6 + 1.5);
    expect(costOf(local, usage)).toBeNull();
  });
});

describe('createBudget', () => {
  it('never lets calls side by side cost more than there is: one waits until another has cost less', async () => {
    // One call may cost 1000 tokens of output and some 1,000 written to the cache: 1.9 cents.
    const budget = createBudget({ usd: 0.05, tokens: null, deadline: later() });
    const [first, second] = [await budget.reserve(model, request), await budget.reserve(model, request)];
    let third: unknown = null;
    const waiting = budget.reserve(model, request).then((one) => {
      third = one;
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect([typeof first, typeof second, third]).toEqual(['object', 'object', null]);
    if (typeof first !== 'string') first.settle({ ...NO_USAGE, input: 100 });
    await waiting;
    expect(typeof third).toBe('object');
  });

  it('refuses what would exceed what is really spent', async () => {
    const budget = createBudget({ usd: 0.05, tokens: null, deadline: later() });
    const reservation = await budget.reserve(model, request);
    if (typeof reservation !== 'string') reservation.settle({ ...NO_USAGE, output: 2500 });
    expect(await budget.reserve(model, request)).toBe(
      'out of money: what is left of $0.05 is not enough for another call',
    );
    expect(budget.spent().usd).toBeCloseTo(0.0375);
  });

  it('pays for a shorter answer where no more is left, as long as it is of use', async () => {
    const long = { ...request, maxOutput: 16_000 };
    const granted = async (usd: number) => {
      const reservation = await createBudget({ usd, tokens: null, deadline: later() }).reserve(model, long);
      return typeof reservation === 'string' ? 0 : reservation.maxOutput;
    };
    expect(await granted(1)).toBe(16_000);
    expect(await granted(0.05)).toBeGreaterThan(2_900);
    expect(await granted(0.05)).toBeLessThan(3_334);
    expect(await granted(0.03)).toBe(0);
    const tokens = await createBudget({ usd: null, tokens: 5_000, deadline: later() }).reserve(local, long);
    if (typeof tokens === 'string') throw new Error(tokens);
    expect(tokens.maxOutput).toBeGreaterThan(2_000);
    expect(tokens.maxOutput).toBeLessThan(4_000);
  });

  it('what just fits is not waited for: nobody would ever be done', async () => {
    const exact = { input: 0, output: 0.1, cacheRead: 0, cacheWrite: 0 };
    const priced = createScriptedModel([], { price: exact });
    const budget = createBudget({ usd: 0.0003, tokens: null, deadline: later() });
    for (let call = 0; call < 3; call += 1) {
      const reservation = await budget.reserve(priced, request);
      if (typeof reservation === 'string') throw new Error(reservation);
      reservation.settle({ ...NO_USAGE, output: 1000 });
    }
    expect(await budget.reserve(priced, request)).toMatch(/^out of money/);
  });

  it('of a model whose price is not known but assumed the limit holds, and no price is told', async () => {
    const newer = { ...local, assumedPrice: price };
    const budget = createBudget({ usd: 0.05, tokens: null, deadline: later() });
    const reservation = await budget.reserve(newer, request);
    if (typeof reservation !== 'string') reservation.settle({ ...NO_USAGE, output: 2500 });
    expect(await budget.reserve(newer, request)).toMatch(/^out of money/);
    expect(budget.spent()).toMatchObject({ usd: 0, unpriced: true });
  });

  it('one that waits is refused when the others have used it up', async () => {
    const budget = createBudget({ usd: 0.03, tokens: null, deadline: later() });
    const first = await budget.reserve(model, request);
    const waiting = budget.reserve(model, request);
    if (typeof first !== 'string') first.settle({ ...NO_USAGE, output: 1900 });
    expect(await waiting).toMatch(/^out of money/);
  });

  it('counts a call that failed with what the provider said that it cost, and says when a price is not known', async () => {
    const budget = createBudget({ usd: 1, tokens: null, deadline: later() });
    for (const usage of [null, { ...NO_USAGE, input: 500 }]) {
      const reservation = await budget.reserve(local, request);
      if (typeof reservation !== 'string') reservation.settle(usage);
    }
    expect(budget.spent()).toEqual({ calls: 2, usage: { ...NO_USAGE, input: 500 }, usd: 0, unpriced: true });
  });

  it('holds a limit of tokens, cached ones too', async () => {
    const budget = createBudget({ usd: null, tokens: 5000, deadline: later() });
    const reservation = await budget.reserve(local, request);
    if (typeof reservation !== 'string') reservation.settle({ ...NO_USAGE, cacheRead: 4000 });
    expect(await budget.reserve(local, request)).toBe(
      'out of tokens: what is left of 5000 is not enough for another call',
    );
  });

  it('fault 29: a jump of the wall clock changes nothing', async () => {
    const budget = createBudget({ usd: null, tokens: null, deadline: monotonicMs() + 60_000 });
    const { now } = Date;
    Date.now = () => now() + 86_400_000;
    try {
      expect(typeof (await budget.reserve(model, request))).toBe('object');
    } finally {
      Date.now = now;
    }
    expect(
      await createBudget({ usd: null, tokens: null, deadline: monotonicMs() }).reserve(model, request),
    ).toBe('out of time');
  });
});

it('addUsage keeps that something was estimated', () => {
  const estimated = { ...NO_USAGE, output: 2, estimated: true };
  expect(addUsage({ ...NO_USAGE, output: 1 }, estimated)).toEqual({
    ...NO_USAGE,
    output: 3,
    estimated: true,
  });
});
