import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { askGit, runGit } from '../support/github/run-git.ts';
import { isolatedEnvironment, tempFolder } from '../support/temp-repository.ts';
import { BRANCH, SHOP, taskWorktree } from './task-worktree.ts';

function readProc(pid: string, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'latin1');
  } catch {
    return '';
  }
}

/** What each process shows to others: its arguments and its environment. */
const processes = (): string[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => `${readProc(pid, 'cmdline')}\n${readProc(pid, 'environ')}`);

/** Every file under a folder that has it in it. */
const filesWith = (folder: string, secret: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => readFileSync(path, 'latin1').includes(secret));

const leftIn = (folder: string): string[] =>
  readdirSync(join(folder, '.git')).filter((name) => name.startsWith('push-'));

describe('the token of a push', () => {
  it('is in no argument, no environment and no file while the push is under way', async () => {
    const task = await taskWorktree();
    const head = await task.commit({ 'a.ts': 'two\n' });
    const secret = await task.token();
    const seen: string[] = [];
    const found: string[] = [];
    let looks = 0;
    const look = (): void => {
      looks += 1;
      for (const text of processes()) {
        if (text.includes(task.folder)) seen.push(text);
        // Our own process, which the server is in too, holds it in memory only.
        if (
          text.includes(secret) ||
          text.includes(Buffer.from(`x-access-token:${secret}`).toString('base64'))
        )
          found.push(text);
      }
      found.push(...filesWith(task.folder, secret));
    };
    task.github.beforeEachWrite(look);
    task.github.afterEachWrite(look);
    const token = async () => {
      look();
      return secret;
    };
    await task.push({ token });
    look();
    expect(await task.at(BRANCH)).toBe(head);
    expect(looks).toBe(5);
    const all = seen.join('\n');
    for (const part of ['git\0', 'remote-http', 'push\0--porcelain', 'credential.helper=!f()'])
      expect(all).toContain(part);
    expect(found).toEqual([]);
    expect(leftIn(task.worktree.folder)).toEqual([]);
  });

  it('is not said again when the server says it', async () => {
    const task = await taskWorktree();
    await task.commit({ 'a.ts': 'two\n' });
    const secret = await task.token();
    task.github.refusePushes(SHOP, `no access with ${secret}, (${secret}`);
    const error = await task.push({ token: async () => secret }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ kind: 'refused', message: expect.stringContaining('no access with ***') });
    expect(`${inspect(error, { depth: null, showHidden: true })}${JSON.stringify(error)}`).not.toContain(
      secret,
    );
    expect(leftIn(task.worktree.folder)).toEqual([]);
  });

  it('does not go to where a server points', async () => {
    const task = await taskWorktree();
    await task.commit({ 'a.ts': 'two\n' });
    const heard: unknown[] = [];
    const thief = createServer((request, response) => {
      heard.push(request.headers.authorization);
      response.writeHead(401, { 'www-authenticate': 'Basic realm="GitHub"' }).end();
    });
    await new Promise<void>((done) => thief.listen(0, '127.0.0.1', done));
    onTestFinished(() => void thief.close());
    const location = `http://127.0.0.1:${(thief.address() as AddressInfo).port}/acme/shop/git-receive-pack`;
    for (const operation of ['git/upload-pack', 'git/receive-pack', 'git/receive-pack:post']) {
      task.github.inject({ operation, fault: { status: 302, headers: { location } } });
      await expect(task.push()).rejects.toMatchObject({ kind: 'unreachable' });
    }
    expect(heard).toEqual([]);
  });
});

