import { describe, expect, it } from 'vitest';
import { createGitHubApp } from '../../src/github/create-github-app.ts';
import { CHANGE_DRAFT, TASK_PUSH, TASK_READ, TASK_WRITE } from '../../src/github/permissions.ts';
import { testGitHub } from '../support/github/test-github.ts';
import { failureOf, REPOSITORY, type Reply, type Seen, startScriptedGitHub } from './scripted-github.ts';

const SHOP = 'acme/shop';
const BRANCH = 'code-agent/7-retry';

async function start(options: Parameters<typeof testGitHub>[0] = {}) {
  const github = await testGitHub(options);
  const { id: repository, installation } = await github.addRepository(SHOP, { private: true });
  const app = createGitHubApp(
    { appId: github.app.id, privateKey: github.app.privateKey, apiUrl: github.apiUrl },
    { writeGapMs: 0 },
  );
  const client = (permissions: Parameters<typeof app.client>[2]) =>
    app.client(installation, repository, permissions);
  return { github, repository, app, reader: client(TASK_READ), writer: client(TASK_WRITE), client };
}

const NEW = { title: 'Retry', body: 'Closes #1.', head: BRANCH, base: 'main', draft: true };

describe('what a task is asked for in', () => {
  it('is an issue, or a pull request as the issue that it is', async () => {
    const { github, reader } = await start();
    const number = await github.openIssue(SHOP, { title: 'Broken', labels: ['bug'], author: 'eve' });
    const author = { login: 'eve', id: expect.any(Number), type: 'User' };
    const issue = { number, title: 'Broken', body: '', state: 'open', labels: ['bug'], author };
    expect(await reader.issue(number)).toEqual({ ...issue, isPullRequest: false });
    await github.editIssue(SHOP, number, { body: 'It fails.', state: 'closed' });
    expect(await reader.issue(number)).toMatchObject({ body: 'It fails.', state: 'closed' });
    const pull = await github.openPullRequest(SHOP, { head: 'x', push: { files: { a: '1\n' } } });
    expect(await reader.issue(pull)).toMatchObject({ number: pull, isPullRequest: true });
    expect(await failureOf(reader.issue(99))).toMatchObject({ kind: 'gone' });
  });

  it('is answered there, with what may write no file', async () => {
    const { github, writer, reader, client } = await start();
    const issue = await github.openIssue(SHOP);
    const pull = await github.openPullRequest(SHOP, { head: 'x', push: { files: { a: '1\n' } } });
    for (const number of [issue, pull]) {
      const comment = await writer.createIssueComment(number, 'I am at it.');
      await writer.updateIssueComment(comment.id, 'Done.');
      await writer.react({ to: 'issue-comment', id: comment.id }, 'rocket');
      expect((await reader.issueComments(number)).items.map(({ body }) => body)).toEqual(['Done.']);
      expect(await failureOf(reader.createIssueComment(number, 'x'))).toMatchObject({ kind: 'forbidden' });
      expect(await failureOf(client(TASK_PUSH).createIssueComment(number, 'x'))).toMatchObject({
        kind: 'forbidden',
      });
    }
  });
});

describe('the repository and its branches', () => {
  it('are what they are now', async () => {
    const { github, reader, client, repository } = await start();
    expect(await reader.repository()).toEqual({ id: repository, fullName: SHOP, defaultBranch: 'main' });
    expect(await reader.branchHead('main')).toBe(await github.resolve(SHOP, 'main'));
    expect(await reader.branchHead(BRANCH)).toBeNull();
    const head = await github.push(SHOP, BRANCH, { files: { a: '1\n' } });
    expect(await reader.branchHead(BRANCH)).toBe(head);
    expect(await reader.branchHead('code-agent')).toBeNull();
    expect(await client(TASK_PUSH).branchHead(BRANCH)).toBe(head);
    expect(await failureOf(client(TASK_WRITE).branchHead('main'))).toMatchObject({ kind: 'forbidden' });
  });

  it('of a repository without a commit there is none, which is said', async () => {
    const { github, reader } = await start();
    await github.deleteBranch(SHOP, 'main');
    expect(await failureOf(reader.branchHead('main'))).toMatchObject({ kind: 'conflict' });
  });
});

