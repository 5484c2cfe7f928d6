import { describe, expect, it } from 'vitest';
import { applyHunks, type Hunk, hunkLines } from '../../src/change/hunk.ts';
import { lineMap } from '../../src/change/line-map.ts';
import { createPatchParser } from '../../src/change/parse-patch.ts';

/** The hunks of a patch of one file, given from its first `@@` on. */
function hunks(...lines: string[]): Hunk[] {
  const parser = createPatchParser();
  parser.push(Buffer.from(['diff --git a/a b/a', ...lines, ''].join('\n')));
  return parser.end().flatMap((section) => section.hunks);
}

const TWO = hunks('@@ -2,3 +2 @@', '-b', ' c', '-d', '@@ -6,0 +5,2 @@', '+x', '+y');

describe('applyHunks', () => {
  it.each([
    ['no hunks', [], 'a\nb', 'a\nb'],
    [
      'two hunks',
      hunks('@@ -1 +1 @@', '-a', '+A', '@@ -3,0 +4,2 @@', '+x', '+y'),
      'a\nb\nc\nd\n',
      'A\nb\nc\nx\ny\nd\n',
    ],
    ['an addition to nothing', hunks('@@ -0,0 +1 @@', '+a'), '', 'a\n'],
    ['an addition before the first line', hunks('@@ -0,0 +1 @@', '+a'), 'b\n', 'a\nb\n'],
    ['a deletion of all', hunks('@@ -1,2 +0,0 @@', '-a', '-b', '\\ No newline at end of file'), 'a\nb', ''],
    ['a newline taken away', hunks('@@ -1 +1 @@', '-a', '+a', '\\ No newline at end of file'), 'a\n', 'a'],
    [
      'a type change',
      [...hunks('@@ -1 +0,0 @@', '-x', '\\ No newline at end of file'), ...hunks('@@ -0,0 +1 @@', '+a')],
      'x',
      'a\n',
    ],
  ])('%s', (_, change, before, after) => {
    expect(applyHunks(Buffer.from(before), change).toString()).toBe(after);
  });

  it('reads a part of a larger buffer', () => {
    const before = new Uint8Array(Buffer.from('__a\nb\n__')).subarray(2, 6);
    expect(applyHunks(before, hunks('@@ -2 +2 @@', '-b', '+c')).toString()).toBe('a\nc\n');
  });

  it.each([
    ['a context line is another one', hunks('@@ -1,2 +1,2 @@', ' x', '-b', '+c'), 'a\nb\n'],
    ['a removed line is another one', hunks('@@ -2 +2 @@', '-x', '+c'), 'a\nb\n'],
    ['a removed line is longer', hunks('@@ -2 +2 @@', '-b', '+c'), 'a\nbb\n'],
    ['it differs in the last newline', hunks('@@ -2 +2 @@', '-b', '+c'), 'a\nb'],
    ['the hunk lies behind the end', hunks('@@ -9 +9 @@', '-x', '+y'), 'a\nb\n'],
  ])('throws when %s', (_, change, before) => {
    expect(() => applyHunks(Buffer.from(before), change)).toThrow(RangeError);
  });
});

describe('hunkLines', () => {
  it('numbers the lines of both sides', () => {
    const [hunk] = hunks('@@ -7,2 +8,3 @@ f()', ' a', '-b', '+c\r', '+d', '\\ No newline at end of file');
    const lines = hunk ? [...hunkLines(hunk)] : [];
    expect(
      lines.map(({ kind, oldLine, newLine, bytes }) => [kind, oldLine, newLine, bytes.toString()]),
    ).toEqual([
      ['context', 7, 8, 'a\n'],
      ['removed', 8, 0, 'b\n'],
      ['added', 0, 9, 'c\r\n'],
      ['added', 0, 10, 'd'],
    ]);
  });
});

describe('lineMap', () => {
  const REST = Number.POSITIVE_INFINITY;
  it.each([
    ['no hunks', [], [{ old: 1, new: 1, count: REST }]],
    ['a new file', hunks('@@ -0,0 +1,2 @@', '+a', '+b'), [{ old: 1, new: 3, count: REST }]],
    ['a deleted file', hunks('@@ -1,2 +0,0 @@', '-a', '-b'), [{ old: 3, new: 1, count: REST }]],
    [
      'lines taken out and put in',
      TWO,
      [
        { old: 1, new: 1, count: 1 },
        { old: 5, new: 3, count: 2 },
        { old: 7, new: 7, count: REST },
      ],
    ],
    [
      'a type change: no line of the old content is in the new one',
      [...hunks('@@ -1 +0,0 @@', '-x'), ...hunks('@@ -0,0 +1,2 @@', '+a', '+b')],
      [{ old: 2, new: 3, count: REST }],
    ],
  ])('%s', (_, change, runs) => {
    expect(lineMap(change)).toEqual(runs);
  });
});
