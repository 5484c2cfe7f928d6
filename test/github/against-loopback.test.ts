import { describe, expect, it, onTestFinished, test } from 'vitest';
import { createGitHubApp } from '../../src/github/create-github-app.ts';
import type { GitHubApp, GitHubOptions } from '../../src/github/github-app.ts';
import { RESOLVE_THREADS, REVIEW_READ, REVIEW_WRITE } from '../../src/github/permissions.ts';
import type { RepositoryClient } from '../../src/github/repository-client.ts';
import type { LoopbackGitHub, LoopbackOptions } from '../support/github/loopback-github.ts';
import { testGitHub } from '../support/github/test-github.ts';
import { failureOf } from './scripted-github.ts';

const SHOP = 'acme/shop';
const LINES = Array.from({ length: 30 }, (_, index) => `line ${index + 1}\n`).join('');

interface Started {
  readonly github: LoopbackGitHub;
  readonly app: GitHubApp;
  readonly repository: number;
  readonly installation: number;
  readonly number: number;
  readonly head: string;
  readonly reader: RepositoryClient;
  readonly writer: RepositoryClient;
}

/** A repository with a pull request that adds thirty lines. */
async function start(
  options: Parameters<typeof testGitHub>[0] & LoopbackOptions = {},
  ours: GitHubOptions = {},
): Promise<Started> {
  const github = await testGitHub(options);
  const { id: repository, installation } = await github.addRepository(SHOP);
  const number = await github.openPullRequest(SHOP, {
    head: 'retry',
    title: 'Retry uploads',
    labels: ['bug'],
    push: { files: { 'upload.ts': LINES } },
  });
  const app = createGitHubApp(
    { appId: github.app.id, privateKey: github.app.privateKey, apiUrl: github.apiUrl },
    { writeGapMs: 0, ...ours },
  );
  return {
    github,
    app,
    repository,
    installation,
    number,
    head: github.pullRequest(SHOP, number).headSha,
    reader: app.client(installation, repository, REVIEW_READ),
    writer: app.client(installation, repository, REVIEW_WRITE),
  };
}

const onLine = (line: number, startLine: number | null = null) => ({
  path: 'upload.ts',
  body: `On line ${line}.`,
  side: 'RIGHT' as const,
  line,
  startLine,
});

test('who we are, and what the repository and the pull request are', async () => {
  const { github, app, reader, repository, number, head } = await start();
  const { id: appId, slug, userId } = github.app;
  expect(await app.identity()).toEqual({ appId, slug, userId });
  expect(await reader.repository()).toEqual({ id: repository, fullName: SHOP, defaultBranch: 'main' });
  const pull = await reader.pullRequest(number);
  expect(pull).toMatchObject({
    number,
    title: 'Retry uploads',
    draft: false,
    state: 'open',
    labels: ['bug'],
    author: { login: 'mona', type: 'User' },
    head: { sha: head, ref: 'retry', repository: { id: repository, fullName: SHOP } },
    base: { sha: await github.resolve(SHOP, 'main'), ref: 'main', repository: { id: repository } },
    changedFiles: 1,
    additions: 30,
    deletions: 0,
  });
});

test('a pull request of a fork that is gone [46] has no head repository', async () => {
  const { github, reader } = await start();
  await github.fork(SHOP, 'eve/shop', { by: 'eve' });
  const number = await github.openPullRequest(SHOP, {
    head: 'fix',
    headRepository: 'eve/shop',
    push: { files: { 'fix.ts': 'fixed\n' } },
    author: 'eve',
  });
  expect((await reader.pullRequest(number)).head.repository).toMatchObject({ fullName: 'eve/shop' });
  await github.deleteRepository('eve/shop', { by: 'eve' });
  expect((await reader.pullRequest(number)).head.repository).toBeNull();
});

test('what somebody may do', async () => {
  const { github, reader } = await start();
  for (const [role, level] of [
    ['admin', 'write'],
    ['maintain', 'write'],
    ['write', 'write'],
    ['triage', 'read'],
    ['read', 'read'],
  ] as const) {
    const user = github.addUser(`user-${role}`);
    github.setPermission(SHOP, user.login, role);
    expect(await reader.permissionOf(user)).toBe(level);
    expect(await reader.permissionOf({ ...user, id: user.id + 100_000 })).toBe('none');
  }
});