describe('the pull request of a task', () => {
  it('is opened, found by its branch, changed and closed', async () => {
    const { github, reader, writer } = await start();
    const head = await github.push(SHOP, BRANCH, { files: { 'a.ts': '1\n' } });
    expect(await reader.pullRequestsOf(BRANCH)).toEqual([]);
    const made = await writer.createPullRequest(NEW);
    expect(made).toMatchObject({
      ...{ number: 1, title: 'Retry', body: 'Closes #1.', draft: true, state: 'open', changedFiles: 1 },
      author: { id: github.app.userId, type: 'Bot' },
      head: { ref: BRANCH, sha: head },
      base: { ref: 'main' },
    });
    const { changedFiles, additions, deletions, ...inList } = made;
    expect(await reader.pullRequestsOf(BRANCH)).toEqual([inList]);
    expect(await writer.updatePullRequest(1, { body: 'Closes #2.' })).toMatchObject({
      title: 'Retry',
      body: 'Closes #2.',
    });
    await writer.updatePullRequest(1, { title: 'Retry twice' });
    expect(github.pullRequest(SHOP, 1)).toMatchObject({ title: 'Retry twice', body: 'Closes #2.' });
    expect(await writer.updatePullRequest(1, { state: 'closed' })).toMatchObject({ state: 'closed' });
    expect(await reader.pullRequestsOf(BRANCH)).toEqual([]);
  });

  it('is made ready, and a draft, with what may write contents too', async () => {
    const { github, writer, reader, client } = await start();
    await github.push(SHOP, BRANCH, { files: { 'a.ts': '1\n' } });
    const { nodeId } = await writer.createPullRequest(NEW);
    for (const one of [writer, reader, client(TASK_PUSH)])
      expect(await failureOf(one.setDraft(nodeId, false))).toMatchObject({ kind: 'forbidden' });
    const changer = client(CHANGE_DRAFT);
    await changer.setDraft(nodeId, false);
    expect(await reader.pullRequestsOf(BRANCH)).toMatchObject([{ nodeId, draft: false }]);
    await changer.setDraft(nodeId, true);
    expect(github.pullRequest(SHOP, 1)).toMatchObject({ isDraft: true });
    expect(await failureOf(changer.setDraft('PR_none', true))).toMatchObject({ kind: 'gone' });
  });

  it('is no draft where there are none, which is said', async () => {
    const { github, app } = await start();
    const { id, installation } = await github.addRepository('acme/free', { drafts: false });
    await github.push('acme/free', BRANCH, { files: { 'a.ts': '1\n' } });
    const of = (permissions: Parameters<typeof app.client>[2]) => app.client(installation, id, permissions);
    const { nodeId } = await of(TASK_WRITE).createPullRequest({ ...NEW, draft: false });
    expect(await failureOf(of(CHANGE_DRAFT).setDraft(nodeId, true))).toMatchObject({
      ...{ kind: 'refused', operation: 'graphql/ConvertPullRequestToDraft', mayHaveHappened: false },
      errors: ['Draft pull requests are not supported in this repository.'],
    });
  });

  it('is no branch of that name in a fork', async () => {
    const { github, reader } = await start();
    await github.fork(SHOP, 'eve/shop', { by: 'eve' });
    const push = { files: { a: '1\n' } };
    await github.openPullRequest(SHOP, { head: BRANCH, headRepository: 'eve/shop', push, author: 'eve' });
    expect(await reader.pullRequestsOf(BRANCH)).toEqual([]);
    const ours = await github.openPullRequest(SHOP, { head: BRANCH, push });
    expect(await reader.pullRequestsOf(BRANCH)).toMatchObject([{ number: ours }]);
  });

  it('that is there already, or of nothing, is refused with what GitHub says', async () => {
    const { github, writer } = await start({ mayRefuse: true });
    await github.push(SHOP, BRANCH, { files: { 'a.ts': '1\n' } });
    await writer.createPullRequest(NEW);
    const again = await failureOf(writer.createPullRequest(NEW));
    expect(again).toMatchObject({ kind: 'refused', mayHaveHappened: false });
    expect(again.errors).toEqual([`PullRequest: A pull request already exists for acme:${BRANCH}.`]);
    const nothing = await failureOf(writer.createPullRequest({ ...NEW, head: 'main' }));
    expect(nothing.message).toContain('No commits between main and main');
    expect(await failureOf(writer.createPullRequest({ ...NEW, head: 'none' }))).toMatchObject({
      errors: ['PullRequest.head: invalid'],
    });
  });

  it('whose answer was lost is found by its branch', async () => {
    const { github, reader, writer } = await start();
    await github.push(SHOP, BRANCH, { files: { 'a.ts': '1\n' } });
    github.inject({ operation: 'pulls/create', fault: 'stored-then-502' });
    expect(await failureOf(writer.createPullRequest(NEW))).toMatchObject({
      kind: 'server',
      mayHaveHappened: true,
    });
    expect(await reader.pullRequestsOf(BRANCH)).toMatchObject([{ number: 1 }]);
  });

  it('is not opened with what may only push or read', async () => {
    const { github, reader, client } = await start();
    await github.push(SHOP, BRANCH, { files: { 'a.ts': '1\n' } });
    for (const one of [reader, client(TASK_PUSH)])
      expect(await failureOf(one.createPullRequest(NEW))).toMatchObject({ kind: 'forbidden' });
  });
});

