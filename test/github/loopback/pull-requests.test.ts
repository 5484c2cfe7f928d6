import { expect, test } from 'vitest';
import { clientFor } from '../../support/github/connect.ts';
import { testGitHub } from '../../support/github/test-github.ts';

const SHOP = { owner: 'acme', repo: 'shop' };
const NEW = { ...SHOP, title: 'Retry', head: 'code-agent/x', base: 'main' };

async function shop(options: { readonly drafts?: boolean } = {}) {
  const github = await testGitHub({ mayRefuse: true });
  await github.addRepository('acme/shop', { private: true, ...options });
  await github.push('acme/shop', 'code-agent/x', { files: { a: '1\n' } });
  const { rest } = await clientFor(github, 'acme/shop', { pull_requests: 'write' });
  return { github, rest };
}

const refusal = (...errors: readonly object[]) => ({
  status: 422,
  response: { data: { message: 'Validation Failed', errors } },
});
const custom = (message: string) => refusal({ resource: 'PullRequest', code: 'custom', message });

test('the App opens a pull request, changes it and closes it', async () => {
  const { github, rest } = await shop();
  const { data } = await rest.pulls.create({ ...NEW, body: 'Because.', draft: true });
  expect(data).toMatchObject({
    number: 1,
    draft: true,
    changed_files: 1,
    user: { login: github.app.login, type: 'Bot' },
    head: { ref: 'code-agent/x', sha: await github.resolve('acme/shop', 'code-agent/x') },
  });
  const pull = { ...SHOP, pull_number: 1 };
  await rest.pulls.update({ ...pull, title: 'Retry twice', body: 'Because of this.' });
  expect(github.pullRequest('acme/shop', 1)).toMatchObject({
    author: github.app.login,
    title: 'Retry twice',
    body: 'Because of this.',
    isDraft: true,
    headRef: 'code-agent/x',
    baseRef: 'main',
    state: 'open',
  });
  expect(await github.resolve('acme/shop', 'refs/pull/1/head')).toBe(data.head.sha);
  const head = 'acme:code-agent/x';
  expect((await rest.pulls.list({ ...SHOP, head })).data.map(({ number }) => number)).toEqual([1]);
  await rest.pulls.update({ ...pull, state: 'closed' });
  expect((await rest.pulls.list({ ...SHOP, head })).data).toEqual([]);
  // A closed one is in nobody's way.
  expect((await rest.pulls.create(NEW)).data).toMatchObject({ number: 2, draft: false });
});

test('what GitHub refuses, in its words', async () => {
  const { github, rest } = await shop();
  const create = (over: object) => rest.pulls.create({ ...NEW, ...over });
  await expect(create({ head: 'none' })).rejects.toMatchObject(
    refusal({ resource: 'PullRequest', field: 'head', code: 'invalid' }),
  );
  await expect(create({ head: 'eve:code-agent/x' })).rejects.toMatchObject(
    refusal({ resource: 'PullRequest', field: 'head', code: 'invalid' }),
  );
  await expect(create({ base: 'none' })).rejects.toMatchObject(
    refusal({ resource: 'PullRequest', field: 'base', code: 'invalid' }),
  );
  await expect(create({ title: ' ' })).rejects.toMatchObject(
    refusal({ resource: 'PullRequest', field: 'title', code: 'missing_field' }),
  );
  await expect(create({ title: 'x'.repeat(257) })).rejects.toMatchObject(
    custom('title is too long (maximum is 256 characters)'),
  );
  await expect(create({ body: 'x'.repeat(65_537) })).rejects.toMatchObject({ status: 422 });
  await expect(create({ head: 'main' })).rejects.toMatchObject(custom('No commits between main and main'));
  await github.push('acme/shop', 'behind', { from: github.barePath('acme/shop'), ref: 'main' });
  await expect(create({ head: 'behind' })).rejects.toMatchObject(
    custom('No commits between main and behind'),
  );
  await rest.pulls.create(NEW);
  await expect(create({})).rejects.toMatchObject(
    custom('A pull request already exists for acme:code-agent/x.'),
  );
  await expect(create({ head: 'acme:code-agent/x' })).rejects.toMatchObject({ status: 422 });
});

test('drafts are not everywhere, and each needs its permission', async () => {
  const { github, rest } = await shop({ drafts: false });
  await expect(rest.pulls.create({ ...NEW, draft: true })).rejects.toMatchObject(
    custom('Draft pull requests are not supported in this repository.'),
  );
  const others = await clientFor(github, 'acme/shop', { contents: 'write', issues: 'write' });
  await expect(others.rest.pulls.create(NEW)).rejects.toMatchObject({ status: 403 });
  await rest.pulls.create(NEW);
  const number = await github.openPullRequest('acme/shop', { head: 'b', push: { files: { b: '1\n' } } });
  // Ours changes nobody else's.
  await expect(rest.pulls.update({ ...SHOP, pull_number: number, title: 'x' })).rejects.toMatchObject({
    status: 403,
  });
});

test('a branch is told by its ref', async () => {
  const { github } = await shop();
  const { rest } = await clientFor(github, 'acme/shop', { contents: 'read' });
  const { data } = await rest.git.getRef({ ...SHOP, ref: 'heads/code-agent/x' });
  expect(data).toMatchObject({
    ref: 'refs/heads/code-agent/x',
    object: { type: 'commit', sha: await github.resolve('acme/shop', 'code-agent/x') },
  });
  await expect(rest.git.getRef({ ...SHOP, ref: 'heads/code-agent' })).rejects.toMatchObject({ status: 404 });
  const pulls = await clientFor(github, 'acme/shop', { pull_requests: 'write' });
  await expect(pulls.rest.git.getRef({ ...SHOP, ref: 'heads/main' })).rejects.toMatchObject({ status: 403 });
});

test('a pull request whose branch is deleted is closed', async () => {
  const { github, rest } = await shop();
  await rest.pulls.create(NEW);
  await github.deleteBranch('acme/shop', 'code-agent/x');
  expect(github.pullRequest('acme/shop', 1)).toMatchObject({ state: 'closed', isMerged: false });
});
