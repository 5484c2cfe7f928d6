import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodePath } from '../../src/change/path.ts';
import { sanitize, sanitizeJson, sanitizeLine, sanitizePath } from '../../src/report/sanitize.ts';
import { hostileText, pathBytes } from './arbitrary-review.ts';

/** Control, format, bidirectional (UAX #9), surrogate, line separating: none but the newline may come out. */
const FORBIDDEN =
  /(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\u115f\u1160\u3164\uffa0]/u;

describe('sanitize', () => {
  it.each([
    ['a\x1b[31mb', 'a<U+001B>[31mb'],
    ['\x1b]8;;https://example.com\x07x', '<U+001B>]8;;https://example.com<U+0007>x'],
    ['\u009b2J', '<U+009B>2J'],
    ['user\u202etxt', 'user<U+202E>txt'],
    ['zero\u200bwidth\ufeff', 'zero<U+200B>width<U+FEFF>'],
    ['tags \u{e0041}\u{e007f}', 'tags <U+E0041><U+E007F>'],
    ['hidden bytes a\ufe01\u{e0101}', 'hidden bytes a<U+FE01><U+E0101>'],
    ['filler \u3164', 'filler <U+3164>'],
    ['half \ud83d', 'half <U+D83D>'],
    ['a\tb\rc\x7f', 'a    b<U+000D>c<U+007F>'],
    ['one\r\ntwo\n', 'one\ntwo\n'],
    ['a\ufe0f', 'a<U+FE0F>'],
  ])('%j', (text, shown) => {
    expect(sanitize(text)).toBe(shown);
  });

  it.each(['Grüße, 待つ, שלום, नमस्ते', 'e\u0301', '⚠️ 👍🏽 ✅', '"\\u202e" `code` <U+202E>', 'no\u00a0break'])(
    'leaves %j alone',
    (text) => {
      expect(sanitize(text)).toBe(text);
    },
  );

  it('lets nothing through that moves, hides or turns', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const shown = sanitize(text);
        expect(shown).not.toMatch(FORBIDDEN);
        expect(sanitize(shown)).toBe(shown);
        expect(sanitizeLine(text)).not.toMatch(/\n/);
        expect(sanitizeLine(text)).not.toMatch(FORBIDDEN);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('sanitizePath', () => {
  it('shows any path on one line', () => {
    fc.assert(
      fc.property(pathBytes, (bytes) => {
        const shown = sanitizePath(decodePath(bytes));
        expect(shown).not.toMatch(/\n/);
        expect(shown).not.toMatch(FORBIDDEN);
      }),
    );
  });

  it('is the path itself when it is harmless', () => {
    expect(sanitizePath('src/größe/待つ (1).ts')).toBe('src/größe/待つ (1).ts');
  });
});

describe('sanitizeJson', () => {
  it('keeps the value and prints harmlessly', () => {
    fc.assert(
      fc.property(fc.dictionary(hostileText, hostileText), (value) => {
        const json = sanitizeJson(JSON.stringify(value, null, 2));
        expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(json).not.toMatch(FORBIDDEN);
      }),
      { numRuns: 500 },
    );
  });
});