describe('a repository that was renamed or handed on [36]', () => {
  it('is found by its new name, and the branch with its new owner', async () => {
    const { github, reader } = await start();
    await github.openIssue(SHOP, { title: 'Broken' });
    await github.openPullRequest(SHOP, { head: BRANCH, push: { files: { a: '1\n' } } });
    await reader.repository();
    await github.renameRepository(SHOP, 'store');
    expect(await reader.pullRequestsOf(BRANCH)).toHaveLength(1);
    await github.renameRepository('acme/store', 'mall');
    expect(await reader.issue(1)).toMatchObject({ title: 'Broken' });
    expect(await reader.repository()).toMatchObject({ fullName: 'acme/mall' });
  });

  const repository = (id: number): Reply => ({
    body: { id, full_name: 'mona/shop', default_branch: 'main' },
  });
  const issue: Reply = {
    body: { number: 1, title: 'Other', body: null, state: 'open', labels: ['old'], user: null },
  };

  it('has no issue that was moved to another one', async () => {
    const { client, seen } = await startScriptedGitHub(({ path }: Seen) => {
      if (path.endsWith('/repos/mona/shop')) return repository(REPOSITORY);
      return path.endsWith('/repositories/43/issues/1')
        ? issue
        : { status: 301, headers: { location: '/api/v3/repositories/43/issues/1' } };
    });
    expect(await failureOf(client.issue(1))).toMatchObject({ kind: 'gone', operation: 'issues/get' });
    expect(seen.filter(({ path }) => path.endsWith('/repositories/43/issues/1'))).toHaveLength(2);
  });

  it('is not taken for the one that has its old name now', async () => {
    const { client } = await startScriptedGitHub(({ path }: Seen) =>
      path.endsWith('/issues/1') ? issue : repository(43),
    );
    expect(await failureOf(client.issue(1))).toMatchObject({ kind: 'gone', operation: 'repos/get' });
    expect(await failureOf(client.repository())).toMatchObject({ kind: 'gone' });
  });

  it('reads an issue of a person who has left, with a label of an old kind', async () => {
    const { client } = await startScriptedGitHub(({ path }: Seen) =>
      path.endsWith('/issues/1') ? issue : repository(REPOSITORY),
    );
    expect(await client.issue(1)).toEqual({
      ...{ number: 1, title: 'Other', body: '', state: 'open', labels: ['old'] },
      ...{ author: null, isPullRequest: false },
    });
  });
});

it('a branch cannot be asked for so that something else is asked', async () => {
  const { client, seen } = await startScriptedGitHub(() => ({ status: 404 }));
  for (const name of ['../../pulls', '?x=1', '#', 'a b', '%2e%2e'])
    expect(await client.branchHead(name)).toBeNull();
  for (const { path } of seen)
    expect(path).toMatch(/^\/api\/v3\/repos\/mona\/shop\/git\/ref\/heads%2F[^/?#]+$/);
  const other = await startScriptedGitHub(() => ({
    body: { ref: 'refs/heads/main-2', object: { sha: 'a'.repeat(40) } },
  }));
  expect(await other.client.branchHead('main')).toBeNull();
});
