import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sanitizeLine } from '../../src/report/sanitize.ts';
import { cutEnd, cutStart, textWidth } from '../../src/report/text-width.ts';
import { hostileText } from './arbitrary-review.ts';

describe('textWidth', () => {
  it.each([
    ['', 0],
    ['const a = 1;', 12],
    ['größe', 5],
    ['e\u0301', 1],
    ['待つ', 4],
    ['한국', 4],
    ['\u1100\u1161\u11a8', 2],
    ['ｆｕｌｌ', 8],
    ['ﾊﾝ', 2],
    ['✅ 👍', 5],
    ['👍🏽', 2],
    ['⚠', 1],
    ['⚠️', 2],
    ['🇫🇷', 2],
    ['…│·', 3],
  ])('%s takes %i cells', (text, cells) => {
    expect(textWidth(text)).toBe(cells);
  });
});

describe('cutEnd and cutStart', () => {
  it.each([
    [5, 'cons…', '…tion'],
    [3, 'co…', '…on'],
    [1, '…', '…'],
    [0, '', ''],
    [-1, '', ''],
  ])('cut to %i', (width, end, start) => {
    expect([cutEnd('constellation', width), cutStart('constellation', width)]).toEqual([end, start]);
  });

  it('never split a wide character', () => {
    expect(cutEnd('待待待', 4)).toBe('待…');
    expect(cutStart('待待待', 4)).toBe('…待');
    expect(cutStart('\u1100\u1161  ', 3)).toBe('…  ');
  });

  it('fit, and keep what fits', () => {
    fc.assert(
      fc.property(hostileText, fc.integer({ min: 1, max: 30 }), (hostile, width) => {
        const text = sanitizeLine(hostile);
        const [end, start] = [cutEnd(text, width), cutStart(text, width)];
        if (textWidth(text) <= width) expect([end, start]).toEqual([text, text]);
        else {
          expect(textWidth(end)).toBeLessThanOrEqual(width);
          expect(textWidth(start)).toBeLessThanOrEqual(width);
          expect(text.startsWith(end.slice(0, -1))).toBe(true);
          expect(text.endsWith(start.slice(1))).toBe(true);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