test('tokens are cut down: no other repository, no more than was asked for', async () => {
  const { github, app, installation, reader, number } = await start({ mayRefuse: true });
  const other = await github.addRepository('acme/secrets', { private: true });
  const token = await app.token(installation, other.id, REVIEW_READ);
  expect(token.fullName).toBe('acme/secrets');
  const pull = `${github.apiUrl}/repos/${SHOP}/issues/${number}/comments`;
  const headers = {
    authorization: `bearer ${token.token}`,
    'content-type': 'application/json',
    'user-agent': 'test',
  };
  const response = await fetch(pull, { method: 'POST', headers, body: '{"body":"Hello."}' });
  expect([403, 404]).toContain(response.status);
  expect(await failureOf(reader.createIssueComment(number, 'Hello.'))).toMatchObject({
    kind: 'forbidden',
    status: 403,
    mayHaveHappened: false,
  });
  const foreign = await failureOf(app.token(installation, 999_999, REVIEW_READ));
  expect(foreign).toMatchObject({ kind: 'refused', status: 422 });
});

test('a review with comments, their ids, a file comment, an answer', async () => {
  const { github, writer, number, head, app } = await start();
  const { userId } = await app.identity();
  const comments = [onLine(3), onLine(9, 7), onLine(12, 12)];
  const review = await writer.createReview(number, { commit: head, body: 'Three.', comments });
  expect(review).toMatchObject({
    body: 'Three.',
    state: 'COMMENTED',
    author: { id: userId },
  });
  const made = (await writer.commentsOfReview(number, review.id)).items;
  expect(made.map(({ body }) => body)).toEqual(['On line 3.', 'On line 9.', 'On line 12.']);
  expect(new Set(made.map(({ reviewId }) => reviewId))).toEqual(new Set([review.id]));

  const onFile = await writer.createFileComment(number, {
    commit: head,
    path: 'upload.ts',
    body: 'The file.',
  });
  expect(onFile).toMatchObject({ subjectType: 'file', line: null });
  const answered = made[0];
  if (answered === undefined) throw new Error('there is no comment');
  const reply = await writer.replyTo(number, answered.id, 'Fixed.');
  expect(reply).toMatchObject({ inReplyTo: answered.id, body: 'Fixed.' });

  const { items, complete } = await writer.reviewComments(number);
  expect(complete).toBe(true);
  expect(items.map(({ line, startLine, side }) => [startLine, line, side]).slice(0, 3)).toEqual([
    [null, 3, 'RIGHT'],
    [7, 9, 'RIGHT'],
    [null, 12, 'RIGHT'],
  ]);
  expect(items.find(({ id }) => id === reply.id)?.author?.id).toBe(userId);
  expect(github.pullRequest(SHOP, number).reviewComments.map(({ body }) => body)).toEqual([
    'On line 3.',
    'On line 9.',
    'On line 12.',
    'The file.',
    'Fixed.',
  ]);
  const reviews = await writer.reviews(number);
  expect(reviews.items[0]).toMatchObject({ id: review.id, body: 'Three.' });
});

test('a comment on a line that is not shown is a refusal of the whole review [37]', async () => {
  const { github, writer, number, head } = await start({ mayRefuse: true });
  const error = await failureOf(
    writer.createReview(number, { commit: head, body: '', comments: [onLine(3), onLine(99)] }),
  );
  expect(error).toMatchObject({ kind: 'refused', status: 422, mayHaveHappened: false });
  expect(error.message.length + error.errors.join().length).toBeGreaterThan(50);
  expect(github.pullRequest(SHOP, number).reviews).toEqual([]);
});

test('an outdated comment has no line', async () => {
  const { github, writer, number, head } = await start();
  await writer.createReview(number, { commit: head, body: 'One.', comments: [onLine(3)] });
  await github.push(SHOP, 'retry', { files: { 'upload.ts': LINES.replace('line 3\n', 'other\n') } });
  const { items } = await writer.reviewComments(number);
  expect(items[0]).toMatchObject({
    line: null,
    originalLine: 3,
    originalCommitId: head,
    subjectType: 'line',
  });
});

