import type { FileChange } from '../../src/change/change-set.ts';
import { decodePath } from '../../src/change/path.ts';
import type { Finding } from '../../src/review/finding.ts';
import type { CoverageEntry, Review } from '../../src/review/review.ts';

/** A finding of a check in `src/upload.ts`, but for what is given. */
export function sampleFinding(overrides: Partial<Finding> = {}): Finding {
  return {
    id: 'a7f3',
    fingerprint: 'a7f3'.repeat(16),
    path: 'src/upload.ts',
    place: { startLine: 14, endLine: 14, startColumn: 18, endColumn: 25 },
    severity: 'error',
    category: 'secret',
    title: 'GitHub personal access token added',
    body: 'Remove it from the commit and revoke it: it is already in your shell history and in the index.',
    source: 'check',
    confidence: 1,
    excerpt: {
      firstLine: 13,
      lines: ['export async function upload(file: File) {', '  const token = "ghp_Ab3…(40 characters)";'],
      caret: { line: 14, startColumn: 18, endColumn: 25 },
    },
    suggestion: null,
    suppressed: null,
    ...overrides,
  };
}

/** A modified file, but for what is given. */
export function sampleFile(path: string, overrides: Partial<FileChange> = {}): FileChange {
  const blob = { mode: '100644', oid: 'b'.repeat(40), size: 120 } as const;
  return {
    path,
    oldPath: path,
    status: 'modified',
    before: blob,
    after: blob,
    hunks: [],
    unread: null,
    ...overrides,
  };
}

/** A staged change of one file in which nothing was found, but for what is given. Its files are those of the ledger. */
export function sampleReview(overrides: Partial<Review> = {}): Review {
  const coverage = overrides.coverage ?? { files: [reviewed('src/upload.ts')], failures: [], notes: [] };
  return {
    change: {
      base: { commit: 'c'.repeat(40), tree: 'd'.repeat(40) },
      head: { commit: null },
      files: coverage.files.map(({ path }) => sampleFile(path)),
      id: 'e'.repeat(64),
    },
    verdict: { outcome: 'pass', failOn: 'error', outOfTime: false },
    coverage,
    findings: [],
    timing: { totalMs: 92.4 },
    model: null,
    walkthrough: new Map(),
    session: null,
    ...overrides,
  };
}

export const reviewed = (path: string): CoverageEntry => ({ path, outcome: 'reviewed', reason: null });
export const excluded = (path: string, reason: string): CoverageEntry => ({
  path,
  outcome: 'excluded',
  reason,
});
export const skipped = (path: string, reason: string): CoverageEntry => ({
  path,
  outcome: 'skipped',
  reason,
});

/** A path of bytes that are no UTF-8: `caf\xe9.ts`, in Latin-1. */
export const LATIN1_PATH = decodePath(Buffer.from('src/caf\u00e9.ts', 'latin1'));

/** A path and texts that would colour the terminal, turn text around and forge a line of the report. */
export const HOSTILE_PATH = 'src/\x1b[31m\u202efdp.ts\n::error::forged';
export const HOSTILE_TEXT = 'Title \x1b]8;;https://example.com\x07link\u200b \u009b2J\u{e0041}\r\nnext';

/** One of all: every severity, suppression and outcome, other tools, a whole file's finding, hostile texts. */
export const fullReview: Review = sampleReview({
  verdict: { outcome: 'fail', failOn: 'error', outOfTime: true },
  coverage: {
    files: [
      excluded('dist/bundle.js', 'generated'),
      skipped('data/fixtures.sql', 'larger than 512 kB (limits.fileBytes)'),
      reviewed('package.json'),
      skipped('src/a.ts', 'out of time (hook.budget)'),
      skipped('src/b.ts', 'out of time (hook.budget)'),
      reviewed(LATIN1_PATH),
      reviewed(HOSTILE_PATH),
      reviewed('src/upload.ts'),
    ],
    failures: [`syntax: ${HOSTILE_TEXT}`],
    notes: ['.code-agent.yml in the working tree is not in effect yet'],
  },
  findings: [
    sampleFinding(),
    sampleFinding({
      id: 'b81c',
      fingerprint: 'b81c'.repeat(16),
      place: { startLine: 31, endLine: 33 },
      category: 'correctness',
      title: 'The retry loop never waits',
      body: '`backoff` returns a promise that nothing awaits, so all five attempts happen at once.',
      source: 'some-model',
      confidence: 0.9,
      excerpt: {
        firstLine: 31,
        lines: [
          '  for (let i = 0; i < 5; i++) {',
          '\tbackoff(i);\t// 待つ',
          '    if (await put(file)) return;',
        ],
        caret: null,
      },
    }),
    sampleFinding({
      id: 'c0de',
      fingerprint: 'c0de'.repeat(16),
      path: HOSTILE_PATH,
      place: { startLine: 2, endLine: 2 },
      severity: 'warning',
      category: `rule\x1b[0m`,
      title: HOSTILE_TEXT,
      body: HOSTILE_TEXT,
      source: `tool\u202e`,
      excerpt: {
        firstLine: 2,
        lines: [`if (a\u202e) // \x1b[2K`],
        caret: { line: 2, startColumn: 6, endColumn: 7 },
      },
    }),
    sampleFinding({
      id: 'd00d',
      fingerprint: 'd00d'.repeat(16),
      path: 'package.json',
      place: null,
      severity: 'warning',
      category: 'lockfile',
      title: 'dependencies changed, package-lock.json did not',
      body: '',
      excerpt: null,
    }),
    sampleFinding({
      id: 'e55e',
      fingerprint: 'e55e'.repeat(16),
      path: LATIN1_PATH,
      place: { startLine: 1, endLine: 1, startColumn: 1, endColumn: 9 },
      severity: 'info',
      category: 'no-debugger',
      title: 'Unexpected debugger statement: 100%, really',
      body: 'https://example.com/rules/no-debugger',
      source: 'ESLint',
      excerpt: { firstLine: 1, lines: ['debugger'], caret: { line: 1, startColumn: 1, endColumn: 9 } },
    }),
    ...(['inline-ignore', 'baseline', 'dismissed'] as const).map((by, index) =>
      sampleFinding({
        id: `f00${index}`,
        fingerprint: `f00${index}`.repeat(16),
        place: { startLine: 3 + index, endLine: 3 + index },
        excerpt: null,
        suppressed: { by, reason: `a key of the documentation ${HOSTILE_TEXT}` },
      }),
    ),
  ],
  timing: { totalMs: 20_004.2 },
});
