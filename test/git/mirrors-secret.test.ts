import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createMirrors, type MirroredPullRequest } from '../../src/git/mirrors.ts';
import { tempFolder } from '../support/temp-repository.ts';
import { mirroredRepository, randomText } from './mirrored-repository.ts';

const asIs = async (mirror: MirroredPullRequest) => mirror;
/** Of the newer kind: long, with dots. Made of pieces. */
const TOKEN = ['ghs', '4711', `${'eyJ'}${'Qx7'.repeat(40)}.${'Rz9'.repeat(90)}.${'k_-'.repeat(30)}`].join(
  '_',
);
const token = async () => TOKEN;

/** What a process shows to others: its arguments and its environment. */
interface Shown {
  readonly pid: string;
  readonly text: string;
}

function readProc(pid: string, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'latin1');
  } catch {
    return '';
  }
}

const processes = (): Shown[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => ({ pid, text: `${readProc(pid, 'cmdline')}\n${readProc(pid, 'environ')}` }));

/** Every file under a folder with its content. */
const filesWith = (folder: string, secret: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => readFileSync(path, 'latin1').includes(secret));

describe('the token of a fetch', () => {
  it('is in no argument, no environment and no file while the fetch is under way', async () => {
    const { mirrors, wanted, server, folder, push, source } = await mirroredRepository();
    server.token = TOKEN;
    const head = source.commit({ big: randomText(200_000) });
    push(head, 'refs/pull/7/head');
    const seen = new Map<string, string>();
    const looks: string[] = [];
    const look = (): void => {
      for (const { pid, text } of processes()) {
        if (text.includes(folder)) seen.set(pid, text);
        // Our own process holds it in memory only, and is among these.
        if (text.includes(TOKEN)) looks.push(text);
      }
      looks.push(...filesWith(folder, TOKEN));
    };
    server.intercept = () => {
      look();
      return false;
    };
    server.part = async () => {
      look();
      await sleep(20);
      look();
    };
    const slowly = async () => {
      look();
      await sleep(50);
      look();
      return TOKEN;
    };
    const mirror = await mirrors.withPullRequest(wanted({ head, token: slowly }), asIs);
    look();
    expect(mirror.head).toBe(head);
    expect(server.requests.filter(({ password }) => password === TOKEN).length).toBeGreaterThan(2);
    const names = [...seen.values()].join('\n');
    for (const program of ['git\0', 'remote-http', 'credential.helper=!f()', 'index-pack'])
      expect(names).toContain(program);
    expect(looks).toEqual([]);
    expect(JSON.stringify(mirror)).not.toContain(TOKEN);
  });

  it('is asked for only when the server wants one', async () => {
    const { mirrors, wanted } = await mirroredRepository();
    let asked = 0;
    const counting = async () => {
      asked += 1;
      return TOKEN;
    };
    await mirrors.withPullRequest(wanted({ token: counting }), asIs);
    expect(asked).toBe(0);
  });

  it('40 that has run out is asked for once more, and told when it is refused again', async () => {
    const { mirrors, wanted, server, head } = await mirroredRepository();
    server.token = TOKEN;
    const asked: boolean[] = [];
    const renewed = async (refused: boolean) => {
      asked.push(refused);
      return refused ? TOKEN : 'old';
    };
    expect((await mirrors.withPullRequest(wanted({ token: renewed }), asIs)).head).toBe(head);
    expect(asked).toEqual([false, true]);
    server.token = 'another';
    const never = wanted({ key: { identity: 'github.com/a/b', id: 2 }, token });
    await expect(mirrors.withPullRequest(never, asIs)).rejects.toMatchObject({ kind: 'unauthorised' });
    const without = wanted({ key: { identity: 'github.com/a/b', id: 2 } });
    await expect(mirrors.withPullRequest(without, asIs)).rejects.toMatchObject({ kind: 'unauthorised' });
  });

  it('that cannot be had is the failure', async () => {
    const { mirrors, wanted, server } = await mirroredRepository();
    server.token = TOKEN;
    const failure = new Error('no installation');
    const failing = wanted({ token: () => Promise.reject(failure) });
    await expect(mirrors.withPullRequest(failing, asIs)).rejects.toBe(failure);
  });

  it('does not go to where a server points', async () => {
    const { mirrors, wanted, server } = await mirroredRepository();
    const heard: string[] = [];
    const thief = createServer((request, response) => {
      heard.push(String(request.headers.authorization));
      response.writeHead(401, { 'www-authenticate': 'Basic realm="GitHub"' }).end();
    });
    await new Promise<void>((done) => thief.listen(0, '127.0.0.1', done));
    onTestFinished(() => void thief.close());
    const location = `http://127.0.0.1:${(thief.address() as AddressInfo).port}/owner/name`;
    for (const afterToken of [false, true]) {
      server.token = afterToken ? TOKEN : null;
      server.intercept = ({ headers, url }, response) => {
        if (afterToken && headers.authorization === undefined) return false;
        response.writeHead(302, { location: `${location}${url}` }).end();
        return true;
      };
      await expect(mirrors.withPullRequest(wanted({ token }), asIs)).rejects.toMatchObject({ kind: 'moved' });
    }
    expect(heard).toEqual([]);
  });

  it('is not said again when the server says it', async () => {
    const { mirrors, wanted, server, folder } = await mirroredRepository();
    server.token = TOKEN;
    server.intercept = ({ headers }, response) => {
      if (headers.authorization === undefined) return false;
      const line = `ERR \x1b[31mno access with ${TOKEN}\n`;
      response.writeHead(200, { 'content-type': 'application/x-git-upload-pack-advertisement' });
      response.end(
        `001e# service=git-upload-pack\n0000${(line.length + 4).toString(16).padStart(4, '0')}${line}`,
      );
      return true;
    };
    const failure: unknown = await mirrors
      .withPullRequest(wanted({ token }), asIs)
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({
      kind: 'refused',
      message: expect.stringContaining('no access with ***'),
    });
    for (let error = failure; error instanceof Error; error = error.cause) {
      expect(`${error.message}\n${error.stack}`).not.toContain(TOKEN);
      expect(error.message).not.toContain('\x1b');
    }
    expect(filesWith(folder, TOKEN)).toEqual([]);
  });
});

