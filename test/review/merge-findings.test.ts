import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Place, Severity } from '../../src/review/finding.ts';
import { type MergeableProblem, mergeFindings } from '../../src/review/merge-findings.ts';
import { sayTheSame } from '../../src/review/same-title.ts';

interface Said {
  readonly path?: string;
  readonly lines?: readonly [number, number] | null;
  readonly title?: string;
  readonly category?: string;
  readonly severity?: Severity;
  readonly source?: string;
  /** Null: exact, as a check is. */
  readonly confidence?: number | null;
  readonly side?: 'LEFT' | 'RIGHT';
  readonly quote?: string;
}

function said({ lines = [10, 12], ...more }: Said = {}): MergeableProblem {
  const { path = 'a.ts', title = 'Missing await on backoff()', category = 'correctness' } = more;
  const { severity = 'error', source = 'model-a', confidence = 0.8, side, quote } = more;
  const place: Place | null = lines === null ? null : { startLine: lines[0], endLine: lines[1] };
  return {
    problem: { path, place, title, body: '' },
    category,
    severity,
    source,
    ...(confidence !== null && { confidence }),
    ...(side !== undefined && { side }),
    ...(quote !== undefined && { quote }),
  };
}

const check = (more: Said = {}) => said({ source: 'check', confidence: null, ...more });
const merges = (one: MergeableProblem, other: MergeableProblem): boolean =>
  mergeFindings([one, other]).length === 1;

describe('sayTheSame', () => {
  it.each([
    ['Missing await on backoff()', '`backoff` is not awaited'],
    ['The retry loop never waits', 'Retry loop does not wait'],
    ['Missing null check for user', 'No null check for `user`'],
    ['Off-by-one in the loop bound', 'Loop bound is off by one'],
    ['SQL injection through `name`', 'Possible SQL injection via name parameter'],
    ['SQL injection in query', 'Query is open to SQL injection'],
    ['File handle is never closed', 'The file handle leaks: it isn’t closed'],
    ['Race condition between check and write', 'Race between the check and the write'],
    ['Division by zero when count is 0', 'Division by zero if `count` is zero'],
    ['Wrong variable in condition', 'Condition tests the wrong variable'],
    ['`user` may be null here', 'Possible null dereference of user'],
    ['Error is swallowed', 'The error is swallowed silently'],
    ['空のリストで失敗する', '空のリストで失敗する'],
  ])('%j as %j', (one, other) => {
    expect(sayTheSame(one, other)).toBe(true);
    expect(sayTheSame(other, one)).toBe(true);
  });

  it.each([
    ['Missing await on backoff()', 'Off-by-one in the loop bound'],
    ['Missing await on backoff()', 'Unnecessary await on put()'],
    // Three words of five are shared: what the threshold is held above.
    ['The retry loop never waits', 'The retry loop never ends'],
    ['Missing null check for user', 'Missing test for user'],
    ['Missing null check for user', 'Missing null check for account'],
    ['`user` may be null here', '`user` is shadowed'],
    ['Error is swallowed', 'Error message is misleading'],
    ['Token is written to the log', 'Token never expires'],
    ['Timeout is in seconds, but milliseconds are expected', 'Timeout is never cleared'],
    ['SQL injection through `name`', '`name` is never validated for length'],
    ['File handle is never closed', 'File is read twice'],
    ['Wrong variable in condition', 'Condition is always true'],
    ['Division by zero when count is 0', 'count can be negative'],
    ['Race condition between check and write', 'Write is not atomic'],
    ['Unused import of fs', 'Unused variable path'],
    ['Regex is vulnerable to ReDoS', 'Regex misses the end anchor'],
    ['Missing error handling', 'Missing input validation'],
    ['It is', 'This was'],
    ['', ''],
  ])('%j not as %j', (one, other) => {
    expect(sayTheSame(one, other)).toBe(false);
    expect(sayTheSame(other, one)).toBe(false);
  });
});

describe('merges', () => {
  it.each<[string, MergeableProblem, MergeableProblem]>([
    ['the same title of lines that overlap', said(), said({ lines: [12, 40] })],
    ['the same title from two units of one model', said(), said({ title: '`backoff` is not awaited' })],
    ['the same title in another category', said(), said({ category: 'async', source: 'model-b' })],
    [
      'the same title of the same code elsewhere',
      said({ quote: 'a( b)' }),
      said({ lines: [90, 92], quote: ' a(\n b)' }),
    ],
    ['a category of the same lines from two models', said(), said({ title: 'Loop', source: 'model-b' })],
    [
      'a category of nearly the same lines',
      said(),
      said({ lines: [11, 13], title: 'Loop', source: 'model-b' }),
    ],
    [
      'a category of the same lines from a check',
      check({ category: 'secret' }),
      said({ title: 'Key', category: 'secret' }),
    ],
    [
      'what is said of a file',
      said({ lines: null }),
      said({ lines: null, title: '`backoff` is not awaited' }),
    ],
  ])('%s', (_, one, other) => expect(merges(one, other)).toBe(true));
});

