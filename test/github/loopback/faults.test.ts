import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { clientFor } from '../../support/github/connect.ts';
import type { LoopbackOptions } from '../../support/github/loopback-github.ts';
import { testGitHub } from '../../support/github/test-github.ts';

const ISSUE = { owner: 'acme', repo: 'shop', issue_number: 1, body: 'x' };

async function shop(options: LoopbackOptions = {}) {
  const github = await testGitHub(options);
  await github.addRepository('acme/shop');
  await github.openPullRequest('acme/shop', { head: 'change', push: { files: { a: '1\n' } } });
  const { rest } = await clientFor(github, 'acme/shop');
  const say = () => rest.issues.createComment({ ...ISSUE, request: { signal: AbortSignal.timeout(500) } });
  return { github, say, count: () => github.pullRequest('acme/shop', 1).issueComments.length };
}

test.each([
  ['502', { status: 502 }, 0],
  ['stored-then-502', { status: 502 }, 1],
  ['reset', { status: 500 }, 0],
  ['stored-then-reset', { status: 500 }, 1],
  ['timeout', {}, 0],
  ['stored-then-timeout', {}, 1],
  [{ status: 418, body: { message: 'tea' } }, { status: 418 }, 0],
] as const)('%j happens once, then all is well', async (fault, error, stored) => {
  const { github, say, count } = await shop();
  github.inject({ operation: 'issues/create-comment', fault });
  await expect(say()).rejects.toMatchObject(error);
  expect(count()).toBe(stored);
  await say();
  expect(count()).toBe(stored + 1);
  expect(github.requests.filter(({ operation }) => operation === 'issues/create-comment')).toHaveLength(2);
});

test('limits tell when to come back', async () => {
  const { github, say } = await shop();
  github.inject({ operation: '*', fault: 'secondary-limit', retryAfterSeconds: 7, after: 1 });
  await say();
  await expect(say()).rejects.toMatchObject({ status: 403, response: { headers: { 'retry-after': '7' } } });
  github.inject({ operation: '*', fault: 'primary-limit', times: 2 });
  for (let time = 0; time < 2; time += 1)
    await expect(say()).rejects.toMatchObject({ response: { headers: { 'x-ratelimit-remaining': '0' } } });
  github.inject({ operation: '*', fault: '502', times: 9 });
  github.clearFaults();
  await say();
});

test('so many contents a minute, and no more', async () => {
  const { say, count } = await shop({ limits: { contentPerMinute: 2 } });
  await say();
  await say();
  await expect(say()).rejects.toMatchObject({
    status: 403,
    response: { headers: { 'retry-after': expect.any(String) } },
  });
  expect(count()).toBe(2);
});

test('each write can be waited at, before it is stored and before it is answered', async () => {
  const { github, say, count } = await shop();
  const seen: string[] = [];
  github.beforeEachWrite(
    ({ operation, count: at }) => void seen.push(`before ${operation} ${at} ${count()}`),
  );
  const stop = github.afterEachWrite(async ({ operation, count: at }) => {
    await setTimeout(10);
    seen.push(`after ${operation} ${at} ${count()}`);
  });
  await say();
  stop();
  await say();
  expect(seen).toEqual([
    'before issues/create-comment 1 0',
    'after issues/create-comment 1 1',
    'before issues/create-comment 2 1',
  ]);
});

test('a review of 3,000 files is no matter', async () => {
  const { github } = await shop();
  const files = Object.fromEntries(
    Array.from({ length: 3000 }, (_, at) => [`src/${at}.ts`, `export const a = ${at};\n`]),
  );
  await github.openPullRequest('acme/shop', { head: 'large', push: { files } });
  const octokit = await clientFor(github, 'acme/shop');
  await octokit.rest.pulls.createReview({
    owner: 'acme',
    repo: 'shop',
    pull_number: 2,
    event: 'COMMENT',
    comments: Object.keys(files).map((path) => ({ path, line: 1, body: 'x' })),
  });
  await github.push('acme/shop', 'large', { files: { 'src/7.ts': 'other\n' } });
  const comments = await octokit.paginate(octokit.rest.pulls.listReviewComments, {
    owner: 'acme',
    repo: 'shop',
    pull_number: 2,
    per_page: 100,
  });
  expect(comments).toHaveLength(3000);
  expect(comments.filter(({ line }) => line === null).map(({ path }) => path)).toEqual(['src/7.ts']);
});