describe('I9 nothing on this machine bends a fetch', () => {
  it('no configuration of a person, no .netrc, no variable', async () => {
    const at = await mirroredRepository();
    const home = tempFolder();
    const canary = join(home, 'canary');
    const program = join(home, 'program');
    writeFileSync(program, `#!/bin/sh\necho "$0 $@" >>'${canary}'\n`);
    chmodSync(program, 0o755);
    const hooks = join(home, 'hooks');
    mkdirSync(hooks);
    for (const hook of ['reference-transaction', 'post-checkout', 'pre-auto-gc', 'post-merge']) {
      writeFileSync(join(hooks, hook), `#!/bin/sh\necho hook >>'${canary}'\n`);
      chmodSync(join(hooks, hook), 0o755);
    }
    const hostile = `[core]
	fsmonitor = ${program}
	hooksPath = ${hooks}
	sshCommand = ${program}
	askPass = ${program}
	gitProxy = ${program}
[credential]
	helper = ${program}
[url "ext::${program} "]
	insteadOf = http://
[http]
	proxy = http://127.0.0.1:1
[uploadpack]
	packObjectsHook = ${program}
[fetch]
	recurseSubmodules = true
[alias]
	fetch = !${program}
`;
    writeFileSync(join(home, '.gitconfig'), hostile);
    writeFileSync(join(home, '.netrc'), 'default login me password fromnetrc\n', { mode: 0o600 });
    at.server.token = TOKEN;
    const mirrors = createMirrors(
      at.settings({
        env: {
          PATH: process.env['PATH'],
          HOME: home,
          XDG_CONFIG_HOME: home,
          GIT_CONFIG_GLOBAL: join(home, '.gitconfig'),
          GIT_CONFIG_SYSTEM: join(home, '.gitconfig'),
          GIT_CONFIG_COUNT: '1',
          GIT_CONFIG_KEY_0: 'core.hooksPath',
          GIT_CONFIG_VALUE_0: hooks,
          GIT_CONFIG_PARAMETERS: `'core.fsmonitor=${program}'`,
          GIT_ASKPASS: program,
          GIT_SSH_COMMAND: program,
          GIT_EXEC_PATH: home,
          GIT_TEMPLATE_DIR: home,
          GIT_OBJECT_DIRECTORY: home,
          GIT_TRACE: join(home, 'trace'),
          GIT_TRACE2_EVENT: join(home, 'trace'),
          GIT_TRACE_CURL: join(home, 'trace'),
          GIT_TRACE_REDACT: '0',
        },
      }),
    );
    const mirror = await mirrors.withPullRequest(at.wanted({ token }), asIs);
    expect(mirror.head).toBe(at.head);
    // Those of the mirror itself, were somebody to write there, are ours again at the next fetch.
    writeFileSync(join(mirror.gitDir, 'config'), `${hostile}[core]\n\tbare = true\n`);
    mkdirSync(join(mirror.gitDir, 'hooks'));
    writeFileSync(join(mirror.gitDir, 'hooks/reference-transaction'), readFileSync(program), { mode: 0o755 });
    writeFileSync(join(mirror.gitDir, 'info/attributes'), '* filter=x\n');
    const head = at.source.commit({ 'c.ts': 'c\n' });
    at.push(head, 'refs/pull/7/head');
    expect((await mirrors.withPullRequest(at.wanted({ token, head }), asIs)).head).toBe(head);
    expect(readdirSync(home).sort()).toEqual(['.gitconfig', '.netrc', 'hooks', 'program']);
    expect(readFileSync(join(mirror.gitDir, 'info/attributes'), 'utf8')).toMatch(/!filter/);
    expect(at.server.requests.map(({ password }) => password)).not.toContain('fromnetrc');
  });

  it.each([
    'http://github.com/owner/name',
    'https://me:secret@github.com/owner/name',
    'https://github.com/owner/name?token=x',
    'file:///etc',
    'ext::sh -c id',
    'ssh://git@github.com/owner/name',
    '--upload-pack=id',
    '/etc',
  ])('I12 the address %s is not fetched from', async (url) => {
    const { mirrors, wanted } = await mirroredRepository();
    await expect(mirrors.withPullRequest(wanted({ url }), asIs)).rejects.toMatchObject({ exitCode: 2 });
    expect(await mirrors.list()).toEqual([]);
  });

  it.each(['--output=x', '--upload-pack=touch canary', '-x', 'refs/heads/main', 'ä/…', 'a$(id)', "a'b"])(
    'I12 a branch called %s is a branch',
    async (ref) => {
      const { mirrors, wanted, push, base, folder } = await mirroredRepository();
      const legal = ref.replaceAll(' ', '_');
      push(base, `refs/heads/${legal}`);
      expect(await mirrors.withPullRequest(wanted({ base: { ref: legal, sha: base } }), asIs)).toMatchObject({
        base,
      });
      expect(
        readdirSync(folder, { recursive: true }).filter((name) => /(?:^|\/)(?:x|canary)$/.test(String(name))),
      ).toEqual([]);
    },
  );

  it.each(['a b', 'a:refs/heads/b', '*', 'a\nb', '^a', '', 'a..b'])('I12 %j is no branch', async (ref) => {
    const { mirrors, wanted, base } = await mirroredRepository();
    await expect(mirrors.withPullRequest(wanted({ base: { ref, sha: base } }), asIs)).rejects.toMatchObject({
      exitCode: 2,
    });
  });
});