test('issue comments over more than one page, and reactions', async () => {
  const { github, writer, number, app } = await start();
  for (let index = 1; index <= 130; index++) await github.comment(SHOP, number, `Comment ${index}`);
  const { items, complete } = await writer.issueComments(number);
  expect(complete).toBe(true);
  expect(items.map(({ body }) => body)).toEqual(
    Array.from({ length: 130 }, (_, index) => `Comment ${index + 1}`),
  );
  expect(github.requests.filter(({ operation }) => operation === 'issues/list-comments')).toHaveLength(2);

  const comment = await writer.createIssueComment(number, 'Summary.');
  expect(await writer.updateIssueComment(comment.id, 'New summary.')).toMatchObject({ body: 'New summary.' });
  const target = { to: 'issue-comment', id: comment.id } as const;
  const reaction = await writer.react(target, 'eyes');
  expect((await writer.react(target, 'eyes')).id).toBe(reaction.id);
  github.react(SHOP, comment.id, '-1');
  const { userId } = await app.identity();
  expect((await writer.reactions(target)).items).toEqual([
    { id: reaction.id, content: 'eyes', author: expect.objectContaining({ id: userId }) },
    expect.objectContaining({ content: '-1', author: expect.objectContaining({ login: 'mona' }) }),
  ]);
  expect(await writer.react({ to: 'pull-request', number }, 'rocket')).toMatchObject({ content: 'rocket' });
  expect((await writer.reactions({ to: 'pull-request', number })).items).toHaveLength(1);
  await github.deleteComment(SHOP, comment.id);
  // A comment that somebody has deleted [45].
  expect(await failureOf(writer.updateIssueComment(comment.id, 'Again.'))).toMatchObject({ kind: 'gone' });
});

test('reactions on a review comment', async () => {
  const { github, writer, number, head } = await start();
  const review = await writer.createReview(number, { commit: head, body: '', comments: [onLine(3)] });
  const [comment] = (await writer.commentsOfReview(number, review.id)).items;
  if (comment === undefined) throw new Error('there is no comment');
  github.react(SHOP, comment.id, '-1');
  await writer.react({ to: 'review-comment', id: comment.id }, 'eyes');
  const { items } = await writer.reactions({ to: 'review-comment', id: comment.id });
  expect(items.map(({ content }) => content)).toEqual(['-1', 'eyes']);
  expect((await writer.reviewComments(number)).items[0]).toMatchObject({ id: comment.id, thumbsDown: 1 });
});

test('a check run with 120 annotations is made in three requests [44]', async () => {
  const { github, writer, number, head, app } = await start();
  const run = await writer.createCheckRun({
    name: 'code-agent',
    headSha: head,
    externalId: 'r1',
    status: 'in_progress',
  });
  expect(run).toMatchObject({
    status: 'in_progress',
    conclusion: null,
    externalId: 'r1',
    annotationsCount: 0,
  });
  const annotations = Array.from({ length: 120 }, (_, index) => ({
    path: 'upload.ts',
    startLine: (index % 30) + 1,
    endLine: (index % 30) + 1,
    level: 'warning' as const,
    title: 'A warning',
    message: `Warning ${index}`,
  }));
  const output = { title: '120 warnings', summary: 'All of them.', text: 'In detail.', annotations };
  const done = await writer.updateCheckRun(run.id, { conclusion: 'failure', output });
  expect(done).toMatchObject({
    status: 'completed',
    conclusion: 'failure',
    annotationsCount: 120,
    title: '120 warnings',
  });
  expect(github.requests.filter(({ operation }) => operation === 'checks/update')).toHaveLength(3);
  const [seen] = github.pullRequest(SHOP, number).checkRuns;
  expect(seen?.annotations.map(({ message }) => message)).toEqual(annotations.map(({ message }) => message));

  expect(await writer.checkRun(run.id)).toEqual(done);
  const { appId } = await app.identity();
  expect((await writer.checkRuns(head, { name: 'code-agent', appId })).items).toEqual([done]);
  expect((await writer.checkRuns(head, { name: 'other' })).items).toEqual([]);
});