describe('keeps apart', () => {
  it.each<[string, MergeableProblem, MergeableProblem]>([
    ['files', said(), said({ path: 'b.ts' })],
    ['the same title of other lines', said(), said({ lines: [13, 14] })],
    [
      'other titles and categories of the same lines',
      said(),
      said({ title: 'Loop', category: 'style', source: 'model-b' }),
    ],
    [
      'what one model says of one line in other words',
      said(),
      said({ title: 'Off-by-one in the loop bound' }),
    ],
    [
      'a category of a few lines and of many around them',
      said(),
      said({ lines: [1, 90], title: 'Loop', source: 'model-b' }),
    ],
    ['two of one check', check(), check()],
    [
      'two of one tool',
      said({ source: 'eslint', confidence: null }),
      said({ source: 'eslint', confidence: null }),
    ],
    ['the sides of a diff', said({ side: 'LEFT' }), said()],
    [
      'lines that are gone',
      said({ lines: null, side: 'LEFT', quote: 'a()' }),
      said({ lines: null, side: 'LEFT', quote: 'b()', source: 'model-b' }),
    ],
    ['a line and its file', said({ lines: null }), said()],
    ['code that is not known', said({ quote: '' }), said({ lines: [90, 92], quote: ' ' })],
  ])('%s', (_, one, other) => expect(merges(one, other)).toBe(false));
});

describe('stands for all', () => {
  it.each<[string, MergeableProblem, MergeableProblem]>([
    ["a check's, whatever a model says", check({ severity: 'info' }), said({ confidence: 1 })],
    ['the more severe', said({ confidence: 0.1 }), said({ severity: 'warning', confidence: 0.9 })],
    ['the more confident', said({ confidence: 0.9 }), said({ confidence: 0.3, source: 'model-b' })],
  ])('%s', (_, better, other) => {
    for (const found of [
      [better, other],
      [other, better],
    ])
      expect(mergeFindings(found)).toEqual([{ finding: better, duplicates: [other] }]);
  });

  it('only for what says the same as it', () => {
    const [first, middle, last] = [
      said({ lines: [1, 10], confidence: 0.9 }),
      said({ lines: [10, 20] }),
      said({ lines: [20, 30], confidence: 0.7 }),
    ];
    expect(mergeFindings([last, middle, first])).toEqual([
      { finding: first, duplicates: [middle] },
      { finding: last, duplicates: [] },
    ]);
  });
});

const anything: fc.Arbitrary<MergeableProblem> = fc
  .record({
    path: fc.constantFrom('a.ts', 'b.ts'),
    lines: fc.option(
      fc
        .tuple(fc.integer({ min: 1, max: 9 }), fc.nat(4))
        .map(([from, more]): [number, number] => [from, from + more]),
    ),
    title: fc.constantFrom(
      'Missing await',
      'Not awaited',
      'The retry loop never ends',
      'Retry loop does not end',
      'Error is swallowed',
    ),
    category: fc.constantFrom('correctness', 'style'),
    severity: fc.constantFrom<Severity>('error', 'warning', 'info'),
    source: fc.constantFrom('model-a', 'model-b'),
    confidence: fc.constantFrom(0.5, 0.9),
    exact: fc.boolean(),
    quote: fc.constantFrom('', 'a()', 'b()'),
  })
  .map(({ exact, ...more }) => said(exact ? { ...more, source: 'check', confidence: null } : more));

const shuffled = fc
  .array(anything, { maxLength: 12 })
  .chain((found) => fc.tuple(fc.constant(found), fc.shuffledSubarray(found, { minLength: found.length })));

it('does not depend on the order, and loses none', () => {
  let merged = 0;
  fc.assert(
    fc.property(shuffled, ([found, otherwise]) => {
      const result = mergeFindings(found);
      expect(mergeFindings(otherwise)).toEqual(result);
      const all = result.flatMap(({ finding, duplicates }) => [finding, ...duplicates]);
      expect(new Set(all)).toEqual(new Set(found));
      expect(all.length).toBe(found.length);
      merged += found.length - result.length;
      for (const { finding, duplicates } of result)
        for (const duplicate of duplicates) expect(merges(finding, duplicate)).toBe(true);
      const kept = result.map(({ finding }) => finding);
      expect(mergeFindings(kept).map(({ finding }) => finding)).toEqual(kept);
    }),
    { numRuns: 1000 },
  );
  expect(merged).toBeGreaterThan(300);
});
