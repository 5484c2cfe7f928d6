import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodePath, displayPath, encodePath } from '../../src/change/path.ts';

/** Bytes that are hard for a decoder: cut, overlong and surrogate sequences between plain ones. */
const pathBytes = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 6 }),
      fc.string({ unit: 'binary' }).map((text) => Buffer.from(text.toWellFormed())),
      fc
        .constantFrom(
          ...[
            'c3',
            'e282',
            'f09f98',
            'c0af',
            'eda080',
            'edb280',
            'f4908080',
            'efbbbf',
            'ff',
            '80',
            '2f',
            '0a',
          ],
        )
        .map((hex) => Buffer.from(hex, 'hex')),
    ),
    { maxLength: 8 },
  )
  .map((parts) => Buffer.concat(parts));

describe('decodePath', () => {
  it('keeps every byte: encodePath gives them back', () => {
    fc.assert(
      fc.property(pathBytes, (bytes) => {
        expect(encodePath(decodePath(bytes))).toEqual(bytes);
      }),
      { numRuns: 2000 },
    );
  });

  it('gives different bytes different paths', () => {
    fc.assert(
      fc.property(pathBytes, pathBytes, (one, other) => {
        expect(decodePath(one) === decodePath(other)).toBe(one.equals(other));
      }),
    );
  });

  it.each([
    ['src/grüße.ts', Buffer.from('src/grüße.ts'), 'UTF-8'],
    ['caf\udce9', Buffer.from('caf\xe9', 'latin1'), 'Latin-1'],
    ['😀\udcf0\udc9f\udc98', Buffer.from('f09f9880f09f98', 'hex'), 'a character that is cut off'],
    ['\udced\udca0\udc80', Buffer.from('eda080', 'hex'), 'half of a surrogate pair, in UTF-8'],
    ['\udcc0\udcaf', Buffer.from('c0af', 'hex'), 'an overlong "/"'],
    ['\ufeffa', Buffer.from('efbbbf61', 'hex'), 'a byte order mark'],
  ])('reads %j', (path, bytes) => {
    expect(decodePath(bytes)).toBe(path);
    expect(encodePath(path)).toEqual(bytes);
  });
});

describe('displayPath', () => {
  /** UAX #44: controls, formats, surrogates, separators, and what is drawn as nothing, but for the look of an emoji. */
  const unseen =
    /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}](?<!\p{Extended_Pictographic}[\ufe0e\ufe0f])/u;

  it('holds no character that moves, hides or turns', () => {
    const hostile = fc.constantFrom(
      ...'\0\n\t\r\x1b\x7f\x85\xad\u034f\u061c\u115f\u180b\u200b\u200e\u2028\u2029\u202e\u2066\u3164\ufe0f\ufeff\uffa0',
      ...['\u{e0041}', '\u{e0101}', '\u{1d173}', 'a', '/', ' '],
    );
    const names = fc.oneof(
      pathBytes.map(decodePath),
      fc.array(hostile).map((characters) => characters.join('')),
    );
    fc.assert(
      fc.property(names, (path) => {
        expect(displayPath(path)).not.toMatch(unseen);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['src/a b.ts', 'src/a b.ts'],
    ['日本/grüße.ts', '日本/grüße.ts'],
    ['a\nb\x1b[31m', 'a\\x0ab\\x1b[31m'],
    ['caf\udce9', 'caf\\xe9'],
    ['exe\u202etxt', 'exe\\u{202e}txt'],
    ['a\u3164', 'a\\u{3164}'],
    ['\u{e0041}', '\\u{e0041}'],
  ])('shows %j as %s', (path, shown) => {
    expect(displayPath(path)).toBe(shown);
  });

  it('leaves an emoji with its variation selector whole', () => {
    expect(displayPath('⚠️.md')).toBe('⚠️.md');
  });
});