describe('I10 what a repository brings', () => {
  it('submodules are not fetched', async () => {
    const { mirrors, wanted, push, source, server, fork } = await mirroredRepository();
    source.write({ '.gitmodules': `[submodule "m"]\n\tpath = m\n\turl = ${server.url}/module\n` });
    source.git('update-index', '--add', '--cacheinfo', `160000,${fork},m`);
    source.git('add', '.gitmodules');
    source.git('commit', '--quiet', '-m', 'module');
    const head = source.git('rev-parse', 'HEAD');
    push(head, 'refs/pull/7/head');
    expect((await mirrors.withPullRequest(wanted({ head }), asIs)).head).toBe(head);
    expect(server.requests.filter(({ line }) => line.includes('module'))).toEqual([]);
  });

  it.each([
    ['a submodule whose address is an option', '[submodule "m"]\n\tpath = m\n\turl = -u./payload\n'],
    ['a submodule whose name leaves its folder', '[submodule "../../x"]\n\tpath = m\n\turl = https://e/x\n'],
    ['a submodule whose path is an option', '[submodule "m"]\n\tpath = -x\n\turl = https://e/x\n'],
  ])('%s is refused', async (_, text) => {
    const { mirrors, wanted, push, source } = await mirroredRepository();
    const head = source.commit({ '.gitmodules': text });
    push(head, 'refs/pull/7/head');
    await expect(mirrors.withPullRequest(wanted({ head }), asIs)).rejects.toMatchObject({
      kind: 'refused',
      retryable: false,
    });
    expect(await mirrors.list()).toEqual([expect.objectContaining({ packs: 0 })]);
  });

  it.each([
    ['two files of one name', ['100644 a', '100644 a'], 'duplicateEntries'],
    ['files out of order', ['100644 b', '100644 a'], 'treeNotSorted'],
    ['a folder .git', ['40000 .git'], 'hasDotgit'],
    ['a folder ..', ['40000 ..'], 'hasDotdot'],
    ['a file with a path for a name', ['100644 a/b'], 'fullPathname'],
    ['modes with zeros, as old tools wrote them', ['040000 a'], null],
  ] as const)('a tree with %s', async (_, entries, id) => {
    const { mirrors, wanted, push, source, fork } = await mirroredRepository();
    const blob = source.git('rev-parse', `${fork}:a.ts`);
    const tree = source.git('rev-parse', `${fork}^{tree}`);
    const bytes = entries.map((entry) =>
      Buffer.concat([Buffer.from(`${entry}\0`), Buffer.from(/40000/.test(entry) ? tree : blob, 'hex')]),
    );
    writeFileSync(join(source.path, 'tree'), Buffer.concat(bytes));
    const bad = source.git('hash-object', '-t', 'tree', '-w', '--literally', 'tree');
    const head = source.git('commit-tree', bad, '-p', fork, '-m', 'bad');
    push(head, 'refs/pull/7/head');
    const result = mirrors.withPullRequest(wanted({ head }), asIs);
    if (id === null) expect((await result).head).toBe(head);
    else
      await expect(result).rejects.toMatchObject({ kind: 'refused', message: expect.stringContaining(id) });
  });

  it('commits of people without an address or with an impossible date, as old tools wrote them, are taken', async () => {
    const { mirrors, wanted, push, source, fork } = await mirroredRepository();
    const tree = source.git('rev-parse', `${fork}^{tree}`);
    writeFileSync(
      join(source.path, 'commit'),
      `tree ${tree}\nparent ${fork}\nauthor A U Thor 0 +051800\ncommitter C <c 1 +0000\n\nold\n`,
    );
    const old = source.git('hash-object', '-t', 'commit', '-w', '--literally', 'commit');
    push(old, 'refs/pull/7/head');
    expect((await mirrors.withPullRequest(wanted({ head: old }), asIs)).head).toBe(old);
  });
});