test('a check run whose second batch failed is not completed, and says how far it came', async () => {
  const { github, writer, head } = await start();
  const run = await writer.createCheckRun({ name: 'code-agent', headSha: head });
  const annotations = Array.from({ length: 70 }, (_, index) => ({
    path: 'upload.ts',
    startLine: 1,
    endLine: 1,
    level: 'notice' as const,
    message: `${index}`,
  }));
  const output = { title: 'Many', summary: 'Many.', annotations };
  github.inject({ operation: 'checks/update', fault: '502', after: 1 });
  const error = await failureOf(writer.updateCheckRun(run.id, { conclusion: 'success', output }));
  expect(error).toMatchObject({ kind: 'server', mayHaveHappened: true });
  const half = await writer.checkRun(run.id);
  expect(half).toMatchObject({ status: 'in_progress', conclusion: null, annotationsCount: 50 });
  const rest = { ...output, annotations: annotations.slice(half.annotationsCount) };
  expect(await writer.updateCheckRun(run.id, { conclusion: 'success', output: rest })).toMatchObject({
    conclusion: 'success',
    annotationsCount: 70,
  });
});

describe('threads', () => {
  it('say whether they are resolved, by whom, and what was said in them', async () => {
    const { github, app, writer, repository, installation, number, head } = await start();
    await writer.createReview(number, { commit: head, body: '', comments: [onLine(3), onLine(9)] });
    const [first, second] = (await writer.reviewComments(number)).items;
    if (first === undefined || second === undefined) throw new Error('there are no comments');
    const reply = await github.replyInThread(SHOP, number, first.id, 'It is meant so.');
    await github.resolveThread(SHOP, number, first.id);
    const { userId } = await app.identity();

    const { items, complete } = await writer.threads(number);
    expect(complete).toBe(true);
    expect(items).toMatchObject([
      {
        isResolved: true,
        resolvedBy: { login: 'mona', type: 'User' },
        path: 'upload.ts',
        comments: [
          { id: first.id, body: 'On line 3.', author: { id: userId, type: 'Bot' } },
          { id: reply, body: 'It is meant so.', author: { login: 'mona', type: 'User' } },
        ],
      },
      { isResolved: false, resolvedBy: null, comments: [{ id: second.id }] },
    ]);

    const open = items[1]?.id ?? '';
    expect(await failureOf(writer.resolveThread(open))).toMatchObject({
      kind: 'forbidden',
      mayHaveHappened: false,
    });
    const resolver = app.client(installation, repository, RESOLVE_THREADS);
    await resolver.resolveThread(open);
    expect((await writer.threads(number)).items.map(({ isResolved }) => isResolved)).toEqual([true, true]);
    expect(await failureOf(resolver.resolveThread('PRRT_none'))).toMatchObject({ kind: 'gone' });
  });

  it('are read over more than one page', async () => {
    const { writer, number, head } = await start();
    const comments = Array.from({ length: 60 }, (_, index) => onLine((index % 30) + 1));
    await writer.createReview(number, { commit: head, body: '', comments });
    const { items, complete } = await writer.threads(number);
    expect([items.length, complete]).toEqual([60, true]);
    expect(new Set(items.map(({ id }) => id)).size).toBe(60);
  });
});

