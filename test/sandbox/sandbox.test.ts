import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { CodeAgentError } from '../../src/code-agent-error.ts';
import { runGit } from '../../src/git/run-git.ts';
import { openSandbox } from '../../src/sandbox/open-sandbox.ts';
import type { Sandbox, SandboxCommand, SandboxResult } from '../../src/sandbox/sandbox.ts';
import { tempFolder, tempRepository } from '../support/temp-repository.ts';
import { hasBubblewrap } from './has-bubblewrap.ts';
import { LIMITS, MiB } from './limits.ts';
import { bundleController, startController } from './start-controller.ts';

const isRoot = process.getuid?.() === 0;

describe.runIf(hasBubblewrap())('a sandbox of bubblewrap', () => {
  let sandbox: Sandbox;
  let bundle: Awaited<ReturnType<typeof bundleController>>;
  beforeAll(async () => {
    bundle = await bundleController();
    sandbox = await openSandbox(process.env);
  });
  afterAll(() => bundle.remove());

  const run = (script: string, more: Partial<SandboxCommand> = {}): Promise<SandboxResult> => {
    const command = { script, folder: more.folder ?? tempFolder(), readable: [], limits: LIMITS, ...more };
    return sandbox.run(command, new AbortController().signal);
  };
  const text = async (script: string, more?: Partial<SandboxCommand>): Promise<string> =>
    (await run(script, more)).output.toString();

  test('is named for a person', () => {
    expect(sandbox.name).toMatch(/^bubblewrap \d+\.\d+/);
  });

  describe('answers', () => {
    test('the exit code, and that it has exited', async () => {
      expect(await run('exit 7')).toMatchObject({ exitCode: 7, ended: 'exited', lost: 0 });
      expect((await run('exit 0')).exitCode).toBe(0);
    });

    test('128 + n for a script that a signal has ended, as a shell does', async () => {
      expect(await run('kill -SEGV $$')).toMatchObject({ exitCode: 139, ended: 'exited' });
    });

    test('stdout and stderr in the order in which they were written', async () => {
      expect(await text('for i in 1 2 3; do echo out $i; echo error $i >&2; done')).toBe(
        'out 1\nerror 1\nout 2\nerror 2\nout 3\nerror 3\n',
      );
    });

    test('what is written to /dev/stderr and /dev/stdout', async () => {
      expect(await text('echo one > /dev/stderr; echo two > /dev/stdout; echo three >> /dev/fd/2')).toBe(
        'one\ntwo\nthree\n',
      );
    });

    test('bytes as they are', async () => {
      const { output } = await run("printf 'a\\000b\\377\\303'");
      expect(output).toEqual(Buffer.from([0x61, 0, 0x62, 0xff, 0xc3]));
    });

    test('the beginning of a long output, and how much more there was', async () => {
      const told: string[] = [];
      const { output, lost, ended } = await run('head -c 300000 /dev/zero | tr "\\0" x', {
        limits: { ...LIMITS, outputBytes: 1000 * 10 },
        onOutput: (chunk) => told.push(chunk),
      });
      expect({ length: output.length, lost, ended }).toEqual({
        length: 10_000,
        lost: 290_000,
        ended: 'exited',
      });
      expect(told.join('')).toBe('x'.repeat(10_000));
    });

    test('output while it comes, characters whole', async () => {
      const told: string[] = [];
      await run("printf '\\303'; sleep 0.1; printf '\\244'; sleep 0.1; echo; printf '\\377'", {
        onOutput: (chunk) => told.push(chunk),
      });
      expect(told.join('')).toBe('ä\n\ufffd');
      expect(told.length).toBeGreaterThan(1);
    });

    test('when it was stopped', async () => {
      const controller = new AbortController();
      const script = 'echo begun; sleep 60';
      const command = {
        script,
        folder: tempFolder(),
        readable: [],
        limits: LIMITS,
        onOutput: () => controller.abort(),
      };
      const result = await sandbox.run(command, controller.signal);
      expect(result).toMatchObject({ exitCode: null, ended: 'stopped', output: Buffer.from('begun\n') });
      expect(result.ms).toBeLessThan(5_000);
      const before = await sandbox.run(command, AbortSignal.abort());
      expect(before).toMatchObject({ exitCode: null, ended: 'stopped' });
    });

    test('what onOutput has thrown, when nothing runs any more', async () => {
      const folder = tempFolder();
      const failure = new Error('full');
      const fails = () => {
        throw failure;
      };
      const script = 'while echo x >> beat; do echo x; sleep 0.02; done';
      await expect(run(script, { folder, onOutput: fails })).rejects.toBe(failure);
      await expectNoMore(join(folder, 'beat'));
    });
  });

  describe('a command finds', () => {
    test('an environment that has nothing of ours', async () => {
      process.env['CODE_AGENT_TEST_KEY'] = 'key';
      onTestFinished(() => {
        delete process.env['CODE_AGENT_TEST_KEY'];
      });
      const lines = await text('env -u _ | sort', { variables: { NAME: 'a value\nof two lines' } });
      const names = lines.split('\n').flatMap((line) => /^(\w+)=/.exec(line)?.[1] ?? []);
      expect(names).toEqual(
        ['CI', 'HOME', 'LANG', 'NAME', 'PATH', 'PWD', 'TERM']
          .concat(['npm_config_fetch_retries', 'npm_config_ignore_scripts', 'npm_config_update_notifier'])
          .sort(),
      );
      expect(lines).toContain('HOME=/tmp/home\n');
    });

    test('node and npm, and runs tests with a server of their own', async () => {
      const folder = tempFolder();
      write(folder, {
        'package.json': JSON.stringify({ name: 'x', scripts: { test: 'node --test', pretest: 'echo pre' } }),
        'server.test.mjs': `
          import net from 'node:net'; import test from 'node:test';
          test('a server', async () => {
            const server = net.createServer((socket) => socket.end('hi')).listen(0, '127.0.0.1');
            await new Promise((resolve) => server.once('listening', resolve));
            const { port } = server.address();
            await new Promise((resolve, reject) => net.connect(port, 'localhost').on('data', resolve).on('error', reject));
            server.close();
          });`,
      });
      const { exitCode, output } = await run('node -v && npm test', { folder });
      expect(output.toString()).toContain(`${process.version}\n`);
      expect(output.toString()).toContain('# pass 1\n');
      expect(exitCode).toBe(0);
    });

    test('git, in a repository of its own', async () => {
      const script =
        'git init -q /tmp/r && cd /tmp/r && git -c user.name=A -c user.email=a@b commit -qm one --allow-empty && git log --format=%s';
      expect(await text(script)).toBe('one\n');
    });

    test('a user, a host and a time zone', async () => {
      expect(await text('id -un; hostname; date +%Z; getent hosts localhost')).toMatch(
        /^agent\nsandbox\n\w+\n\S+ +localhost/,
      );
    });

    test('its folder, writable, and files there are ours', async () => {
      const folder = tempFolder();
      write(folder, { 'sub/a.txt': 'a' });
      expect(await text('pwd; cat a.txt; echo b > b.txt', { folder, cwd: 'sub' })).toBe('/work/sub\na');
      expect(readFileSync(join(folder, 'sub/b.txt'), 'utf8')).toBe('b\n');
      expect(statSync(join(folder, 'sub/b.txt')).uid).toBe(process.getuid?.());
    });

    test('more folders, at their place, that it cannot write', async () => {
      const [folder, cache] = [tempFolder(), tempFolder()];
      write(cache, { 'a.txt': 'a' });
      symlinkSync(cache, join(folder, 'link'));
      const readable = [cache, join(folder, 'link')];
      const script = `cat ${cache}/a.txt ${folder}/link/a.txt; echo x > ${cache}/b.txt || echo refused; ls ${folder}`;
      expect(await text(script, { folder, readable })).toMatch(
        /^aa.*Read-only file system\nrefused\nlink\n$/s,
      );
      expect(existsSync(join(cache, 'b.txt'))).toBe(false);
    });

    test('nothing of what runs beside it', async () => {
      const folder = tempFolder();
      const script = (name: string) =>
        `echo ${name} > /tmp/name; echo ${name} > /dev/shm/name; sleep 0.2; cat /tmp/name /dev/shm/name; ls /proc | grep -c '^[0-9]'`;
      const [one, two] = await Promise.all([
        text(script('one'), { folder }),
        text(script('two'), { folder }),
      ]);
      expect(one).toMatch(/^one\none\n[3-6]\n$/);
      expect(two).toMatch(/^two\ntwo\n[3-6]\n$/);
    });
  });

  describe('.git', () => {
    test('that is not there is not there afterwards, with several commands at once', async () => {
      const folder = tempFolder();
      const results = await Promise.all(
        [0.1, 0.3, 0.2].map((seconds) =>
          text(`sleep ${seconds}; mkdir .git/x; rmdir .git; echo x > .git/config; echo end`, { folder }),
        ),
      );
      for (const result of results) expect(result).toMatch(/Read-only.*end\n$/s);
      expect(existsSync(join(folder, '.git'))).toBe(false);
    });

    test('that is a link is refused', async () => {
      const [folder, other] = [tempFolder(), tempFolder()];
      symlinkSync(other, join(folder, '.git'));
      await expect(run('true', { folder })).rejects.toThrow(CodeAgentError);
    });

    test('can be read', async () => {
      const repository = tempRepository();
      repository.commit({ 'a.txt': 'a' }, 'first');
      repository.write({ 'a.txt': 'b' });
      expect(await text('git log --format=%s; git status --short', { folder: repository.path })).toBe(
        'first\n M a.txt\n',
      );
    });

    test('of a folder below runs nothing when the controller looks at the worktree', async () => {
      const repository = tempRepository();
      repository.commit({ 'a.txt': 'a', '.gitattributes': '* filter=evil\n' });
      const canary = join(repository.path, '../canary');
      const script = `
        mkdir -p sub hooks && cd sub && git init -q . && echo x > x && git add x
        git config core.fsmonitor 'touch ${canary}' && git config filter.evil.clean 'touch ${canary}; cat'
        git config core.hooksPath /work/hooks && printf '#!/bin/sh\\ntouch ${canary}\\n' > ../hooks/post-index-change
        chmod +x ../hooks/post-index-change; echo done`;
      expect(await text(script, { folder: repository.path })).toContain('done\n');
      const call = { cwd: repository.path, env: repository.env };
      expect((await runGit(['status', '--porcelain'], call)).toString()).toBe('?? hooks/\n?? sub/\n');
      await runGit(['add', '--dry-run', '--', 'hooks'], call);
      await runGit(['diff', 'HEAD'], call);
      expect(existsSync(canary)).toBe(false);
    });
  });

  describe('ends', () => {
    test('with its script: what that has left behind is gone, and no zombie stays', async () => {
      const folder = tempFolder();
      await run(
        'setsid sh -c "while echo x >> beat; do sleep 0.02; done" & while ! test -s beat; do :; done',
        {
          folder,
        },
      );
      await expectNoMore(join(folder, 'beat'));
      const zombies = execFileSync('ps', ['--ppid', String(process.pid), '-o', 'stat=,comm='], {
        encoding: 'utf8',
      });
      expect(zombies).not.toMatch(/^Z.*bwrap/m);
    });

    test('with the controller, when that is killed', async () => {
      const folder = tempFolder();
      const controller = await startController(bundle.file, {
        uid: null,
        env: { PATH: process.env['PATH'] ?? '' },
      });
      const script =
        'trap "" TERM HUP INT; (setsid sh -c "while echo x >> beat; do sleep 0.02; done" &); sleep 60';
      controller.start({ script, folder, readable: [], limits: LIMITS });
      await until(() => existsSync(join(folder, 'beat')));
      await controller.stop();
      // One after the other, each by the death of the one before.
      await new Promise((resolve) => setTimeout(resolve, 500));
      await expectNoMore(join(folder, 'beat'));
    });

    test.each(['TERM', 'KILL', 'STOP'] as const)('when bubblewrap itself is sent SIG%s', async (signal) => {
      const folder = tempFolder();
      const script = 'while echo x >> beat; do sleep 0.02; done';
      const result = run(script, { folder, limits: { ...LIMITS, wallMs: 2_000 } });
      await until(() => existsSync(join(folder, 'beat')));
      for (const pid of pidsOf(folder)) process.kill(pid, `SIG${signal}`);
      expect(['signal', 'late', 'exited']).toContain((await result).ended);
      await expectNoMore(join(folder, 'beat'));
    });

    test('of many at once', async () => {
      const folder = tempFolder();
      const all = Array.from({ length: 12 }, (_, index) => run(`sleep 0.1; exit ${index}`, { folder }));
      expect((await Promise.all(all)).map(({ exitCode }) => exitCode)).toEqual([...all.keys()]);
    });
  });

  describe('limits', () => {
    test('memory of node counts as it is, not as it is reserved', async () => {
      const limits = { ...LIMITS, memoryBytes: 256 * MiB };
      const script = 'node -e "Buffer.alloc(80e6, 1); console.log(1)"; node -e "Buffer.alloc(400e6, 1)"';
      expect(await run(script, { limits })).toMatchObject({ ended: 'memory', output: Buffer.from('1\n') });
    });

    test('pages that processes share are counted once', async () => {
      const limits = { ...LIMITS, memoryBytes: 200 * MiB };
      const script = `perl -e 'my $x = "x" x 60_000_000; for (1 .. 6) { if (!fork) { sleep 1; exit } } 1 while wait > 0'`;
      expect(await run(script, { limits })).toMatchObject({ ended: 'exited', exitCode: 0 });
    });

    test('a file that is too large ends who writes it', async () => {
      const limits = { ...LIMITS, fileBytes: 1 * MiB };
      const { output, ended } = await run('head -c 5000000 /dev/zero > f; echo $?; stat -c %s f', { limits });
      expect(ended).toBe('exited');
      expect(output.toString()).toMatch(/153\n1048576\n$/);
    });

    test('what others write on the same disk is not held against it', async () => {
      const [folder, other] = [tempFolder(), tempFolder()];
      const limits = { ...LIMITS, diskBytes: 16 * MiB };
      const result = run('sleep 0.5; echo end', { folder, limits });
      writeFileSync(join(other, 'large'), Buffer.alloc(64 * MiB, 1));
      expect(await result).toMatchObject({ ended: 'exited', output: Buffer.from('end\n') });
    });

    test('memory, processes and files that are used well are not too much', async () => {
      const script = `
        for i in 1 2 3 4 5 6 7 8; do node -e 'setTimeout(() => {}, 300)' & done; wait
        head -c 20000000 /dev/zero > /tmp/a; head -c 20000000 /dev/zero > a; rm a; echo end`;
      expect(await run(script)).toMatchObject({ ended: 'exited', output: Buffer.from('end\n') });
    });
  });

  describe('is refused, and nothing runs', () => {
    test.each<[string, Partial<SandboxCommand>]>([
      ['a folder that is relative', { folder: 'relative' }],
      ['a folder that is not there', { folder: '/nowhere/at/all' }],
      ['the whole machine', { folder: '/' }],
      ['a readable folder that is not there', { readable: ['/nowhere/at/all'] }],
      ['a readable folder in the place of another', { readable: ['/etc'] }],
      ['a working folder that is not there', { cwd: 'nowhere' }],
      ['a script with NUL', { script: 'echo \0' }],
      ['a script that no program can be given', { script: `: ${'x'.repeat(200_000)}` }],
    ])('%s', async (_, more) => {
      const failure = await run(more.script ?? 'echo x', more).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(CodeAgentError);
    });

    test('and says why', async () => {
      await expect(run('true', { cwd: 'nowhere' })).rejects.toThrow(
        "the sandbox could not be set up: Can't chdir to /work/nowhere",
      );
    });
  });

  test('a terminal of the controller is not its terminal', async () => {
    const controller = await startController(bundle.file, {
      uid: null,
      env: { PATH: process.env['PATH'] ?? '', TERM: 'xterm' },
      through: (command) => ['script', '--quiet', '--return', '--command', command.join(' '), '/dev/null'],
    });
    try {
      const script =
        'tty; test -t 0 && echo 0; test -t 1 && echo 1; (echo x > /dev/tty) 2>&1; ls /dev/pts; ps -o tty= $$';
      const { output } = await controller.run({ script, folder: tempFolder(), readable: [], limits: LIMITS });
      expect(output.toString()).toMatch(/^not a tty\n.*\/dev\/tty: No such device or address\nptmx\n\?\n$/);
    } finally {
      await controller.stop();
    }
  });

  test('node of another place than /usr is there with its packages, and nothing else of that place', async () => {
    const home = tempFolder();
    chmodSync(home, 0o755);
    const prefix = join(home, '.local');
    write(prefix, {
      'lib/node_modules/tool/cli.js': '#!/usr/bin/env node\nconsole.log("tool", process.execPath);\n',
      'share/keyrings/login.keyring': 'secret',
      'bin/other': '#!/bin/sh\necho other\n',
      'etc/npmrc': '//registry.npmjs.org/:_authToken=secret\n',
    });
    const node = join(prefix, 'bin/node');
    copyFileSync(process.execPath, node);
    chmodSync(join(prefix, 'lib/node_modules/tool/cli.js'), 0o755);
    chmodSync(join(prefix, 'bin/other'), 0o755);
    symlinkSync('../lib/node_modules/tool/cli.js', join(prefix, 'bin/tool'));
    const controller = await startController(bundle.file, {
      uid: null,
      env: { PATH: process.env['PATH'] ?? '' },
      node,
    });
    try {
      const script = `command -v node; tool; ls ${prefix} ${prefix}/bin; cat ${prefix}/share/keyrings/login.keyring ${prefix}/etc/npmrc`;
      const { output } = await controller.run({ script, folder: tempFolder(), readable: [], limits: LIMITS });
      const said = output.toString();
      expect(said).toContain(`${node}\ntool ${node}\n`);
      expect(said).toContain(`${prefix}:\nbin\nlib\n\n${prefix}/bin:\nnode\ntool\n`);
      expect(said).not.toContain('secret');
    } finally {
      await controller.stop();
    }
  });

  test.runIf(isRoot)('of root runs as the owner of the worktree', async () => {
    const folder = tempFolder();
    chmodSync(folder, 0o755);
    const work = join(folder, 'work');
    mkdirSync(work);
    chownSync(work, 1001, 1001);
    write(folder, { private: 'secret' });
    chmodSync(join(folder, 'private'), 0o600);
    const result = run('echo x > written; echo y > /dev/stderr; sleep 1; id -u', { folder: work });
    await until(() => existsSync(join(work, 'written')));
    const users = execFileSync('pgrep', ['-u', '1001', '-f', `bwrap .*--bind ${work} `], {
      encoding: 'utf8',
    });
    expect(users).toMatch(/^\d+\n/);
    expect((await result).output.toString()).toBe('y\n1000\n');
    expect(statSync(join(work, 'written')).uid).toBe(1001);
  });

  test.runIf(isRoot)('of root leaves no control group behind', async () => {
    await run('true');
    const groups = execFileSync('find', ['/sys/fs/cgroup', '-name', `code-agent-${process.pid}-*`]);
    expect(groups.toString()).toBe('');
  });

  test.runIf(isRoot)('of root stays root where the owner could not reach it', async () => {
    const folder = tempFolder();
    const work = join(folder, 'work');
    mkdirSync(work);
    chownSync(work, 1001, 1001);
    chmodSync(work, 0o777);
    expect(await text('echo x > written; cat written', { folder: work })).toBe('x\n');
    expect(statSync(join(work, 'written')).uid).toBe(0);
  });
});

function write(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
}

/** Of the bubblewrap of a worktree. */
function pidsOf(folder: string): number[] {
  const found = execFileSync('pgrep', ['-f', `bwrap .*--bind ${folder} `], { encoding: 'utf8' });
  return found.trim().split('\n').map(Number);
}

async function until(holds: () => boolean): Promise<void> {
  for (let attempt = 0; attempt < 500 && !holds(); attempt += 1)
    await new Promise((resolve) => setTimeout(resolve, 10));
}

/** Nobody writes there any more. */
async function expectNoMore(file: string): Promise<void> {
  const before = statSync(file).size;
  await new Promise((resolve) => setTimeout(resolve, 150));
  expect(statSync(file).size).toBe(before);
}
