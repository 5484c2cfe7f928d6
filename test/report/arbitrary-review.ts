import fc from 'fast-check';
import type { FileMode } from '../../src/change/change-set.ts';
import { decodePath } from '../../src/change/path.ts';
import { type Finding, type Place, SEVERITIES } from '../../src/review/finding.ts';
import type { Review } from '../../src/review/review.ts';
import { sampleFile, sampleReview } from '../support/sample-review.ts';

/** Text as an attacker would choose it: any code point, and often one that moves, hides or turns something. */
export const hostileText = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary', maxLength: 8 }),
      fc.string({ unit: 'grapheme', maxLength: 8 }),
      fc.constantFrom(
        '\x1b[31m',
        '\x1b]8;;x\x07',
        '\u009b',
        '\r',
        '\n',
        '\r\n',
        '\t',
        '\u202e',
        '\u2066',
        '\u200b',
      ),
      fc.constantFrom(
        '\u{e0041}',
        '\ufe0f',
        '⚠️',
        '\ud800',
        '\udc80',
        '\u2028',
        '\u3164',
        '::error::',
        '%0A',
        ', ',
      ),
    ),
    { maxLength: 6 },
  )
  .map((parts) => parts.join(''));

/** Any path that git can hold: bytes but NUL and, between them, `/`. */
export const pathBytes = fc
  .array(fc.uint8Array({ min: 1, max: 255, minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 3 })
  .map((parts) =>
    Buffer.concat(parts.flatMap((part, index) => (index > 0 ? [Buffer.from('/'), part] : [part]))),
  )
  .filter((path) => !/(?:^|\/)(?:\.{0,2})(?:\/|$)/.test(path.toString('latin1')));

const path = pathBytes.map((bytes) => decodePath(bytes));
const severity = fc.constantFrom(...SEVERITIES);
const hash = fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 64, maxLength: 64 });
const number = fc.integer({ min: 1, max: 400 });

const place: fc.Arbitrary<Place> = fc
  .record({ startLine: number, lines: fc.nat(4), startColumn: number, columns: fc.nat(50), kind: fc.nat(2) })
  .map(({ startLine, lines, startColumn, columns, kind }) => ({
    startLine,
    endLine: startLine + lines,
    ...(kind > 0 && { startColumn }),
    ...(kind > 1 && { endColumn: startColumn + 1 + columns }),
  }));

const excerpt = fc
  .record({
    firstLine: number,
    lines: fc.array(hostileText, { minLength: 1, maxLength: 4 }),
    marked: fc.nat(5),
  })
  .chain(({ firstLine, lines, marked }) =>
    fc.record({
      firstLine: fc.constant(firstLine),
      lines: fc.constant(lines),
      caret: fc.option(
        fc.record({ line: fc.constant(firstLine + marked), startColumn: number, endColumn: number }),
      ),
    }),
  );

const finding: fc.Arbitrary<Finding> = hash.chain((fingerprint) =>
  fc.record({
    id: fc.constant(fingerprint.slice(0, 6)),
    fingerprint: fc.constant(fingerprint),
    path,
    place: fc.option(place),
    severity,
    category: hostileText,
    title: hostileText,
    body: hostileText,
    source: fc.oneof(fc.constant('check'), hostileText),
    confidence: fc.double({ min: 0, max: 1, noNaN: true }),
    excerpt: fc.option(excerpt),
    suggestion: fc.option(
      fc.record({ startLine: number, endLine: number, lines: fc.array(hostileText, { maxLength: 3 }) }),
    ),
    suppressed: fc.option(
      fc.record({ by: fc.constantFrom('inline-ignore', 'baseline', 'dismissed'), reason: hostileText }),
    ),
  }),
);

const entry = fc.oneof(
  fc.record({ path, outcome: fc.constant('reviewed' as const), reason: fc.constant(null) }),
  fc.record({ path, outcome: fc.constantFrom('excluded' as const, 'skipped' as const), reason: hostileText }),
);

const mode = fc.constantFrom<FileMode>('100644', '100755', '120000', '160000');
const blob = fc.option(fc.record({ mode, oid: hash, size: fc.nat() }));
const file = fc
  .record({
    path,
    oldPath: path,
    status: fc.constantFrom('added', 'deleted', 'modified', 'renamed', 'type-changed'),
    before: blob,
    after: blob,
    unread: fc.option(hostileText),
  })
  .map((change) => sampleFile(change.path, change));

/** Reviews with hostile text wherever text can come from outside. */
export const arbitraryReview: fc.Arbitrary<Review> = fc
  .record({
    files: fc.array(file, { maxLength: 4 }),
    entries: fc.array(entry, { maxLength: 8 }),
    failures: fc.array(hostileText, { maxLength: 3 }),
    notes: fc.array(hostileText, { maxLength: 3 }),
    findings: fc.array(finding, { maxLength: 14 }),
    verdict: fc.record({
      outcome: fc.constantFrom('pass', 'fail', 'incomplete'),
      failOn: fc.constantFrom(...SEVERITIES, 'never'),
      outOfTime: fc.boolean(),
    }),
    totalMs: fc.double({ min: 0, max: 1e6, noNaN: true }),
  })
  .map(({ files, entries, failures, notes, findings, verdict, totalMs }) => {
    const review = sampleReview({
      verdict,
      coverage: { files: entries, failures, notes },
      findings,
      timing: { totalMs },
      model: null,
    });
    return { ...review, change: { ...review.change, files } };
  });