describe('trouble', () => {
  it('a token that was refused is made anew once [40]', async () => {
    const { github, reader, number } = await start();
    await reader.pullRequest(number);
    github.expireTokens();
    expect(await reader.pullRequest(number)).toMatchObject({ number });
    const made = github.requests.filter(
      ({ operation }) => operation === 'apps/create-installation-access-token',
    );
    expect(made).toHaveLength(2);
  });

  it.each(['stored-then-502', 'stored-then-reset', 'stored-then-timeout'] as const)(
    'a write that was stored and then failed [38] is told of, and not sent again: %s',
    async (fault) => {
      const { github, writer, number } = await start({}, { timeoutMs: 300 });
      github.inject({ operation: 'issues/create-comment', fault });
      const error = await failureOf(writer.createIssueComment(number, 'Once.'));
      expect(error).toMatchObject({ mayHaveHappened: true, retryable: true });
      expect((await writer.issueComments(number)).items.map(({ body }) => body)).toEqual(['Once.']);
    },
  );

  it.each(['502', 'reset', 'timeout'] as const)('a read is tried again: %s', async (fault) => {
    const { github, reader, number } = await start({}, { timeoutMs: 300 });
    await reader.pullRequest(number);
    github.inject({ operation: 'pulls/get', fault, times: 2 });
    expect(await reader.pullRequest(number)).toMatchObject({ number });
    github.inject({ operation: 'pulls/get', fault, times: 3 });
    expect(await failureOf(reader.pullRequest(number))).toMatchObject({ mayHaveHappened: false });
  });

  it.each(['secondary-limit', 'primary-limit'] as const)('a limit [39] has its end: %s', async (fault) => {
    const { github, writer, number } = await start();
    github.inject({ operation: 'issues/create-comment', fault, retryAfterSeconds: 120 });
    const error = await failureOf(writer.createIssueComment(number, 'Once.'));
    expect(error).toMatchObject({ kind: 'rate-limited', mayHaveHappened: false });
    const seconds = ((error.retryAt?.getTime() ?? 0) - Date.now()) / 1000;
    expect(seconds).toBeGreaterThan(115);
    expect(seconds).toBeLessThan(123);
    expect(github.pullRequest(SHOP, number).issueComments).toEqual([]);
  });

  it('more contents than a minute may have end in a limit', async () => {
    const { writer, number } = await start({ limits: { contentPerMinute: 2 } });
    await writer.createIssueComment(number, 'One.');
    await writer.createIssueComment(number, 'Two.');
    expect(await failureOf(writer.createIssueComment(number, 'Three.'))).toMatchObject({
      kind: 'rate-limited',
    });
  });

  it('a repository that was renamed [36] is read and written under its new name', async () => {
    const { github, reader, writer, number, repository } = await start();
    const before = { id: repository, fullName: SHOP };
    for (const client of [reader, writer])
      expect((await client.pullRequest(number)).base.repository).toEqual(before);
    await github.renameRepository(SHOP, 'store');
    const after = { ...before, fullName: 'acme/store' };
    expect((await reader.pullRequest(number)).base.repository).toEqual(after);
    const error = await failureOf(writer.createIssueComment(number, 'Hello.'));
    expect(error).toMatchObject({ kind: 'moved', mayHaveHappened: false, retryable: true });
    await writer.createIssueComment(number, 'Hello.');
    expect((await reader.issueComments(number)).items).toHaveLength(1);
  });

  it('an App that was uninstalled [48] has no token any more', async () => {
    const { github, reader, number } = await start();
    await reader.pullRequest(number);
    await github.uninstall(SHOP);
    expect(await failureOf(reader.pullRequest(number))).toMatchObject({ kind: 'gone' });
  });

  it('permissions that were taken away are a refusal', async () => {
    const { github, writer, number } = await start();
    await writer.issueComments(number);
    github.setAppPermissions({ contents: 'read', pull_requests: 'read', checks: 'write', metadata: 'read' });
    const error = await failureOf(writer.createIssueComment(number, 'Hello.'));
    expect(error).toMatchObject({ kind: 'forbidden', retryable: false });
  });
});

test('deliveries that failed are found, read and sent again', async () => {
  const { github, app, number } = await start();
  const since = new Date(Date.now() - 60_000);
  // Nothing listens there.
  github.setWebhook('http://127.0.0.1:9/', 's'.repeat(32));
  onTestFinished(() => github.setWebhook(null, ''));
  for (let index = 0; index < 120; index++) await github.comment(SHOP, number, `Comment ${index}`);
  await github.settled();
  const found: string[] = [];
  for await (const { id, statusCode, event } of app.deliveries(since)) {
    expect([event, statusCode < 200 || statusCode > 299]).toEqual(['issue_comment', true]);
    found.push(id);
  }
  expect(found).toEqual(github.deliveries.map(({ id }) => String(id)).reverse());
  expect(found).toHaveLength(120);
  const [newest = ''] = found;
  const { request, guid } = await app.delivery(newest);
  expect(request.payload).toMatchObject({ action: 'created', comment: { body: 'Comment 119' } });
  await app.redeliver(newest);
  await github.settled();
  expect(github.deliveries.at(-1)).toMatchObject({ guid, isRedelivery: true });

  const later: string[] = [];
  for await (const { id } of app.deliveries(new Date(Date.now() + 60_000))) later.push(id);
  expect(later).toEqual([]);
});
