import { describe, expect, it } from 'vitest';
import { locateQuote } from '../../src/review/locate-quote.ts';

const FILE = [
  'import { put } from "./put.ts";', // 1
  '', // 2
  'export async function upload(file: File) {', // 3
  '\tfor (let i = 0; i < 5; i++) {', // 4
  '\t\tbackoff(i);', // 5
  '\t\tif (await put(file)) return;', // 6
  '\t}', // 7
  '}', // 8
  '', // 9
  'export async function remove(file: File) {', // 10
  '  backoff(0);', // 11
  '  const café = "crème";   ', // 12
  '  if (café) {', // 13
  '    return drop(file);', // 14
  '  }', // 15
  '});', // 16
  '}', // 17
  '', // 18
].join('\n');

const once = (startLine: number, endLine = startLine) => ({ found: 'once', startLine, endLine });
const nearest = (startLine: number, endLine = startLine) => ({ found: 'nearest', startLine, endLine });

describe('finds whole lines', () => {
  it.each<[string, string, number, number]>([
    ['one, verbatim', '\t\tbackoff(i);', 5, 5],
    ['several, verbatim', '\t\tbackoff(i);\n\t\tif (await put(file)) return;', 5, 6],
    [
      'with an empty one between',
      'import { put } from "./put.ts";\n\nexport async function upload(file: File) {',
      1,
      3,
    ],
    ['with CRLF', '\t\tbackoff(i);\r\n\t\tif (await put(file)) return;\r\n', 5, 6],
    ['with empty lines around', '\n  \n\t\tbackoff(i);\n\n', 5, 5],
    ['with other spaces at the end', '  const café = "crème";\n  if (café) {  ', 12, 13],
    ['without their indentation', 'for (let i = 0; i < 5; i++) {\n\tbackoff(i);', 4, 5],
    ['indented with spaces of any width', '    for (let i = 0; i < 5; i++) {\n        backoff(i);', 4, 5],
    ['indented further', '          if (café) {\n            return drop(file);', 13, 14],
    [
      'with the first one trimmed',
      'for (let i = 0; i < 5; i++) {\n\t\tbackoff(i);\n\t\tif (await put(file)) return;\n\t}',
      4,
      7,
    ],
    ['in a fence', '```ts\n\t\tbackoff(i);\n\t\tif (await put(file)) return;\n```', 5, 6],
    ['with line numbers', '5 | \t\tbackoff(i);\n6 | \t\tif (await put(file)) return;', 5, 6],
    ['with wrong line numbers', ' 9 │ \t\tbackoff(i);\n10 │ \t\tif (await put(file)) return;', 5, 6],
    ['with the markers of a diff', '+\t\tbackoff(i);\n \t\tif (await put(file)) return;', 5, 6],
    ['with the markers of a removal', '-\t\tbackoff(i);\n-\t\tif (await put(file)) return;', 5, 6],
    [
      'with numbers and markers in a fence',
      '```diff\n5 | +\t\tbackoff(i);\n6 | +\t\tif (await put(file)) return;\n```',
      5,
      6,
    ],
    ['as read_file shows them', '5\t\t\tbackoff(i);\n6\t\t\tif (await put(file)) return;', 5, 6],
    [
      'as render-unit shows added ones',
      '     5 +\t\tbackoff(i);\n     6 +\t\tif (await put(file)) return;',
      5,
      6,
    ],
    ['as render-unit shows removed ones', '  5    -\t\tbackoff(i);', 5, 5],
    [
      'as render-unit shows all kinds',
      ' 1  1  import { put } from "./put.ts";\n 2  2  \n    3 +export async function upload(file: File) {',
      1,
      3,
    ],
    [
      'as render-unit shows unchanged ones',
      '1 1  import { put } from "./put.ts";\n2 2\n3 3  export async function upload(file: File) {',
      1,
      3,
    ],
    ['with markers and numbers', '+ 5 | \t\tbackoff(i);\n+ 6 | \t\tif (await put(file)) return;', 5, 6],
    ['spelt in another normal form', '  const cafe\u0301 = "cre\u0300me";\n  if (cafe\u0301) {', 12, 13],
    ['one, spelt in another normal form', 'const cafe\u0301 = "cre\u0300me";', 12, 12],
  ])('%s', (_, quote, startLine, endLine) => {
    expect(locateQuote(FILE, quote, null)).toEqual(once(startLine, endLine));
    expect(locateQuote(FILE, quote, 17)).toEqual(once(startLine, endLine));
    expect(locateQuote(FILE.replaceAll('\n', '\r\n'), quote, null)).toEqual(once(startLine, endLine));
  });

  it('in a file without a newline at its end', () =>
    expect(locateQuote('one\ntwo', 'two', null)).toEqual(once(2)));
  it('that look like a listing in the file itself', () =>
    expect(locateQuote('# how to\n12 | run it\n- first\n', '12 | run it\n- first', null)).toEqual(
      once(2, 3),
    ));
});

