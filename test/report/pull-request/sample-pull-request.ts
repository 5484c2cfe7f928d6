import type { FileChange } from '../../../src/change/change-set.ts';
import { createPatchParser } from '../../../src/change/parse-patch.ts';
import type { Finding } from '../../../src/review/finding.ts';
import { type PostPlan, planPosts } from '../../../src/review/posts/plan-posts.ts';
import type { ModelShare, Review } from '../../../src/review/review.ts';
import {
  excluded,
  fullReview,
  HOSTILE_PATH,
  HOSTILE_TEXT,
  reviewed,
  sampleFile,
  sampleFinding,
  sampleReview,
  skipped,
} from '../../support/sample-review.ts';

export const HEAD = `4f1c2ab${'0'.repeat(33)}`;
export const HOSTS = ['github.com'];

/** A name that would end a cell, a span of code and a comment, and tell a team. */
export const MARKUP_PATH = 'src/a|`b`/<!-- @org/team -->/![x](y).ts';

export const MODEL: ModelShare = {
  models: ['some-model'],
  calls: 3,
  tokens: { input: 1_500, output: 100, cacheRead: 7_500, cacheWrite: 0, estimated: false },
  usd: 0.0231,
  unpriced: false,
  units: { reviewed: 1, known: 0, failed: 0 },
  dropped: { unplaced: 1, refuted: 0, merged: 0 },
};

/** Lines 30 to 35 of the new file, of which 32 is another one. */
function changed(path: string, more: Partial<FileChange> = {}): FileChange {
  const parser = createPatchParser();
  const hunk = '@@ -30,6 +30,6 @@\n a\n b\n-c\n+C\n d\n e\n f\n';
  const patch = Buffer.from(`diff --git a/a.ts b/a.ts\n--- a/a.ts\n+++ b/a.ts\n${hunk}`);
  const [section] = [...parser.push(patch), ...parser.end()];
  return sampleFile(path, { hunks: section?.hunks ?? [], ...more });
}

export const BACKOFF: Finding = sampleFinding({
  id: 'b81c',
  fingerprint: 'b81c'.repeat(16),
  place: { startLine: 31, endLine: 33 },
  category: 'correctness',
  title: 'The retry loop never waits',
  body: '`backoff` returns a promise that nothing awaits, so all five attempts happen at once.\n\nThanks to @bob: fixes #1. ![x](https://evil.example/?q=1)',
  source: 'some-model',
  confidence: 0.9,
  excerpt: {
    firstLine: 31,
    lines: ['  for (let i = 0; i < 5; i++) {', '    backoff(i);', '    if (await put(file)) return;'],
    caret: null,
  },
  suggestion: { startLine: 32, endLine: 32, lines: ['\tawait backoff(i); // ```'] },
});

const findings: readonly Finding[] = [
  BACKOFF,
  sampleFinding({ path: MARKUP_PATH, place: { startLine: 90, endLine: 90, startColumn: 3, endColumn: 9 } }),
  sampleFinding({
    id: 'c0de',
    fingerprint: 'c0de'.repeat(16),
    path: HOSTILE_PATH,
    place: null,
    severity: 'info',
    category: 'rule|1',
    title: HOSTILE_TEXT,
    body: '',
    excerpt: null,
  }),
  sampleFinding({
    id: 'd00d',
    fingerprint: 'd00d'.repeat(16),
    path: 'src/elsewhere.ts',
    severity: 'warning',
    title: 'A caller still passes | a string',
    body: '```ts\nupload("x")',
  }),
];

function withFiles(review: Review, files: readonly FileChange[]): Review {
  return { ...review, change: { ...review.change, files, head: { commit: HEAD } } };
}

/** Findings on a line, at a file and with no place; names and texts that are hostile. */
export const threeFindings: Review = withFiles(
  sampleReview({
    verdict: { outcome: 'fail', failOn: 'error', outOfTime: false },
    coverage: {
      files: [
        excluded('dist/bundle.js', 'generated'),
        reviewed('src/upload.ts'),
        reviewed(MARKUP_PATH),
        reviewed(HOSTILE_PATH),
      ],
      failures: [],
      notes: [],
    },
    findings,
    timing: { totalMs: 21_300 },
    model: MODEL,
  }),
  [
    sampleFile('dist/bundle.js', { hunks: null, unread: 'excluded' }),
    changed('src/upload.ts'),
    changed(MARKUP_PATH, { status: 'renamed', oldPath: 'src/old.ts' }),
    changed(HOSTILE_PATH, { status: 'added', before: null }),
  ],
);

/** Not everything was looked at, and what was has nothing. */
export const incomplete: Review = withFiles(
  sampleReview({
    verdict: { outcome: 'incomplete', failOn: 'error', outOfTime: true },
    coverage: {
      files: [
        reviewed('a.ts'),
        skipped('data.sql', 'larger than 512 kB (limits.fileBytes)'),
        skipped(MARKUP_PATH, 'not looked at by the model: @org/team | ![x](y)'),
      ],
      failures: ['the model review failed: 529 <b>overloaded</b>'],
      notes: ['.code-agent.yml is part of this change: it is not in effect yet'],
    },
  }),
  [
    changed('a.ts'),
    sampleFile('data.sql', { hunks: null, unread: 'larger than 512 kB' }),
    changed(MARKUP_PATH),
  ],
);

export const emptyChange: Review = withFiles(
  sampleReview({ coverage: { files: [], failures: [], notes: [] } }),
  [],
);

const manyPaths = Array.from(
  { length: 3000 },
  (_, index) => `packages/${'deep/'.repeat(index % 60)}module-${index}/source-file.ts`,
);

/** 3,000 files, each with a finding of a page. */
export const manyFiles: Review = withFiles(
  sampleReview({
    verdict: { outcome: 'fail', failOn: 'error', outOfTime: false },
    coverage: {
      files: manyPaths.map((path, index) =>
        index % 3 === 0 ? skipped(path, `reason ${index}`) : reviewed(path),
      ),
      failures: [],
      notes: [],
    },
    findings: manyPaths.map((path, index) =>
      sampleFinding({
        id: `x${index}`,
        fingerprint: String(index).padStart(64, '0'),
        path,
        severity: index < 1000 ? 'error' : index < 2000 ? 'warning' : 'info',
        place: { startLine: 31, endLine: 31 },
        body: `Why. ${'@'.repeat(40_000)}`,
      }),
    ),
    model: MODEL,
  }),
  manyPaths.map((path) => changed(path)),
);

/** Everything at once, with failures. */
export const everything: Review = withFiles(fullReview, fullReview.change.files);

export const planOf = (review: Review): PostPlan => planPosts({ review, standing: [] });
