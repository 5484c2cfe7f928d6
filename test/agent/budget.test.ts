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
  it('never lets calls side by side cost more than there is', () => {
    // One call may cost 1000 tokens of output and some 1,000 written to the cache: 1.9 cents.
    const budget = createBudget({ usd: 0.05, tokens: null, deadline: later() });
    const reservations = [1, 2, 3].map(() => budget.reserve(model, request));
    expect(reservations.map((one) => typeof one)).toEqual(['object', 'object', 'string']);
    expect(reservations[2]).toMatch(
      /^out of money: the next call may cost \$0\.01\d, and \$0\.01\d of \$0\.05 are left$/,
    );
  });

  it('gives back what a call did not cost', () => {
    const budget = createBudget({ usd: 0.03, tokens: null, deadline: later() });
    const first = budget.reserve(model, request);
    expect(typeof budget.reserve(model, request)).toBe('string');
    if (typeof first !== 'string') first.settle({ ...NO_USAGE, input: 100, output: 10 });
    expect(typeof budget.reserve(model, request)).toBe('object');
    expect(budget.spent()).toEqual({
      calls: 1,
      usage: { ...NO_USAGE, input: 100, output: 10 },
      usd: (100 * 3 + 10 * 15) / 1e6,
      unpriced: false,
    });
  });

  it('counts a call that failed with what the provider said that it cost, and says when a price is not known', () => {
    const budget = createBudget({ usd: 1, tokens: null, deadline: later() });
    for (const usage of [null, { ...NO_USAGE, input: 500 }]) {
      const reservation = budget.reserve(local, request);
      if (typeof reservation !== 'string') reservation.settle(usage);
    }
    expect(budget.spent()).toEqual({ calls: 2, usage: { ...NO_USAGE, input: 500 }, usd: 0, unpriced: true });
  });

  it('holds a limit of tokens, cached ones too', () => {
    const budget = createBudget({ usd: null, tokens: 5000, deadline: later() });
    const reservation = budget.reserve(local, request);
    if (typeof reservation !== 'string') reservation.settle({ ...NO_USAGE, cacheRead: 4000 });
    expect(budget.reserve(local, request)).toBe('out of tokens: 4000 of 5000 are used');
  });

  it('fault 29: a jump of the wall clock changes nothing', () => {
    const budget = createBudget({ usd: null, tokens: null, deadline: monotonicMs() + 60_000 });
    const { now } = Date;
    Date.now = () => now() + 86_400_000;
    try {
      expect(typeof budget.reserve(model, request)).toBe('object');
    } finally {
      Date.now = now;
    }
    expect(createBudget({ usd: null, tokens: null, deadline: monotonicMs() }).reserve(model, request)).toBe(
      'out of time',
    );
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
