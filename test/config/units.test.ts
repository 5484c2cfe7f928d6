import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDuration, formatSize, parseDuration, parseSize } from '../../src/config/units.ts';

describe('sizes', () => {
  it.each([
    ['512kB', 512_000],
    ['512KB', 512_000],
    ['5MB', 5_000_000],
    ['5 mb', 5_000_000],
    ['1MiB', 1_048_576],
    ['1kib', 1024],
    ['2GB', 2_000_000_000],
    ['1GiB', 1_073_741_824],
    ['100B', 100],
  ])('%s is %i bytes', (text, bytes) => expect(parseSize(text)).toBe(bytes));

  it.each(['', '5', '0MB', '-1MB', '1.5MB', '5 M', '5MBs', '05MB', 'MB', '5  MB', '5TB', '1iB'])(
    '"%s" is none',
    (text) => expect(parseSize(text)).toBeNull(),
  );

  it('are read back as they were written', () => {
    const bytes = fc.oneof(
      fc.integer({ min: 1, max: 10 ** 14 }),
      fc.integer({ min: 1, max: 999 }).map((n) => n * 1024 ** 2),
      fc.integer({ min: 1, max: 999 }).map((n) => n * 1000 ** 3),
    );
    fc.assert(fc.property(bytes, (size) => parseSize(formatSize(size)) === size));
  });

  it('are written short', () => {
    expect([5_000_000, 1_048_576, 512_000, 1234].map(formatSize)).toEqual(['5MB', '1MiB', '512kB', '1234B']);
  });
});

describe('durations', () => {
  it.each([
    ['500ms', 500],
    ['20s', 20_000],
    ['2m', 120_000],
    ['2 m', 120_000],
  ])('%s is %i ms', (text, ms) => expect(parseDuration(text)).toBe(ms));

  it.each(['', '20', '0s', '-1s', '1.5s', '1h', 's', '1000000s', '10000m', '1000000ms'])(
    '"%s" is none',
    (text) => expect(parseDuration(text)).toBeNull(),
  );

  it('can be waited for: none reaches 2^31 ms', () => {
    for (const text of ['999999ms', '99999s', '9999m']) {
      expect(parseDuration(text)).toBeGreaterThan(0);
      expect(parseDuration(text)).toBeLessThan(2 ** 31);
    }
  });

  it('are read back as they were written', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 999_999 }), (ms) => parseDuration(formatDuration(ms)) === ms),
    );
  });
});
