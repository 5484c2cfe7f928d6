import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { asApp, clientFor, tokenFor } from '../../support/github/connect.ts';
import { testGitHub } from '../../support/github/test-github.ts';
import { signAppJwt } from '../../support/github/tokens.ts';
import { isolatedEnvironment, tempFolder, tempRepository } from '../../support/temp-repository.ts';

const SHOP = { owner: 'acme', repo: 'shop' };

test('a token reaches its repositories only, with its permissions only', async () => {
  const github = await testGitHub();
  await github.addRepository('acme/shop', { private: true });
  await github.addRepository('acme/bank', { private: true });
  await github.addRepository('other/open');
  const number = await github.openPullRequest('acme/shop', { head: 'change', push: { files: { a: '1\n' } } });
  const { rest } = await clientFor(github, 'acme/shop', { pull_requests: 'read' });
  await rest.pulls.get({ ...SHOP, pull_number: number });
  await rest.repos.get(SHOP);
  await expect(rest.repos.get({ owner: 'acme', repo: 'bank' })).rejects.toMatchObject({ status: 404 });
  await rest.repos.get({ owner: 'other', repo: 'open' });
  await expect(rest.issues.createComment({ ...SHOP, issue_number: number, body: 'x' })).rejects.toMatchObject(
    { status: 403 },
  );
  await expect(
    rest.checks.create({ ...SHOP, name: 'x', head_sha: await github.resolve('acme/shop', 'change') }),
  ).rejects.toMatchObject({ status: 403 });
  // On a pull request `issues: write` is not enough.
  const issues = await clientFor(github, 'acme/shop', { issues: 'write' });
  await expect(
    issues.rest.issues.createComment({ ...SHOP, issue_number: number, body: 'x' }),
  ).rejects.toMatchObject({ status: 403 });
  expect(github.requests.at(-1)?.permissions).toEqual({ issues: 'write', metadata: 'read' });
});

test('a token has the stateless form, and ends', async () => {
  const github = await testGitHub();
  await github.addRepository('acme/shop', { private: true });
  const token = await tokenFor(github, 'acme/shop');
  expect(token).toMatch(new RegExp(`^ghs_${github.app.id}_[\\w-]+\\.[\\w-]+\\.[\\w-]+$`));
  expect(token.length).toBeGreaterThan(450);
  const { rest } = await clientFor(github, 'acme/shop');
  await rest.repos.get(SHOP);
  github.expireTokens();
  await expect(rest.repos.get(SHOP)).rejects.toMatchObject({ status: 401 });
  const again = await clientFor(github, 'acme/shop');
  await again.rest.repos.get(SHOP);
  await github.uninstall('acme/shop');
  await expect(again.rest.repos.get(SHOP)).rejects.toMatchObject({ status: 401 });
});

test('a token is not given more than the App has', async () => {
  const github = await testGitHub({ permissions: { contents: 'read', metadata: 'read' }, mayRefuse: true });
  await github.addRepository('acme/shop');
  await expect(tokenFor(github, 'acme/shop', { contents: 'write' })).rejects.toMatchObject({ status: 422 });
  await expect(tokenFor(github, 'acme/shop', { checks: 'read' })).rejects.toMatchObject({ status: 422 });
  await tokenFor(github, 'acme/shop', { contents: 'read' });
});

test.each([
  ['right', {}, 200],
  ['of another App', { iss: '1' }, 401],
  ['expired', { exp: -1 }, 401],
  ['too long', { exp: 700 }, 401],
  ['made in the future', { iat: 60 }, 401],
])(
  'the JWT of the App: %s',
  async (_, { iss, iat = -30, exp = 540 }: { iss?: string; iat?: number; exp?: number }, status) => {
    const github = await testGitHub();
    const now = Math.floor(Date.now() / 1000);
    const jwt = signAppJwt(github.app.privateKey, {
      iss: iss ?? String(github.app.id),
      iat: now + iat,
      exp: now + exp,
    });
    const response = await fetch(`${github.apiUrl}/app`, { headers: { authorization: `Bearer ${jwt}` } });
    expect(response.status).toBe(status);
    const bent = `${jwt.slice(0, -6)}AAAAAA`;
    const other = await fetch(`${github.apiUrl}/app`, { headers: { authorization: `Bearer ${bent}` } });
    expect(other.status).toBe(401);
  },
);

