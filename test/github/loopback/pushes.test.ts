import { expect, test } from 'vitest';
import { tokenFor } from '../../support/github/connect.ts';
import type { LoopbackGitHub, Permissions } from '../../support/github/loopback-github.ts';
import { testGitHub } from '../../support/github/test-github.ts';
import { type Ran, run, type TempRepository, tempRepository } from '../../support/temp-repository.ts';

const WRITE: Permissions = { contents: 'write' };

interface Shop {
  readonly github: LoopbackGitHub;
  readonly local: TempRepository;
  /** By git as it is, with a token of ours. */
  push(refspecs: readonly string[], options?: PushOptions): Promise<Ran>;
}

interface PushOptions {
  readonly permissions?: Permissions;
  readonly token?: string | null;
  readonly repository?: string;
  readonly args?: readonly string[];
}

async function shop(): Promise<Shop> {
  const github = await testGitHub();
  const local = tempRepository();
  local.commit({ 'a.ts': 'one\n' });
  await github.addRepository('acme/shop', { private: true, from: local.path });
  local.commit({ 'a.ts': 'two\n' });
  return {
    github,
    local,
    async push(refspecs, { permissions = WRITE, token, repository = 'acme/shop', args = [] } = {}) {
      const held = token === undefined ? await tokenFor(github, 'acme/shop', permissions) : token;
      const basic = Buffer.from(`x-access-token:${held}`).toString('base64');
      const env = {
        ...local.env,
        GIT_TERMINAL_PROMPT: '0',
        GIT_ASKPASS: 'false',
        ...(held !== null && {
          GIT_CONFIG_COUNT: '1',
          GIT_CONFIG_KEY_0: 'http.extraHeader',
          GIT_CONFIG_VALUE_0: `Authorization: Basic ${basic}`,
        }),
      };
      const command = ['push', '--porcelain', ...args, `${github.url}/${repository}.git`, ...refspecs];
      return run('git', command, { cwd: local.path, env });
    },
  };
}

test('only a token with `contents: write` for this repository pushes', async () => {
  const { github, push } = await shop();
  await github.addRepository('acme/bank', { private: true });
  const refused = async (options: PushOptions, says: string) => {
    const { code, stderr } = await push(['main'], options);
    expect([code, stderr]).toEqual([128, expect.stringContaining(says)]);
  };
  await refused({ permissions: { contents: 'read' } }, 'remote: Write access to repository not granted.');
  await refused({ permissions: { pull_requests: 'write' } }, 'remote: Repository not found.');
  await refused({ repository: 'acme/bank' }, 'remote: Repository not found.');
  await refused({ token: null }, 'could not read Username');
  await refused({ token: 'none' }, 'could not read Username');
  expect((await push(['main'])).code).toBe(0);
});

test('a branch that is protected is not pushed to, and nothing else of that push', async () => {
  const { github, local, push } = await shop();
  const before = await github.resolve('acme/shop', 'main');
  github.protectBranch('acme/shop', 'main');
  const one = await push(['main']);
  expect(one.stdout).toContain('[remote rejected] (protected branch hook declined)');
  expect(one.stderr).toContain('remote: error: GH006: Protected branch update failed for refs/heads/main.');
  github.protectBranch('acme/shop', 'main', 'ruleset');
  const both = await push(['main', 'main:topic']);
  expect(both.stdout).toContain('(push declined due to repository rule violations)');
  expect(both.stderr).toContain('GH013');
  expect(await github.resolve('acme/shop', 'main')).toBe(before);
  await expect(github.resolve('acme/shop', 'topic')).rejects.toThrow();
  expect((await push([':main'])).stdout).toContain('[remote rejected]');
  github.protectBranch('acme/shop', 'main', null);
  expect((await push(['main'])).code).toBe(0);
  expect(await github.resolve('acme/shop', 'main')).toBe(local.git('rev-parse', 'main'));
});

test('a workflow is not pushed without the permission for it, but where another branch has it so', async () => {
  const { github, local, push } = await shop();
  const path = '.github/workflows/ci.yml';
  local.git('checkout', '--quiet', '-b', 'topic');
  local.commit({ [path]: 'on: push\n' });
  const refused = await push(['topic']);
  expect(refused.stdout).toContain(
    `(refusing to allow a GitHub App to create or update workflow \`${path}\` without \`workflows\` permission)`,
  );
  await github.push('acme/shop', 'main', { from: local.path, ref: 'topic' });
  expect((await push(['topic:other'])).code).toBe(0);
  local.commit({ [path]: 'on: [push]\n' });
  expect((await push(['topic:other'])).code).toBe(1);
});

test('other names that GitHub does not take', async () => {
  const { local, push } = await shop();
  const id = local.git('rev-parse', 'main');
  expect((await push([`main:refs/heads/${id}`])).stderr).toContain('GH002');
  expect((await push(['main:refs/pull/1/head'])).stdout).toContain('deny updating a hidden ref');
});

test('a hook refuses all, a large push is asked for first, and the pull request follows', async () => {
  const { github, local, push } = await shop();
  github.refusePushes('acme/shop', 'no\nnot today');
  const { code, stdout, stderr } = await push(['main:topic']);
  expect(code).toBe(1);
  expect(stdout).toContain('[remote rejected] (pre-receive hook declined)');
  expect(stderr).toMatch(/remote: error: no\s+\nremote: error: not today/);
  github.refusePushes('acme/shop', null);
  await push(['main:topic']);
  await github.openPullRequest('acme/shop', { head: 'topic' });
  local.write({ big: Buffer.from(Array.from({ length: 2_000_000 }, (_, at) => (at * at * 31) % 251)) });
  const head = local.commit();
  // git asks with an empty push first when there is more than it keeps in memory: by default a megabyte.
  const writes: number[] = [];
  github.afterEachWrite(({ count }) => void writes.push(count));
  expect((await push(['main:topic'])).code).toBe(0);
  expect(writes).toHaveLength(1);
  expect(github.pullRequest('acme/shop', 1).headSha).toBe(head);
});

test('what goes wrong with the request that brings the commits', async () => {
  const { github, local, push } = await shop();
  const head = local.git('rev-parse', 'main');
  const is = (branch: string) => github.resolve('acme/shop', branch).catch(() => null);
  github.inject({ operation: 'git/receive-pack:post', fault: '502' });
  expect((await push(['main:a'])).stderr).toContain('502');
  expect(await is('a')).toBeNull();
  github.inject({ operation: 'git/receive-pack', fault: 'stored-then-502' });
  expect((await push(['main:b'])).stderr).toContain('502');
  expect(await is('b')).toBe(head);
  github.inject({ operation: 'git/receive-pack', fault: 'stored-then-reset' });
  expect((await push(['main:c'])).code).not.toBe(0);
  expect(await is('c')).toBe(head);
  // Between the two answers of the server.
  const stop = github.beforeEachWrite(async () => {
    await github.push('acme/shop', 'd', { files: { d: 'd\n' } });
  });
  const { code, stdout } = await push(['main:d'], { args: ['--atomic'] });
  stop();
  expect([code, stdout]).toEqual([1, expect.stringContaining('[remote rejected]')]);
  expect(await is('d')).not.toBe(head);
  const posts = github.requests.filter(({ path }) => path.endsWith('/git-receive-pack'));
  expect(posts.map(({ status }) => status)).toEqual([502, 502, 0, 200, 200]);
});
