import { describe, expect, it } from 'vitest';
import { parseRaw } from '../../src/change/parse-raw.ts';
import { goldenFiles } from './golden-files.ts';

const ZERO = '0'.repeat(40);
const ONE = '1'.repeat(40);

describe('raw records that git printed', () => {
  it.each(goldenFiles('.raw'))('$name', ({ input, expected }) => {
    const { entries, end } = parseRaw(input);
    expect(JSON.parse(JSON.stringify(entries))).toEqual(expected);
    expect(end).toBe(input.length);
  });

  it('end at the empty record before a patch', () => {
    const records = `:000000 100644 ${ZERO} ${ONE} A\0a\0`;
    const { entries, end } = parseRaw(Buffer.from(`${records}\0diff --git a/a b/a\n`));
    expect(entries).toHaveLength(1);
    expect(end).toBe(records.length + 1);
  });
});

describe('what is not a raw record', () => {
  it.each([
    ['a header alone', `:000000 100644 ${ZERO} ${ONE} A\0`],
    ['a path that is cut off', `:000000 100644 ${ZERO} ${ONE} A\0a`],
    ['a rename without its second path', `:100644 100644 ${ONE} ${ONE} R100\0a\0`],
    ['shortened ids', ':000000 100644 0000000 1111111 A\0a\0'],
    ['an unknown status', `:000000 100644 ${ZERO} ${ONE} X\0a\0`],
    ['a record of a combined diff', `::100644 100644 100644 ${ONE} ${ONE} ${ONE} MM\0a\0`],
    ['a record without -z', `:000000 100644 ${ZERO} ${ONE} A\ta\n`],
    ['other text', 'fatal: bad object\0'],
  ])('%s is refused', (_, text) => {
    expect(() => parseRaw(Buffer.from(text))).toThrow(RangeError);
  });
});
