import fc from 'fast-check';
import { expect, it } from 'vitest';
import { occurrences } from '../../src/tools/occurrences.ts';

it('are all places of a part, also those within one another', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 40 });
  const part = fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(text, part, fc.nat(45), (sequence, sought, from) => {
      const expected = [...sequence].flatMap((_, at) =>
        at >= from && sequence.startsWith(sought, at) ? [at] : [],
      );
      expect([...occurrences<string>(sequence, sought, from)]).toEqual(expected);
    }),
    { numRuns: 2_000 },
  );
});

it('are none of nothing', () => {
  expect([...occurrences<string>('abc', '')]).toEqual([]);
});