test('role_name is the role; permission is its legacy mapping', async () => {
  const github = await testGitHub();
  await github.addRepository('acme/shop', { private: true });
  for (const login of ['max', 'tria', 'cleo', 'nobody']) github.addUser(login);
  github.setPermission('acme/shop', 'max', 'maintain');
  github.setPermission('acme/shop', 'tria', 'triage');
  github.setPermission('acme/shop', 'cleo', { name: 'security-lead', base: 'write' });
  const { rest } = await clientFor(github, 'acme/shop', { metadata: 'read' });
  const of = async (username: string) => {
    const { data } = await rest.repos.getCollaboratorPermissionLevel({ ...SHOP, username });
    return [data.permission, data.role_name];
  };
  expect(await of('max')).toEqual(['write', 'maintain']);
  expect(await of('tria')).toEqual(['read', 'triage']);
  expect(await of('cleo')).toEqual(['write', 'security-lead']);
  expect(await of('nobody')).toEqual(['none', 'none']);
  await expect(of('unknown')).rejects.toMatchObject({ status: 404 });
});

test('a request that the description does not allow is a violation', async () => {
  const github = await testGitHub({ mayViolate: true, mayRefuse: true });
  await github.addRepository('acme/shop');
  await github.openPullRequest('acme/shop', { head: 'change', push: { files: { a: '1\n' } } });
  const { request } = await clientFor(github, 'acme/shop');
  const asked = (route: string, parameters: object) => request(route, { ...SHOP, ...parameters });
  const comment = 'POST /repos/{owner}/{repo}/issues/1/comments';
  await expect(asked(comment, { body: 5 })).rejects.toMatchObject({ status: 422 });
  await expect(asked(comment, { body: 'x', line: 1 })).rejects.toMatchObject({ status: 422 });
  await expect(asked('GET /repos/{owner}/{repo}/pulls?states=all', {})).rejects.toMatchObject({
    status: 422,
  });
  await expect(asked('GET /repos/{owner}/{repo}/pulls?per_page=500', {})).rejects.toMatchObject({
    status: 422,
  });
  await expect(asked('GET /repos/{owner}/{repo}/stargazers', {})).rejects.toMatchObject({ status: 501 });
  expect(github.violations.map(({ operation }) => operation)).toEqual([
    'issues/create-comment',
    'issues/create-comment',
    'pulls/list',
    'pulls/list',
    null,
  ]);
});

test('lists come in pages', async () => {
  const github = await testGitHub();
  await github.addRepository('acme/shop');
  await github.openPullRequest('acme/shop', { head: 'change', push: { files: { a: '1\n' } } });
  for (let count = 1; count <= 5; count += 1) await github.comment('acme/shop', 1, `${count}`);
  const octokit = await clientFor(github, 'acme/shop');
  const all = await octokit.paginate(octokit.rest.issues.listComments, {
    ...SHOP,
    issue_number: 1,
    per_page: 2,
  });
  expect(all.map(({ body }) => body)).toEqual(['1', '2', '3', '4', '5']);
});

test('threads are resolved with contents: write only', async () => {
  const github = await testGitHub();
  await github.addRepository('acme/shop', { private: true });
  await github.openPullRequest('acme/shop', { head: 'change', push: { files: { a: '1\n' } } });
  const id = await github.commentOnLine('acme/shop', 1, { path: 'a', line: 1 }, 'why?');
  const [thread] = github.pullRequest('acme/shop', 1).threads;
  const resolve =
    'mutation Resolve($id: ID!) { resolveReviewThread(input: {threadId: $id}) { thread { isResolved resolvedBy { login } } } }';
  const reviewer = await clientFor(github, 'acme/shop', { contents: 'read', pull_requests: 'write' });
  await expect(reviewer.graphql(resolve, { id: thread?.id })).rejects.toThrow(
    'not accessible by integration',
  );
  const writer = await clientFor(github, 'acme/shop', { contents: 'write', pull_requests: 'write' });
  expect(await writer.graphql(resolve, { id: thread?.id })).toEqual({
    resolveReviewThread: { thread: { isResolved: true, resolvedBy: { login: 'code-agent' } } },
  });
  expect(github.pullRequest('acme/shop', 1).threads).toMatchObject([{ resolvedBy: 'code-agent[bot]' }]);
  await github.unresolveThread('acme/shop', 1, id);
  expect(github.pullRequest('acme/shop', 1).threads).toMatchObject([{ isResolved: false }]);
});