describe('I12 nothing but the branch of a task is pushed to', () => {
  it('other names are refused before anybody is asked', async () => {
    const task = await taskWorktree();
    await task.commit({ 'a.ts': 'two\n' });
    const before = task.github.requests.length;
    const asked: boolean[] = [];
    const token = async (refused: boolean) => {
      asked.push(refused);
      return 'x';
    };
    for (const branch of [
      'main',
      'refs/heads/main',
      'code-agent',
      'code-agent/',
      'code-agent//x',
      'code-agent/../main',
      'code-agent/x/../../main',
      'code-agent/x:refs/heads/main',
      'code-agent/x:main',
      'code-agent/.x',
      'code-agent/x.',
      'code-agent/x/',
      'code-agent/x.lock',
      'code-agent/x.lock/y',
      'code-agent/x y',
      'code-agent/x\n',
      'code-agent/x\0',
      'code-agent/x~1',
      'code-agent/x^',
      'code-agent/*',
      'code-agent/x@{0}',
      'code-agent/é',
      `code-agent/${'x'.repeat(300)}`,
      'Code-Agent/x',
      'acode-agent/x',
      '-code-agent/x',
      '--force',
      '--mirror',
      '--receive-pack=touch canary',
      '+code-agent/x',
      ':main',
      'HEAD',
      '@',
      '',
    ])
      await expect(task.push({ branch, token }), branch).rejects.toMatchObject({
        kind: 'refused',
        retryable: false,
      });
    expect(task.github.requests).toHaveLength(before);
    expect(asked).toEqual([]);
    expect(await task.at('main')).toBe(task.main);
  });

  it('what is no full id is no commit, and none that was there', async () => {
    const task = await taskWorktree();
    const before = task.github.requests.length;
    for (const [commit, expected] of [
      ['HEAD', null],
      ['main', null],
      ['', null],
      ['-x', null],
      ['a'.repeat(39), null],
      [`+${'a'.repeat(40)}`, null],
      [`${'a'.repeat(40)}:refs/heads/main`, null],
      ['a'.repeat(40), 'main'],
    ] as const)
      await expect(task.push({ commit, expected }), `${commit} ${expected}`).rejects.toMatchObject({
        kind: 'refused',
      });
    expect(task.github.requests).toHaveLength(before);
  });

  it('addresses of other kinds are not pushed to', async () => {
    const task = await taskWorktree();
    for (const url of [
      'http://github.com/acme/shop',
      'https://me:secret@github.com/acme/shop',
      'https://github.com/acme/shop?token=x',
      'file:///tmp/shop',
      'ext::sh -c id',
      'ssh://git@github.com/acme/shop',
      '--receive-pack=id',
      'origin',
    ])
      await expect(task.push({ url }), url).rejects.toMatchObject({ exitCode: 2 });
    expect(leftIn(task.worktree.folder)).toEqual([]);
  });

  it('a branch that is another name of main on the server is not pushed to', async () => {
    const task = await taskWorktree();
    await runGit(task.github.barePath(SHOP), ['symbolic-ref', `refs/heads/${BRANCH}`, 'refs/heads/main']);
    await task.commit({ 'a.ts': 'two\n' });
    for (const expected of [task.main, null])
      await expect(task.push({ expected })).rejects.toMatchObject({
        kind: 'refused',
        message: expect.stringContaining('another name of another branch'),
      });
    expect(await task.at('main')).toBe(task.main);
  });
});

