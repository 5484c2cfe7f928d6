import { expect, test } from 'vitest';
import { clientFor } from '../../support/github/connect.ts';
import {
  diffHunkOf,
  positionOf,
  reviewCommentProblem,
  textProblem,
} from '../../support/github/review-rules.ts';
import { parseDiff, type ShownFile } from '../../support/github/shown-diff.ts';
import { testGitHub } from '../../support/github/test-github.ts';

/** Of twenty lines `3` is changed and `12` is removed; the hunks are 1-6 and 9-15 before, 9-14 after. */
const FILE: ShownFile = {
  path: 'a.ts',
  oldPath: 'a.ts',
  hunks: [
    {
      header: '@@ -1,6 +1,6 @@',
      oldStart: 1,
      newStart: 1,
      kinds: '  -+   ',
      lines: [' 1', ' 2', '-3', '+three', ' 4', ' 5', ' 6'],
    },
    {
      header: '@@ -9,7 +9,6 @@',
      oldStart: 9,
      newStart: 9,
      kinds: '   -   ',
      lines: [' 9', ' 10', ' 11', '-12', ' 13', ' 14', ' 15'],
    },
    { header: '@@ -16 +15,2 @@', oldStart: 16, newStart: 15, kinds: ' +', lines: [' 16', '+new'] },
  ],
};
const DIFF = new Map([['a.ts', FILE]]);
const problem = (comment: object) => reviewCommentProblem(DIFF, { path: 'a.ts', body: 'x', ...comment });

test.each([
  ['an added line on the right', { line: 3, side: 'RIGHT' }, null],
  ['the right is the default', { line: 3 }, null],
  ['a removed line on the left', { line: 3, side: 'LEFT' }, null],
  ['a context line on the left', { line: 9, side: 'LEFT' }, null],
  ['a context line on the right, by its new number', { line: 14, side: 'RIGHT' }, null],
  ['a line between the hunks', { line: 7 }, 'Line must be part'],
  ['the old number of a context line', { line: 16, side: 'LEFT' }, null],
  ['a line behind the end', { line: 17 }, 'Line must be part'],
  ['line 0', { line: 0 }, 'Line must be part'],
  ['no line', {}, 'Line is missing'],
  ['a path that is not in the diff', { path: 'b.ts', line: 3 }, 'Path could not'],
  ['a range', { start_line: 1, line: 3 }, null],
  ['a range over both sides', { start_line: 3, start_side: 'LEFT', line: 3, side: 'RIGHT' }, null],
  [
    'a range that ends before its start on the other side',
    { start_line: 4, start_side: 'RIGHT', line: 3, side: 'LEFT' },
    'Start line must precede',
  ],
  ['a range of one line', { start_line: 3, line: 3 }, 'Start line must precede'],
  ['a range backwards', { start_line: 4, line: 3 }, 'Start line must precede'],
  ['a range over two hunks', { start_line: 6, line: 9 }, 'Start line must be part of the same'],
  ['a range over two hunks that touch', { start_line: 14, line: 15 }, 'Start line must be part of the same'],
  ['a range from outside', { start_line: 7, line: 9 }, 'Start line must be part of the diff'],
  ['a start side without a start', { start_side: 'RIGHT', line: 3 }, 'Start side without'],
  ['a side that is none', { line: 3, side: 'BOTH' }, 'Side is not'],
  ['a file', { subject_type: 'file' }, null],
  ['a file with a line', { subject_type: 'file', line: 3 }, 'A comment on a file has no line'],
  ['a blank body', { line: 3, body: ' \n' }, "Body can't be blank"],
  ['a position', { position: 1 }, 'Position is closing'],
])('%s', (_, comment, expected) => {
  if (expected === null) expect(problem(comment)).toBeNull();
  else expect(problem(comment)).toContain(expected);
});

test('a body has at most 65,536 characters, however many bytes', () => {
  expect(textProblem('ä'.repeat(65_536))).toBeNull();
  expect(textProblem('ä'.repeat(65_537))).toContain('too long');
});

test('the position counts the lines of further hunks and their headers', () => {
  expect(positionOf(FILE, 1, 'RIGHT')).toBe(1);
  expect(positionOf(FILE, 12, 'LEFT')).toBe(12);
  expect(diffHunkOf(FILE, 3, 'LEFT')).toBe('@@ -1,6 +1,6 @@\n 1\n 2\n-3');
});

