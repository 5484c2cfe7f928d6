import fc from 'fast-check';
import { expect, it } from 'vitest';
import { fingerprint, type Identity, shortIds } from '../../src/review/fingerprint.ts';

const IDENTITY: Identity = {
  path: 'a.ts',
  category: 'debugger',
  text: 'debugger;',
  occurrence: 0,
  secret: null,
  ordinal: 0,
};

it('is the same when only white space has changed', () => {
  expect(fingerprint({ ...IDENTITY, text: '\t  debugger;  ' })).toBe(fingerprint(IDENTITY));
});

it.each<Partial<Identity>>([
  { path: 'b.ts' },
  { category: 'syntax' },
  { text: 'debugger' },
  { occurrence: 1 },
  { secret: 'x' },
])('is another one with %o', (other) => {
  expect(fingerprint({ ...IDENTITY, ...other })).not.toBe(fingerprint(IDENTITY));
});

it('tells two secrets that look alike when masked from each other, and holds neither', () => {
  const [one, other] = ['first', 'second'].map((secret) => fingerprint({ ...IDENTITY, secret }));
  expect(one).not.toBe(other);
  expect(one).toMatch(/^[0-9a-f]{64}$/);
});

it('short ids: each is the beginning of its fingerprint and of no other', () => {
  const hex = fc.string({ unit: fc.constantFrom('0', '1', 'a'), minLength: 12, maxLength: 12 });
  fc.assert(
    fc.property(fc.uniqueArray(hex, { minLength: 1, maxLength: 40 }), (all) => {
      const ids = shortIds(all);
      for (const one of all) {
        const id = ids.get(one) ?? '';
        expect(id.length).toBeGreaterThanOrEqual(4);
        expect(all.filter((other) => other.startsWith(id))).toEqual([one]);
      }
    }),
  );
});