test('drafts are changed with contents: write only, those of our own, and only to what they are not', async () => {
  const github = await testGitHub({ mayViolate: true });
  await github.addRepository('acme/shop', { private: true });
  const push = { files: { a: '1\n' } };
  const theirs = await github.openPullRequest('acme/shop', { head: 'theirs', push });
  await github.push('acme/shop', 'ours', { files: { b: '1\n' } });
  const writer = await clientFor(github, 'acme/shop', { contents: 'write', pull_requests: 'write' });
  const { data: ours } = await writer.rest.pulls.create({
    ...SHOP,
    title: 'Ours',
    head: 'ours',
    base: 'main',
  });
  const { data: other } = await writer.rest.pulls.get({ ...SHOP, pull_number: theirs });
  const draft = (client: typeof writer, id: string) =>
    client.graphql(
      'mutation D($id: ID!) { convertPullRequestToDraft(input: {pullRequestId: $id}) { pullRequest { isDraft } } }',
      { id },
    );
  const reviewer = await clientFor(github, 'acme/shop', { contents: 'read', pull_requests: 'write' });
  await expect(draft(reviewer, ours.node_id)).rejects.toThrow('not accessible by integration');
  expect(github.violations).toEqual([]);
  await expect(draft(writer, other.node_id)).rejects.toThrow('its own pull requests alone');
  expect(await draft(writer, ours.node_id)).toEqual({
    convertPullRequestToDraft: { pullRequest: { isDraft: true } },
  });
  expect(github.pullRequest('acme/shop', ours.number)).toMatchObject({ isDraft: true });
  await expect(draft(writer, ours.node_id)).rejects.toThrow('what it is to be already');
  expect(github.violations).toHaveLength(2);
});

test('a GraphQL query with a field or a variable that is not there is a violation', async () => {
  const github = await testGitHub({ mayViolate: true });
  await github.addRepository('acme/shop');
  const { graphql } = await clientFor(github, 'acme/shop');
  await expect(graphql('{ repository(owner: "acme", name: "shop") { stars } }')).rejects.toThrow(
    "Field 'stars'",
  );
  await expect(graphql('query Q($id: ID!) { node(id: $id) { id } }', {})).rejects.toThrow('invalid value');
  await expect(graphql('query Q($id: ID!) { node(id: $id) { id } }', { id: 5 })).rejects.toThrow(
    'invalid value',
  );
  await github.openPullRequest('acme/shop', { head: 'change', push: { files: { a: '1\n' } } });
  const author = (fields: string) =>
    graphql(
      `{ repository(owner: "acme", name: "shop") { pullRequest(number: 1) { author { ${fields} } } } }`,
    );
  await expect(author('databaseId')).rejects.toThrow("Field 'databaseId'");
  expect(await author('__typename login ... on User { databaseId } ... on Bot { id }')).toMatchObject({
    repository: {
      pullRequest: { author: { __typename: 'User', login: 'mona', databaseId: expect.any(Number) } },
    },
  });
  expect(github.violations).toHaveLength(4);
});

const run = promisify(execFile);

async function git(args: readonly string[], token?: string) {
  const home = tempFolder();
  const env = isolatedEnvironment(home);
  const basic = Buffer.from(`x-access-token:${token}`).toString('base64');
  Object.assign(env, { GIT_TERMINAL_PROMPT: '0', GIT_ASKPASS: '/bin/false' });
  if (token !== undefined)
    Object.assign(env, {
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'http.extraHeader',
      GIT_CONFIG_VALUE_0: `Authorization: Basic ${basic}`,
    });
  return run('git', [...args], { env, cwd: home });
}

test('a private repository is fetched with a token that may read it', async () => {
  const github = await testGitHub();
  await github.addRepository('acme/shop', { private: true });
  await github.addRepository('acme/bank', { private: true });
  await github.addRepository('acme/open');
  await github.openPullRequest('acme/shop', { head: 'change', push: { files: { a: '1\n' } } });
  const head = await github.resolve('acme/shop', 'change');
  const url = `${github.url}/acme/shop.git`;
  const token = await tokenFor(github, 'acme/shop', { contents: 'read' });
  const { stdout } = await git(['ls-remote', url, 'refs/pull/*/head'], token);
  expect(stdout).toBe(`${head}\trefs/pull/1/head\n`);
  await git(['ls-remote', `${github.url}/acme/open`]);
  await expect(git(['ls-remote', url])).rejects.toThrow();
  await expect(git(['ls-remote', `${github.url}/acme/bank.git`], token)).rejects.toThrow('not found');
  const issues = await tokenFor(github, 'acme/shop', { issues: 'write' });
  await expect(git(['ls-remote', url], issues)).rejects.toThrow('not found');
  // A commit by its id, without its blobs.
  const bare = join(tempFolder(), 'mirror.git');
  await git(['init', '--quiet', '--bare', bare]);
  await git(['-C', bare, 'fetch', '--quiet', '--depth=1', '--filter=blob:none', url, head], token);
  github.expireTokens();
  await expect(git(['ls-remote', url], token)).rejects.toThrow();
  expect(github.requests.filter(({ operation }) => operation === 'git/upload-pack').length).toBeGreaterThan(
    5,
  );
});