test('a diff is read by its counts: content that looks like a header is content', () => {
  const raw = [
    ':100644 100644 1111111 2222222 R090\0old name.ts\0new "name".ts\0',
    ':100644 000000 1111111 0000000 D\0gone.ts\0',
    ':100644 120000 1111111 2222222 T\0kind.ts\0',
    ':100644 100644 1111111 2222222 M\0image.png\0\0',
    'diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,2 +1,3 @@\n diff --git a/a b/a\n-@@ -1 +1 @@\n+++ b/x\n+two\n\\ No newline at end of file\n',
    'diff --git a/gone.ts b/gone.ts\ndeleted file mode 100644\n--- a/gone.ts\n+++ /dev/null\n@@ -1 +0,0 @@\n-gone\n',
    'diff --git a/kind.ts b/kind.ts\ndeleted file mode 100644\n--- a/kind.ts\n+++ /dev/null\n@@ -1 +0,0 @@\n-text\n',
    'diff --git a/kind.ts b/kind.ts\nnew file mode 120000\n--- /dev/null\n+++ b/kind.ts\n@@ -0,0 +1 @@\n+to\n\\ No newline at end of file\n',
    'diff --git a/image.png b/image.png\nindex 1..2 100644\nBinary files a/image.png and b/image.png differ\n',
  ].join('');
  const files = [...parseDiff(Buffer.from(raw)).values()];
  expect(files.map(({ path, oldPath, hunks }) => [path, oldPath, hunks.map(({ kinds }) => kinds)])).toEqual([
    ['new "name".ts', 'old name.ts', [' -++']],
    ['gone.ts', 'gone.ts', ['-']],
    ['kind.ts', 'kind.ts', ['-', '+']],
    ['image.png', 'image.png', []],
  ]);
});

const SHOP = { owner: 'acme', repo: 'shop', pull_number: 1 };
const LINES = Array.from({ length: 30 }, (_, at) => `line ${at + 1}`);
const text = (lines: readonly string[]) => `${lines.join('\n')}\n`;

async function shopWithPull(author?: string, mayViolate = false) {
  const github = await testGitHub({ mayRefuse: true, mayViolate });
  await github.addRepository('acme/shop', { files: { 'a.ts': text(LINES), 'old.ts': text(LINES) } });
  await github.openPullRequest('acme/shop', {
    head: 'change',
    push: {
      files: {
        'a.ts': text(LINES.with(4, 'changed')),
        'old.ts': null,
        'new.ts': text(LINES.with(9, 'changed')),
      },
    },
    ...(author === undefined ? {} : { author }),
  });
  return { github, ...(await clientFor(github, 'acme/shop')).rest };
}

test('fault 37: a review with one bad comment is refused whole, and the answer does not name it', async () => {
  const { github, pulls } = await shopWithPull();
  const good = { path: 'a.ts', line: 5, side: 'RIGHT', body: 'good' };
  const error: unknown = await pulls
    .createReview({ ...SHOP, event: 'COMMENT', comments: [good, { ...good, line: 20 }, good] })
    .catch((reason: unknown) => reason);
  expect(error).toMatchObject({
    status: 422,
    response: { data: { message: 'Unprocessable Entity', errors: ['Line must be part of the diff'] } },
  });
  expect(github.refusals).toMatchObject([
    { problem: 'comments[1]: Line must be part of the diff: a.ts:20 RIGHT' },
  ]);
  expect(github.pullRequest('acme/shop', 1)).toMatchObject({ reviews: [], reviewComments: [] });
  await pulls.createReview({ ...SHOP, event: 'COMMENT', comments: [good] });
  expect(github.pullRequest('acme/shop', 1).reviewComments).toMatchObject([{ line: 5, isOutdated: false }]);
});

test('a renamed file has its new path, on both sides', async () => {
  const { pulls } = await shopWithPull();
  const comment = { line: 10, side: 'LEFT', body: 'x' };
  await expect(
    pulls.createReview({ ...SHOP, event: 'COMMENT', comments: [{ ...comment, path: 'old.ts' }] }),
  ).rejects.toThrow('Path could not be resolved');
  await pulls.createReview({ ...SHOP, event: 'COMMENT', comments: [{ ...comment, path: 'new.ts' }] });
});

test('a pending review blocks the next one until it is deleted', async () => {
  const { pulls } = await shopWithPull();
  const { data: pending } = await pulls.createReview({ ...SHOP, body: 'wait' });
  await expect(pulls.createReview({ ...SHOP, event: 'COMMENT', body: 'x' })).rejects.toMatchObject({
    status: 422,
  });
  await expect(
    pulls.createReviewComment({
      ...SHOP,
      commit_id: pending.commit_id ?? '',
      path: 'a.ts',
      line: 5,
      body: 'x',
    }),
  ).rejects.toMatchObject({ status: 422 });
  await pulls.deletePendingReview({ ...SHOP, review_id: pending.id });
  await pulls.createReview({ ...SHOP, event: 'COMMENT', body: 'x' });
});

test('nobody approves or blocks their own pull request', async () => {
  const { github, pulls } = await shopWithPull('code-agent[bot]');
  for (const event of ['APPROVE', 'REQUEST_CHANGES'] as const)
    await expect(pulls.createReview({ ...SHOP, event, body: 'x' })).rejects.toMatchObject({ status: 422 });
  await pulls.createReview({ ...SHOP, event: 'COMMENT', body: 'x' });
  expect(github.pullRequest('acme/shop', 1).reviews).toHaveLength(1);
});