describe('I9 nothing in the worktree or on this machine bends a push', () => {
  it('no configuration, hook, ref, graft, replacement, attribute, .netrc or variable', async () => {
    const task = await taskWorktree();
    const head = await task.commit({ 'a.ts': 'two\n' });
    const { folder } = task.worktree;
    const home = tempFolder();
    const [canary, program, hooks] = [join(home, 'canary'), join(home, 'program'), join(home, 'hooks')];
    const script = `#!/bin/sh\necho "$0 $@" >>'${canary}'\nexit 0\n`;
    writeFileSync(program, script, { mode: 0o755 });
    const thief = join(home, 'thief.git');
    const git = (...args: string[]): string =>
      execFileSync('git', ['-C', folder, ...args], { env: isolatedEnvironment(home) })
        .toString()
        .trim();
    git('init', '--quiet', '--bare', thief);
    // What the commit's id could be taken for, and what would come along with it.
    const evil = git('commit-tree', `${head}^{tree}`, '-p', task.main, '-m', 'evil');
    git('tag', '-a', '-m', 'v1', 'v1', head);
    git('replace', head, evil);
    git('update-ref', `refs/heads/${head}`, evil);
    git('update-ref', `refs/tags/${head}`, evil);
    git('symbolic-ref', `refs/heads/${BRANCH}`, 'refs/heads/main');
    writeFileSync(join(folder, '.git/info/grafts'), `${head}\n`);
    writeFileSync(join(folder, '.git/info/attributes'), `* filter=x diff=x\n`);
    for (const place of [hooks, join(folder, '.git/hooks')]) {
      mkdirSync(place, { recursive: true });
      for (const hook of ['pre-push', 'reference-transaction', 'post-update', 'pre-auto-gc'])
        writeFileSync(join(place, hook), script, { mode: 0o755 });
    }
    const hostile = `[core]
	sshCommand = ${program}
	hooksPath = ${hooks}
	fsmonitor = ${program}
	askPass = ${program}
	gitProxy = ${program}
	alternateRefsCommand = ${program}
[credential]
	helper = ${program}
	helper = store --file=${join(home, 'stored')}
	username = evil
[url "${thief}"]
	insteadOf = ${task.url}
	pushInsteadOf = ${task.github.url}/
[url "ext::${program} "]
	insteadOf = http://
[remote "origin"]
	url = ${task.url}
	pushurl = ${thief}
	push = +refs/heads/*:refs/heads/*
	receivepack = ${program}
	mirror = true
[remote]
	pushDefault = origin
[push]
	followTags = true
	default = matching
	gpgSign = true
	recurseSubmodules = on-demand
	pushOption = ci.skip
	useForceIfIncludes = true
	negotiate = true
[gpg]
	program = ${program}
[pack]
	packObjectsHook = ${program}
[uploadpack]
	packObjectsHook = ${program}
[http]
	proxy = http://127.0.0.1:1
	sslVerify = false
	extraHeader = X-Evil: yes
	followRedirects = true
	cookieFile = ${join(home, 'cookies')}
	saveCookies = true
[protocol]
	allow = always
[alias]
	push = !${program}
[include]
	path = ${join(home, 'more')}
`;
    writeFileSync(join(home, 'more'), `[core]\n\thooksPath = ${hooks}\n`);
    writeFileSync(join(home, '.gitconfig'), hostile);
    writeFileSync(join(home, '.netrc'), 'default login me password fromnetrc\n', { mode: 0o600 });
    writeFileSync(join(folder, '.git/config'), `${readFileSync(join(folder, '.git/config'))}${hostile}`);
    const there = readdirSync(home, { recursive: true, encoding: 'utf8' }).sort();
    const refs = await askGit(task.github.barePath(SHOP), ['for-each-ref']);

    await task.push({
      commit: head,
      env: {
        PATH: process.env['PATH'],
        HOME: home,
        XDG_CONFIG_HOME: home,
        GIT_DIR: join(folder, '.git'),
        GIT_CONFIG_GLOBAL: join(home, '.gitconfig'),
        GIT_CONFIG_SYSTEM: join(home, '.gitconfig'),
        GIT_CONFIG_COUNT: '1',
        GIT_CONFIG_KEY_0: 'core.hooksPath',
        GIT_CONFIG_VALUE_0: hooks,
        GIT_CONFIG_PARAMETERS: `'core.fsmonitor=${program}'`,
        GIT_ASKPASS: program,
        GIT_SSH_COMMAND: program,
        GIT_EXEC_PATH: home,
        GIT_OBJECT_DIRECTORY: home,
        GIT_REPLACE_REF_BASE: 'refs/replace',
        GIT_TRACE: join(home, 'trace'),
        GIT_TRACE2_EVENT: join(home, 'trace'),
        GIT_TRACE_CURL: join(home, 'trace'),
        GIT_TRACE_REDACT: '0',
        GIT_PUSH_OPTION_COUNT: '1',
        GIT_PUSH_OPTION_0: 'x',
      },
    });
    expect(await task.at(BRANCH)).toBe(head);
    const bare = task.github.barePath(SHOP);
    expect(await askGit(bare, ['for-each-ref'])).toBe(`${head} commit\trefs/heads/${BRANCH}\n${refs}`);
    expect(await askGit(bare, ['show', '-s', '--format=%P %s', head])).toBe(`${task.main} work`);
    expect(existsSync(canary)).toBe(false);
    expect(readdirSync(home, { recursive: true, encoding: 'utf8' }).sort()).toEqual(there);
    expect(git('--git-dir', thief, 'for-each-ref')).toBe('');
    expect(leftIn(folder)).toEqual([]);
  });

  it('the same things do bend a push that is made from the worktree as it is', async () => {
    const task = await taskWorktree();
    const head = await task.commit({ 'a.ts': 'two\n' });
    const { folder } = task.worktree;
    const home = tempFolder();
    const thief = join(home, 'thief.git');
    const git = (...args: string[]): string =>
      execFileSync('git', ['-C', folder, ...args], {
        env: isolatedEnvironment(home),
        stdio: ['ignore', 'pipe', 'ignore'],
      })
        .toString()
        .trim();
    git('init', '--quiet', '--bare', thief);
    git('config', `url.${thief}.insteadOf`, task.url);
    git('push', '--quiet', task.url, `${head}:refs/heads/${BRANCH}`);
    expect(git('--git-dir', thief, 'rev-parse', `refs/heads/${BRANCH}`)).toBe(head);
  });
});
