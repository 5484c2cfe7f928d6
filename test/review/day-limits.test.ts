import { describe, expect, it } from 'vitest';
import { type DayUsage, whatLimits } from '../../src/review/day-limits.ts';

const LIMITS = {
  repository: { reviewsPerDay: 10, tokensPerDay: 1000, costPerDay: 5 },
  person: { reviewsPerDay: 3, tokensPerDay: 500, costPerDay: 0.5 },
};
const NOW = new Date('2026-12-31T23:59:59.999Z');
const used = (usage: Partial<DayUsage> = {}): DayUsage => ({ reviews: 0, tokens: 0, cost: 0, ...usage });
const until = new Date('2027-01-01T00:00:00.000Z');

describe('the limits of a day', () => {
  it('stand in the way of nothing that is below them', () => {
    const person = used({ reviews: 2, tokens: 499, cost: 0.49 });
    expect(whatLimits({ repository: used({ reviews: 9 }), person }, LIMITS, NOW)).toBeNull();
  });

  it.each([
    ['repository', 'reviews', 10, 'app.limits.repository.reviewsPerDay'],
    ['repository', 'tokens', 1000, 'app.limits.repository.tokensPerDay'],
    ['repository', 'cost', 5, 'app.limits.repository.costPerDay'],
    ['person', 'reviews', 3, 'app.limits.person.reviewsPerDay'],
    ['person', 'tokens', 500, 'app.limits.person.tokensPerDay'],
    ['person', 'cost', 0.5, 'app.limits.person.costPerDay'],
  ] as const)('of a %s: %s', (whose, what, most, key) => {
    const usage = { repository: used(), person: used(), [whose]: used({ [what]: most }) };
    expect(whatLimits(usage, LIMITS, NOW)).toEqual({ whose, what, most, key, until });
  });

  it('of the repository are named first, and there need be no person', () => {
    const reached = used({ reviews: 10 });
    expect(whatLimits({ repository: reached, person: reached }, LIMITS, NOW)?.whose).toBe('repository');
    expect(whatLimits({ repository: used(), person: null }, LIMITS, NOW)).toBeNull();
  });

  it('end at midnight in UTC, whatever the clock of the machine shows', () => {
    const usage = { repository: used({ reviews: 10 }), person: null };
    const ends = (now: string) => whatLimits(usage, LIMITS, new Date(now))?.until.toISOString();
    expect(ends('2026-03-29T00:00:00Z')).toBe('2026-03-30T00:00:00.000Z');
    expect(ends('2028-02-28T12:00:00+13:00')).toBe('2028-02-28T00:00:00.000Z');
    expect(ends('2028-02-29T12:00:00-13:00')).toBe('2028-03-02T00:00:00.000Z');
  });
});