test('a commit has to be of the pull request', async () => {
  const { github, pulls } = await shopWithPull();
  const before = await github.resolve('acme/shop', 'change');
  const base = await github.resolve('acme/shop', 'main');
  const review = { ...SHOP, event: 'COMMENT', body: 'x' } as const;
  await expect(pulls.createReview({ ...review, commit_id: base })).rejects.toMatchObject({ status: 422 });
  await pulls.createReview({ ...review, commit_id: before });
  await github.forcePush('acme/shop', 'change', { files: { 'a.ts': 'other\n' } });
  await expect(pulls.createReview({ ...review, commit_id: before })).rejects.toMatchObject({ status: 422 });
});

test('a file is commented on only by the endpoint for one comment', async () => {
  const github = await testGitHub({ mayRefuse: true, mayViolate: true });
  await github.addRepository('acme/shop');
  await github.openPullRequest('acme/shop', { head: 'change', push: { files: { 'a.ts': 'x\n' } } });
  const { request } = await clientFor(github, 'acme/shop');
  const comment = { path: 'a.ts', body: 'x', subject_type: 'file' };
  const review = { ...SHOP, event: 'COMMENT' as const, comments: [comment] };
  await expect(
    request('POST /repos/{owner}/{repo}/pulls/{pull_number}/reviews', review),
  ).rejects.toMatchObject({
    status: 422,
  });
  expect(github.violations).toMatchObject([
    {
      operation: 'pulls/create-review',
      problem: expect.stringContaining('"additionalProperty":"subject_type"'),
    },
  ]);
});

test('when the head moves a line keeps its number, gets a new one, or is gone', async () => {
  const { github, pulls } = await shopWithPull();
  const comments = [5, 7].map((line) => ({ path: 'a.ts', line, side: 'RIGHT', body: `${line}` }));
  await pulls.createReview({
    ...SHOP,
    event: 'COMMENT',
    comments: [
      ...comments,
      { path: 'a.ts', start_line: 4, line: 6, side: 'RIGHT', start_side: 'RIGHT', body: 'range' },
    ],
  });
  const seen = () =>
    github
      .pullRequest('acme/shop', 1)
      .reviewComments.map(({ startLine, line, isOutdated }) => [startLine, line, isOutdated]);

  // Two lines more above; the change itself is as it was.
  const moved = ['more', 'more', ...LINES.with(4, 'changed')];
  await github.push('acme/shop', 'change', { files: { 'a.ts': text(moved) } });
  expect(seen()).toEqual([
    [null, 7, false],
    [null, 9, false],
    [6, 8, false],
  ]);
  // Line 5 is another: its comment is outdated; the range around it still has both its ends.
  await github.push('acme/shop', 'change', { files: { 'a.ts': text(moved.with(6, 'again')) } });
  expect(seen()).toEqual([
    [null, null, true],
    [null, 9, false],
    [6, 8, false],
  ]);
  const { data } = await pulls.listReviewComments(SHOP);
  expect(data[0]).toMatchObject({ line: null, original_line: 5, position: 1 });
  // The change is taken back: line 7 has left the diff and keeps a number.
  await github.push('acme/shop', 'change', { files: { 'a.ts': text(LINES) } });
  expect(seen()[1]).toEqual([null, 7, false]);
  // And back: what was said of line 5 is in place again.
  await github.push('acme/shop', 'change', { files: { 'a.ts': text(LINES.with(4, 'changed')) } });
  expect(seen()[0]).toEqual([null, 5, false]);
});

test('fault 44: a check run takes 50 annotations a request', async () => {
  const { github, checks } = await shopWithPull('mona', true);
  const at = {
    owner: 'acme',
    repo: 'shop',
    name: 'code-agent',
    head_sha: await github.resolve('acme/shop', 'change'),
  };
  const annotations = Array.from({ length: 51 }, (_, line) => ({
    path: 'a.ts',
    start_line: line + 1,
    end_line: line + 1,
    annotation_level: 'notice' as const,
    message: 'x',
  }));
  const output = { title: 't', summary: 's' };
  await expect(checks.create({ ...at, output: { ...output, annotations } })).rejects.toMatchObject({
    status: 422,
  });
  const { data } = await checks.create({
    ...at,
    output: { ...output, annotations: annotations.slice(0, 50) },
  });
  const run = { owner: 'acme', repo: 'shop', check_run_id: data.id };
  await checks.update({ ...run, output: { ...output, annotations: annotations.slice(50) } });
  await expect(
    checks.update({ ...run, output: { ...output, summary: 'x'.repeat(65_536) } }),
  ).rejects.toMatchObject({
    status: 422,
  });
  await checks.update({ ...run, conclusion: 'neutral', output: { ...output, summary: 'x'.repeat(65_535) } });
  expect(github.pullRequest('acme/shop', 1).checkRuns).toMatchObject([
    { status: 'completed', conclusion: 'neutral', annotations: { length: 51 } },
  ]);
});
