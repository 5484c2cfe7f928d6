import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maskLine, maskSecret, spansByLine } from '../../src/review/mask.ts';

describe('maskSecret', () => {
  it('shows of a long value its kind, of a short one nothing', () => {
    expect(maskSecret('ghp_'.padEnd(40, 'x'))).toBe('ghp_…(40 characters)');
    expect(maskSecret('hunter2')).toBe('…(7 characters)');
  });
});

describe('maskLine', () => {
  const line = fc.string({ maxLength: 60 });
  const spans = fc.array(
    fc
      .tuple(fc.nat(60), fc.nat(60))
      .map(([one, other]) => ({ start: Math.min(one, other), end: Math.max(one, other) })),
    { maxLength: 5 },
  );

  it('keeps what is outside of the spans, in order', () => {
    fc.assert(
      fc.property(line, spans, (text, found) => {
        const inside = found.map(({ start, end }) => ({
          start: Math.min(start, text.length),
          end: Math.min(end, text.length),
        }));
        const kept = [...Array(text.length).keys()]
          .filter((at) => !inside.some(({ start, end }) => at >= start && at < end))
          .map((at) => text[at])
          .join('');
        const shown = maskLine(text, inside).text;
        let at = 0;
        for (const character of shown) if (kept.startsWith(character, at)) at += character.length;
        expect(at).toBe(kept.length);
      }),
    );
  });

  it('says where an offset has come to be', () => {
    const masked = maskLine('a = "0123456789" + b', [{ start: 5, end: 15 }]);
    expect(masked.text).toBe('a = "…(10 characters)" + b');
    expect(masked.offset(0)).toBe(0);
    expect(masked.offset(5)).toBe(5);
    expect(masked.text.slice(masked.offset(15))).toBe('" + b');
    expect(masked.offset(20)).toBe(masked.text.length);
  });

  it('masks spans that overlap as one', () => {
    expect(
      maskLine('0123456789', [
        { start: 4, end: 8 },
        { start: 2, end: 6 },
      ]).text,
    ).toBe('01…(6 characters)89');
  });
});

describe('spansByLine', () => {
  it('cuts a span over several lines into one for each', () => {
    const byLine = spansByLine('ab\ncdef\ngh\n', [{ start: 1, end: 9 }]);
    expect([...byLine]).toEqual([
      [0, [{ start: 1, end: 2 }]],
      [1, [{ start: 0, end: 4 }]],
      [2, [{ start: 0, end: 1 }]],
    ]);
  });
});