describe('finds a part of a line', () => {
  it.each<[string, number, number, number]>([
    ['await put(file)', 6, 7, 22],
    ['(await put(file))', 6, 6, 23],
    ['for (let i = 0; i < 5; i++)', 4, 2, 29],
    ['```\nlet i = 0\n```', 4, 7, 16],
  ])('%j', (quote, line, startColumn, endColumn) =>
    expect(locateQuote(FILE, quote, null)).toEqual({ ...once(line), startColumn, endColumn }),
  );

  it('never one of a word', () => {
    for (const quote of ['backof', 'ackoff(i)', 'caf', 'rème', 'pu'])
      expect(locateQuote(FILE, quote, null)).toMatchObject({ found: 'no' });
    expect(locateQuote('x = \u{1d4d0}\u{1d4d1}\u{1d4d2}y;', 'x = \u{1d4d0}\u{1d4d1}', null)).toMatchObject({
      found: 'no',
    });
  });
});

describe('of several places', () => {
  const text = 'go();\nstop();\n  go();\nstop();\nx = go();\nstop();\ngo();\n';
  it.each<[string, number | null, object]>([
    ['go();', null, nearest(1)],
    ['go();', 1, nearest(1)],
    ['go();', 2, nearest(1)],
    ['go();', 4, nearest(3)],
    ['go();', 5, { ...nearest(5), startColumn: 5, endColumn: 10 }],
    ['go();', 900, nearest(7)],
    ['go();', -5, nearest(1)],
    ['go();\nstop();', 3, nearest(3, 4)],
    ['go();\nstop();', 2, nearest(1, 2)],
    ['stop();\ngo();', 2, once(6, 7)],
    ['  go();', 1, once(3)],
    ['   go();', 1, nearest(1)],
  ])('%j, believed in line %j', (quote, hint, expected) =>
    expect(locateQuote(text, quote, hint)).toEqual(expected),
  );

  it('in one line, that line, but not for certain', () =>
    expect(locateQuote('a\nfoo + foo\n', 'foo', 1)).toEqual({ ...nearest(2), startColumn: 1, endColumn: 4 }));
  it('that hold the line believed in, the one that begins nearest to it', () =>
    expect(locateQuote('foo();\nfoo();\nfoo();\nfoo();\n', 'foo();\nfoo();', 3)).toEqual(nearest(3, 4)));
  it('without a hint, a whole line rather than a part', () =>
    expect(locateQuote('x = foo();\nfoo();\n', 'foo();', null)).toEqual(nearest(2)));
});

