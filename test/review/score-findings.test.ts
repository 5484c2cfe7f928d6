import { describe, expect, it } from 'vitest';
import type { Finding } from '../../src/review/finding.ts';
import { type ExpectedFinding, ratesOf, scoreFindings } from '../../src/review/score-findings.ts';
import { sampleFinding } from '../support/sample-review.ts';

const expected: ExpectedFinding = { path: 'src/a.ts', startLine: 10, endLine: 12, about: ['race'] };

/** About the expected problem, but for what is given. */
const found = (overrides: Partial<Finding> = {}): Finding =>
  sampleFinding({
    path: 'src/a.ts',
    place: { startLine: 11, endLine: 11 },
    category: 'other',
    title: 'A race between two writers',
    body: '',
    ...overrides,
  });

const score = (findings: readonly Finding[], problems: readonly ExpectedFinding[] = [expected]) => {
  const { matched, missed, wrong, duplicates } = scoreFindings(findings, {
    expected: problems,
    forbidden: [{ path: 'src/a.ts', startLine: 30, endLine: 31, why: 'it is guarded' }],
  });
  return { matched, missed: missed.length, wrong: wrong.map(({ forbidden }) => forbidden), duplicates };
};
const FOUND = { matched: 1, missed: 0, wrong: [], duplicates: 0 };
const WRONG = { matched: 0, missed: 1, wrong: [null], duplicates: 0 };

describe('what a finding is of', () => {
  it.each([
    ['the same line', {}, FOUND],
    ['two lines above', { place: { startLine: 7, endLine: 8 } }, FOUND],
    ['two lines below', { place: { startLine: 14, endLine: 20 } }, FOUND],
    ['three lines above', { place: { startLine: 7, endLine: 7 } }, WRONG],
    ['three lines below', { place: { startLine: 15, endLine: 15 } }, WRONG],
    ['another file', { path: 'src/b.ts' }, WRONG],
    ['the file, or lines that are gone', { place: null }, FOUND],
    ['another subject', { title: 'A null is let through' }, WRONG],
    ['the subject in the body, in capitals', { title: 'Wrong', body: 'It is a RACE.' }, FOUND],
    ['a word that only ends like it', { title: 'A trace is lost' }, WRONG],
    ['such a word, and then the subject', { title: 'The trace shows races' }, FOUND],
  ])('%s', (_, overrides, result) => {
    expect(score([found(overrides)])).toEqual(result);
  });

  it('a category says the subject too, but not without lines', () => {
    const problem = { ...expected, category: 'concurrency' };
    const other = { title: 'Two writers', category: 'concurrency' };
    expect(score([found(other)], [problem])).toEqual(FOUND);
    expect(score([found({ ...other, place: null })], [problem])).toEqual(WRONG);
    expect(score([found({ ...other, category: 'other' })], [problem])).toEqual(WRONG);
    expect(score([found({ category: 'other' })], [problem])).toEqual(FOUND);
  });

  it('words with spaces and signs', () => {
    const problem = { ...expected, about: ['(number - 1)', 'Last  page'] };
    expect(score([found({ title: 'It is page(number - 1)' })], [problem])).toEqual(FOUND);
    expect(score([found({ title: 'The last\npage is empty' })], [problem])).toEqual(FOUND);
  });

  it('a suppressed finding does not count', () => {
    const suppressed = { by: 'baseline', reason: 'known' } as const;
    expect(score([found({ suppressed })])).toEqual({ ...WRONG, wrong: [] });
  });

  it('what was known to look wrong is said to be, on its lines alone', () => {
    const other = { title: 'A null is let through' };
    const at = (line: number) =>
      score([found({ ...other, place: { startLine: line, endLine: line } })]).wrong;
    expect([29, 30, 31, 32].map((line) => at(line)[0])).toEqual([
      null,
      'it is guarded',
      'it is guarded',
      null,
    ]);
    expect(score([found({ ...other, place: null })]).wrong).toEqual([null]);
  });
});

describe('each finding is of one problem, each problem is found once', () => {
  it('a second finding of a problem is a duplicate, and not wrong', () => {
    expect(score([found(), found(), found()])).toEqual({ ...FOUND, duplicates: 2 });
  });

  it('as many problems as can be are found, in any order of the findings', () => {
    const second = { ...expected, startLine: 12, endLine: 14, about: ['race', 'lock'] };
    const third = { ...expected, startLine: 14, endLine: 16, about: ['lock'] };
    const both = found({ title: 'A race and a lock', place: { startLine: 12, endLine: 14 } });
    const first = found({ place: { startLine: 9, endLine: 9 } });
    const middle = found({ place: { startLine: 12, endLine: 12 } });
    const orders = [
      [both, first, middle],
      [first, both, middle],
      [middle, both, first],
      [first, middle, both],
      [middle, first, both],
      [both, middle, first],
    ];
    for (const findings of orders)
      for (const problems of [
        [expected, second, third],
        [third, second, expected],
      ])
        expect(score(findings, problems)).toEqual({ matched: 3, missed: 0, wrong: [], duplicates: 0 });
  });
});

it('rates: null where there is nothing to divide by', () => {
  expect(ratesOf({ expected: 4, matched: 3, wrong: 1 })).toEqual({ precision: 0.75, recall: 0.75, f1: 0.75 });
  expect(ratesOf({ expected: 3, matched: 1, wrong: 0 })).toEqual({ precision: 1, recall: 1 / 3, f1: 0.5 });
  expect(ratesOf({ expected: 2, matched: 0, wrong: 0 })).toEqual({ precision: null, recall: 0, f1: 0 });
  expect(ratesOf({ expected: 0, matched: 0, wrong: 1 })).toEqual({ precision: 0, recall: null, f1: 0 });
  expect(ratesOf({ expected: 0, matched: 0, wrong: 0 })).toEqual({ precision: null, recall: null, f1: null });
});
