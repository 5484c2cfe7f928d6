import { expect, test } from 'vitest';
import { clientFor } from '../../support/github/connect.ts';
import { askGit } from '../../support/github/run-git.ts';
import { readShownDiff } from '../../support/github/shown-diff.ts';
import { testGitHub } from '../../support/github/test-github.ts';

const SHOP = { owner: 'acme', repo: 'shop', pull_number: 1 };

async function shopBehindMain(headRepository?: string) {
  const github = await testGitHub();
  await github.addRepository('acme/shop', { files: { 'a.ts': 'one\n', 'b.ts': 'one\n' } });
  if (headRepository !== undefined) await github.fork('acme/shop', headRepository);
  await github.openPullRequest('acme/shop', {
    head: 'change',
    push: { files: { 'a.ts': 'two\n' } },
    ...(headRepository === undefined ? {} : { headRepository }),
  });
  const before = github.pullRequest('acme/shop', 1);
  const base = await github.push('acme/shop', 'main', { files: { 'b.ts': 'two\n' } });
  const { rest } = await clientFor(github, 'acme/shop');
  const shownFiles = async () => {
    const { headSha, baseSha } = github.pullRequest('acme/shop', 1);
    const path = github.barePath('acme/shop');
    const from = await askGit(path, ['merge-base', baseSha, headSha]);
    return [...(await readShownDiff(path, from, headSha)).keys()];
  };
  return { github, before, base, rest, shownFiles };
}

test('the base of a pull request follows its branch; what it shows does not', async () => {
  const { github, before, base, rest, shownFiles } = await shopBehindMain();
  const { data } = await rest.pulls.get(SHOP);
  expect(data.base.sha).toBe(base);
  expect(data.head.sha).toBe(before.headSha);
  expect(await shownFiles()).toEqual(['a.ts']);
  await github.editPullRequest('acme/shop', 1, { title: 'x' });
});

test.each([
  ['the repository itself', undefined],
  ['a fork', 'eve/shop'],
])('a merge of the base and a rebase change the head, not what is shown: %s', async (_, headRepository) => {
  const { github, before, base, shownFiles } = await shopBehindMain(headRepository);
  const merged = await github.mergeBaseInto('acme/shop', 1);
  expect(github.pullRequest('acme/shop', 1).headSha).toBe(merged);
  expect(await github.resolve('acme/shop', `${merged}^2`)).toBe(base);
  expect(await shownFiles()).toEqual(['a.ts']);
  await github.forcePush(headRepository ?? 'acme/shop', 'change', {
    from: github.barePath('acme/shop'),
    ref: before.headSha,
  });
  const rebased = await github.rebase('acme/shop', 1);
  expect(await github.resolve('acme/shop', `${rebased}^`)).toBe(base);
  expect(await github.resolve('acme/shop', 'refs/pull/1/head')).toBe(rebased);
  expect(await github.resolve(headRepository ?? 'acme/shop', 'change')).toBe(rebased);
  expect(await shownFiles()).toEqual(['a.ts']);
});

test('a push that loses commits is refused, with force it is done', async () => {
  const { github } = await shopBehindMain();
  const lost = { from: github.barePath('acme/shop'), ref: 'main' };
  await expect(github.push('acme/shop', 'change', lost)).rejects.toThrow('would lose commits');
  await github.forcePush('acme/shop', 'change', lost);
  expect(github.pullRequest('acme/shop', 1).headSha).toBe(await github.resolve('acme/shop', 'main'));
});

test('a merged pull request is closed, and its base branch has it', async () => {
  const { github, rest } = await shopBehindMain();
  await github.merge('acme/shop', 1);
  expect(github.pullRequest('acme/shop', 1)).toMatchObject({ state: 'closed', isMerged: true });
  const { data } = await rest.pulls.get(SHOP);
  expect(data.merge_commit_sha).toBe(await github.resolve('acme/shop', 'main'));
});