describe('does not find', () => {
  it.each<[string, string, string]>([
    ['nothing', '', 'too-short'],
    ['empty lines', ' \n\t\n', 'too-short'],
    ['too little', 'i+', 'too-short'],
    ['an empty fence', '```\n```', 'absent'],
    ['a bracket', '}', 'too-short'],
    ['two brackets', '\t}\n}', 'too-short'],
    ['code that is not there', 'backoff(2);', 'absent'],
    ['code with another character', '\t\tbackoff(i):', 'absent'],
    ['code in another case', 'Backoff(i);', 'absent'],
    ['spaces inside that are not there', 'backoff( i );', 'absent'],
    ['lines in another order', '\t\tif (await put(file)) return;\n\t\tbackoff(i);', 'absent'],
    [
      'lines with one left out',
      '\tfor (let i = 0; i < 5; i++) {\n\t\tif (await put(file)) return;',
      'absent',
    ],
    [
      'lines with an empty one left out',
      'import { put } from "./put.ts";\nexport async function upload(file: File) {',
      'absent',
    ],
    [
      'several lines from the middle of one',
      'upload(file: File) {\n\tfor (let i = 0; i < 5; i++) {',
      'absent',
    ],
    ['lines indented otherwise among themselves', '  if (café) {\n  return drop(file);', 'absent'],
    ['an ellipsis', 'export async function upload(file: File) {\n...\n}', 'absent'],
    ['both sides of a shown diff', '5   -\t\tbackoff(i);\n  6 +\t\tif (await put(file)) return;', 'absent'],
    ['both sides of a diff', '-\t\tbackoff(i);\n+\t\tif (await put(file)) return;', 'absent'],
    ['numbers that do not rise', '6 | \t\tbackoff(i);\n5 | \t\tif (await put(file)) return;', 'absent'],
    ['numbers in front of some lines', '5 | \t\tbackoff(i);\n\t\tif (await put(file)) return;', 'absent'],
    ['another letter that looks the same', 'b\u0430ckoff(i);', 'absent'],
    ['a compatible letter', '\uff42ackoff(i);', 'absent'],
  ])('%s', (_, quote, why) => expect(locateQuote(FILE, quote, 5)).toEqual({ found: 'no', why }));

  it('nothing but punctuation in several places', () => {
    expect(locateQuote('a({\n});\nb({\n});\n', '});', 4)).toEqual({ found: 'no', why: 'punctuation' });
    expect(locateQuote('a({\n});\nb({\n}\n', '});', 4)).toEqual(once(2));
  });
});

describe('takes linear time', () => {
  const LENGTH = 5_000_000;
  const fill = (unit: string) => unit.repeat(Math.floor(LENGTH / unit.length));
  /** Quadratic work takes minutes: 5,000,000 × 4,000 steps. */
  const MOST_MS = 10_000;

  it.each<[string, string, string]>([
    ['one line of one letter', fill('a'), 'a'.repeat(4000)],
    ['one line of one sign', fill('+'), '+'.repeat(4000)],
    ['nearly the quote, at every place', fill('a'), `${'a'.repeat(3999)}b`],
    ['nearly the quote, from its end', fill('a'), `b${'a'.repeat(3999)}`],
    ['empty lines', fill('\n'), 'a\n'.repeat(2000)],
    ['the same line over and over', fill('a\n'), 'a\n'.repeat(2000)],
    ['the same line, all but the last', fill('aa\n'), `${'aa\n'.repeat(1300)}b`],
    ['the same line indented otherwise', fill('\taa\n'), '  aa\n'.repeat(800)],
    ['lines of 1 MB', fill(`${'x'.repeat(999_999)}\n`), 'x x'.repeat(1300)],
    [
      'indentation of 1 MB',
      fill(`${' '.repeat(999_999)}y\n`),
      `${' '.repeat(2000)}yyy\n${' '.repeat(1900)}y`,
    ],
    ['marks that wait for their order', `a${fill('\u0301\u0323')}`, `b${'\u0301\u0323'.repeat(1900)}\nccc`],
    ['marks in runs of 30', fill(`a${'\u0301\u0323'.repeat(15)}`), `b${'\u0301\u0323'.repeat(1900)}\nccc`],
    ['a quote of spaces', 'a\n', `a${' '.repeat(LENGTH)}b`],
    ['a quote as long as the text', fill('a\n'), fill('a\n').slice(2)],
    ['a quote of numbers', 'a\n', fill('1 | ')],
    ['a quote of fences', fill('```\n'), fill('```\n')],
  ])('%s', (_, text, quote) => {
    const start = performance.now();
    locateQuote(text, quote, 1000);
    expect(performance.now() - start).toBeLessThan(MOST_MS);
  });
});