test('a push by git moves the pull request', async () => {
  const github = await testGitHub();
  const local = tempRepository();
  local.commit({ 'a.ts': 'one\n' });
  await github.addRepository('acme/shop', { from: local.path });
  local.git('checkout', '--quiet', '-b', 'change');
  local.commit({ 'a.ts': 'two\n' });
  await github.openPullRequest('acme/shop', { head: 'change', push: { from: local.path, ref: 'change' } });
  const head = local.commit({ 'a.ts': 'three\n' });
  const push = ['-C', local.path, 'push', '--quiet', `${github.url}/acme/shop.git`, 'change'];
  await expect(git(push, await tokenFor(github, 'acme/shop', { contents: 'read' }))).rejects.toThrow();
  await git(push, await tokenFor(github, 'acme/shop', { contents: 'write' }));
  expect(github.pullRequest('acme/shop', 1).headSha).toBe(head);
  expect(await github.resolve('acme/shop', 'refs/pull/1/head')).toBe(head);
});

test('fault 46: what a deleted fork had is at refs/pull/N/head', async () => {
  const github = await testGitHub();
  await github.addRepository('acme/shop');
  github.addUser('eve');
  await github.fork('acme/shop', 'eve/shop', { by: 'eve' });
  const number = await github.openPullRequest('acme/shop', {
    headRepository: 'eve/shop',
    head: 'change',
    push: { files: { a: '1\n' } },
    author: 'eve',
  });
  const head = await github.resolve('eve/shop', 'change');
  await github.deleteRepository('eve/shop');
  expect(await github.resolve('acme/shop', `refs/pull/${number}/head`)).toBe(head);
  const { rest } = await clientFor(github, 'acme/shop');
  const { data } = await rest.pulls.get({ ...SHOP, pull_number: number });
  expect(data.head).toMatchObject({ sha: head, repo: null, label: 'eve:change' });
});

test('fault 36: a renamed repository answers 301, a deleted one 404', async () => {
  const github = await testGitHub();
  const { id } = await github.addRepository('acme/shop', { private: true });
  const token = await tokenFor(github, 'acme/shop');
  const { rest } = await clientFor(github, 'acme/shop');
  await github.renameRepository('acme/shop', 'store');
  const asked = await fetch(`${github.apiUrl}/repos/acme/shop/pulls?state=all`, {
    headers: { authorization: `Bearer ${token}` },
    redirect: 'manual',
  });
  expect(asked.status).toBe(301);
  expect(asked.headers.get('location')).toBe(`${github.apiUrl}/repositories/${id}/pulls?state=all`);
  expect((await rest.repos.get(SHOP)).data.full_name).toBe('acme/store');
  await git(['ls-remote', `${github.url}/acme/shop.git`], token);
  await github.deleteRepository('acme/store');
  await expect(rest.repos.get({ owner: 'acme', repo: 'store' })).rejects.toMatchObject({ status: 404 });
  await expect(rest.repos.get(SHOP)).rejects.toMatchObject({ status: 404 });
});

test('an App that loses a permission loses it in tokens that were made', async () => {
  const github = await testGitHub();
  await github.addRepository('acme/shop', { private: true });
  await github.openPullRequest('acme/shop', { head: 'change', push: { files: { a: '1\n' } } });
  const { rest } = await clientFor(github, 'acme/shop');
  github.setAppPermissions({ contents: 'read', pull_requests: 'read', metadata: 'read' });
  await rest.pulls.get({ ...SHOP, pull_number: 1 });
  await expect(rest.issues.createComment({ ...SHOP, issue_number: 1, body: 'x' })).rejects.toMatchObject({
    status: 403,
  });
  expect((await asApp(github).rest.apps.getAuthenticated()).status).toBe(200);
});
