import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { didYouMean, editDistance, nearest } from '../../src/config/nearest.ts';

const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 8 });

describe('editDistance', () => {
  it.each([
    ['', '', 0],
    ['', 'abc', 3],
    ['ignores', 'ignore', 1],
    ['ingore', 'ignore', 1],
    ['ca', 'abc', 2],
    ['kitten', 'sitting', 3],
  ])('%s to %s is %i', (a, b, distance) => expect(editDistance(a, b)).toBe(distance));

  it('is a metric', () => {
    fc.assert(
      fc.property(word, word, word, (a, b, c) => {
        expect(editDistance(a, b)).toBe(editDistance(b, a));
        expect(editDistance(a, b) === 0).toBe(a === b);
        expect(editDistance(a, c)).toBeLessThanOrEqual(editDistance(a, b) + editDistance(b, c));
      }),
    );
  });

  it('lies between the difference of the lengths and the longer length', () => {
    fc.assert(
      fc.property(word, word, (a, b) => {
        expect(editDistance(a, b)).toBeGreaterThanOrEqual(Math.abs(a.length - b.length));
        expect(editDistance(a, b)).toBeLessThanOrEqual(Math.max(a.length, b.length));
      }),
    );
  });

  it('counts a swap of two neighbours as one', () => {
    fc.assert(
      fc.property(word, fc.nat(6), (text, at) => {
        const [one = '', other = ''] = text.slice(at, at + 2);
        const swapped = text.slice(0, at) + other + one + text.slice(at + 2);
        expect(editDistance(text, swapped)).toBe(text === swapped ? 0 : 1);
      }),
    );
  });
});

describe('nearest', () => {
  const known = ['failOn', 'ignore', 'checks', 'paths', 'warning', 'error'];

  it.each([
    ['ignores', 'ignore'],
    ['ingore', 'ignore'],
    ['FAILON', 'failOn'],
    ['fail_on', 'failOn'],
    ['warn', 'warning'],
    ['err', 'error'],
    ['path', 'paths'],
  ])('%s means %s', (written, meant) => expect(nearest(written, known)).toBe(meant));

  it.each(['', 'x', 'exclude', 'model', 'severity'])('"%s" means none of them', (written) =>
    expect(nearest(written, known)).toBeNull(),
  );

  it('finds every known word itself', () => {
    for (const candidate of known) expect(nearest(candidate, known)).toBe(candidate);
  });

  it('does not measure what is far too long', () => {
    const start = performance.now();
    expect(nearest('a'.repeat(5_000_000), known)).toBeNull();
    expect(performance.now() - start).toBeLessThan(500);
  });

  it('asks only when there is something to ask', () => {
    expect(didYouMean('ignores', known)).toBe(' Did you mean "ignore"?');
    expect(didYouMean('exclude', known)).toBe('');
  });
});
