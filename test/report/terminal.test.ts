import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderExcerpt } from '../../src/report/excerpt.ts';
import { renderTerminal } from '../../src/report/terminal.ts';
import { textWidth } from '../../src/report/text-width.ts';
import type { Finding } from '../../src/review/finding.ts';
import type { CoverageEntry } from '../../src/review/review.ts';
import {
  excluded,
  fullReview,
  reviewed,
  sampleFinding,
  sampleReview,
  skipped,
} from '../support/sample-review.ts';
import { arbitraryReview, hostileText } from './arbitrary-review.ts';

const plain = { color: false } as const;
const coverageOf = (...files: readonly CoverageEntry[]) => ({ files, failures: [], notes: [] });
const summaryOf = (text: string) => text.split('\n').find((line) => line.startsWith('code-agent  '));

describe('renderTerminal', () => {
  it('shows all that a review can hold', async () => {
    await expect(renderTerminal(fullReview, plain)).toMatchFileSnapshot('golden/full.txt');
  });

  it('shows what is suppressed and excluded when asked, and wraps', async () => {
    const text = renderTerminal(fullReview, { color: false, verbose: true, width: 60 });
    await expect(text).toMatchFileSnapshot('golden/full-verbose-60.txt');
  });

  it('shows ten in full and one line of each other', async () => {
    const findings = Array.from({ length: 13 }, (_, index) =>
      sampleFinding({ id: `id${index}`, place: { startLine: index + 1, endLine: index + 1 }, excerpt: null }),
    );
    const text = renderTerminal(sampleReview({ findings }), { color: false, width: 70 });
    await expect(text).toMatchFileSnapshot('golden/many.txt');
  });

  it('does not show an incomplete review as a pass', async () => {
    const files = [
      ...Array.from({ length: 11 }, (_, index) => reviewed(`src/${index}.ts`)),
      skipped('data/fixtures.sql', 'larger than 512 kB (limits.fileBytes)'),
      skipped('src/a.ts', 'the model did not answer within 20 s (hook.budget)'),
      skipped('src/b.ts', 'the model did not answer within 20 s (hook.budget)'),
    ];
    const review = sampleReview({
      coverage: coverageOf(...files),
      verdict: { outcome: 'incomplete', failOn: 'error', outOfTime: false },
    });
    await expect(renderTerminal(review, plain)).toMatchFileSnapshot('golden/incomplete.txt');
  });

  it('is one line when nothing was found', () => {
    expect(renderTerminal(sampleReview(), plain)).toBe(
      'code-agent  1 file reviewed · no findings · 0.09 s\n',
    );
    expect(renderTerminal(sampleReview({ coverage: coverageOf() }), plain)).toBe(
      'code-agent  0 files reviewed · no findings · 0.09 s\n',
    );
  });

  it('colours severities and nothing else', () => {
    const text = renderTerminal(fullReview, { color: true });
    expect(stripVTControlCharacters(text)).toBe(renderTerminal(fullReview, plain));
    const [, ...colored] = text.split('\x1b[').filter((part) => !part.startsWith('39m'));
    expect(colored).toEqual(['31merror', '31merror', '33mwarning', '33mwarning', '36minfo']);
  });

  it.each([
    [[reviewed('a'), excluded('b', 'generated')], '1 of 2 files reviewed, 1 excluded (generated)'],
    [
      [excluded('a', 'vendored'), excluded('b', 'generated'), excluded('c', 'generated')],
      '0 of 3 files reviewed, 3 excluded (2 generated, 1 vendored)',
    ],
    [
      [...'abcde'].map((path) => excluded(path, `rule ${path}`)),
      '0 of 5 files reviewed, 5 excluded (1 rule a, 1 rule b, 3 other)',
    ],
    [[skipped('a', 'too large')], '0 of 1 file reviewed, 1 skipped'],
  ])('counts every file once (%#)', (files, text) => {
    const review = sampleReview({ coverage: coverageOf(...files) });
    expect(summaryOf(renderTerminal(review, plain))).toBe(`code-agent  ${text} · no findings · 0.09 s`);
  });

  it('counts what is suppressed, and does not list it', () => {
    const finding = sampleFinding({ suppressed: { by: 'baseline', reason: 'old' } });
    const text = renderTerminal(sampleReview({ findings: [finding, finding] }), plain);
    expect(text).toBe('code-agent  1 file reviewed · no findings, 2 suppressed · 0.09 s\n');
  });

  it('names three skipped files of a reason, all when verbose', () => {
    const review = sampleReview({
      coverage: coverageOf(...[...'abcde'].map((path) => skipped(path, 'too large'))),
    });
    expect(renderTerminal(review, plain)).toContain('\n  skipped  a, b, c and 2 more  too large\n');
    expect(renderTerminal(review, { color: false, verbose: true })).toContain(
      '\n  skipped  a, b, c, d, e  too large\n',
    );
  });

  it.each([
    [0.4, '0.00 s'],
    [92.4, '0.09 s'],
    [6_412, '6.4 s'],
    [20_004, '20 s'],
  ])('%d ms is %s', (totalMs, text) => {
    expect(renderTerminal(sampleReview({ timing: { totalMs } }), plain)).toContain(` · ${text}\n`);
  });

  it('prints nothing that a terminal would act on', () => {
    fc.assert(
      fc.property(
        arbitraryReview,
        fc.boolean(),
        fc.integer({ min: 1, max: 120 }),
        (review, verbose, width) => {
          const text = renderTerminal(review, { color: false, verbose, width });
          expect(text).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
          expect(text.endsWith('\n')).toBe(true);
          expect(text.split('\n').filter((line) => line.startsWith('code-agent  '))).toHaveLength(1);
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('renderExcerpt', () => {
  const marked = (text: string, mark: string): NonNullable<Finding['excerpt']> => {
    const startColumn = text.indexOf(mark) + 1;
    return {
      firstLine: 7,
      lines: [text],
      caret: { line: 7, startColumn, endColumn: startColumn + mark.length },
    };
  };

  it.each([
    ['const a = bad;', 'bad', ['7 │ const a = bad;', '  │           ^^^']],
    ['\tbad()', 'bad', ['7 │     bad()', '  │     ^^^']],
    ['// 待つ bad', 'bad', ['7 │ // 待つ bad', '  │         ^^^']],
    ['待つ = 1', '待つ', ['7 │ 待つ = 1', '  │ ^^^^']],
    ['e\u0301e\u0301 bad', 'bad', ['7 │ e\u0301e\u0301 bad', '  │    ^^^']],
    ['👍🏽 bad', 'bad', ['7 │ 👍🏽 bad', '  │    ^^^']],
    ['a\u202e bad', 'bad', ['7 │ a<U+202E> bad', '  │           ^^^']],
    ['a\u202eb', '\u202e', ['7 │ a<U+202E>b', '  │  ^^^^^^^^']],
  ])('marks the right cells of %j', (text, mark, lines) => {
    expect(renderExcerpt(marked(text, mark), 80)).toEqual(lines);
  });

  it.each([
    [5, 5],
    [0, 3],
    [40, 90],
    [3, 2],
  ])('marks at least one cell, columns %i to %i', (startColumn, endColumn) => {
    const [, marks] = renderExcerpt(
      { firstLine: 1, lines: ['short'], caret: { line: 1, startColumn, endColumn } },
      80,
    );
    expect(marks).toMatch(/^ {2}│ *\^+$/);
  });

  it.each([
    [`${'a'.repeat(500)}bad`, '7 │ …aaaaaaaaaaaaaaaaaaaaaabad', '  │                        ^^^'],
    [`bad${'a'.repeat(500)}`, '7 │ badaaaaaaaaaaaaaaaaaaaaaa…', '  │ ^^^'],
    [`${'a'.repeat(500)}bad${'b'.repeat(500)}`, '7 │ …aaaaaaaaaaaaaaabadbbbbbb…', '  │                 ^^^'],
  ])('cuts a long line around what is marked (%#)', (text, line, marks) => {
    expect(renderExcerpt(marked(text, 'bad'), 30)).toEqual([line, marks]);
  });

  it('cuts a long mark', () => {
    const [line, marks] = renderExcerpt(marked(`x${'y'.repeat(1000)}z`, 'y'.repeat(1000)), 30);
    expect([line, marks]).toEqual([`7 │ x${'y'.repeat(23)}…z`, `  │  ${'^'.repeat(24)}`]);
  });

  it('marks what is marked, in lines that fit', () => {
    const sentinel = 'QQQ';
    fc.assert(
      fc.property(hostileText, hostileText, fc.integer({ min: 30, max: 90 }), (before, after, width) => {
        const [line = '', marks = ''] = renderExcerpt(
          marked(`${before}${sentinel}${after}`, sentinel),
          width,
        );
        const at = line.indexOf(sentinel);
        expect(textWidth(line)).toBeLessThanOrEqual(width);
        expect(marks.slice(textWidth(line.slice(0, at)))).toBe('^^^');
      }),
      { numRuns: 1000 },
    );
  });

  it('does not walk a whole bundle', () => {
    const text = `${'\u202e'.repeat(3_000_000)}bad${'\t'.repeat(3_000_000)}`;
    const started = performance.now();
    expect(renderExcerpt(marked(text, 'bad'), 80)[0]).toContain('bad');
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});
