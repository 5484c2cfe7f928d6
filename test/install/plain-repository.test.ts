import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { HOOK_NAMES, parseHookNames } from '../../src/install/hook-name.ts';
import { install } from '../../src/install/install.ts';
import { renderInstall, renderUninstall } from '../../src/install/report-text.ts';
import { uninstall } from '../../src/install/uninstall.ts';
import { createStage, type Stage } from './stage.ts';

const teller = { home: '', command: 'npx code-agent', model: 'none configured: checks only.' };

function commit(stage: Stage, message: string) {
  return stage.git(['commit', '--allow-empty', '--message', message]);
}

function addRemote(stage: Stage): void {
  stage.git(['init', '--quiet', '--bare', '../remote']);
  stage.git(['remote', 'add', 'origin', '../remote']);
}

describe('in a plain repository', () => {
  it('runs for a commit, a merge and a push, and stops them', async () => {
    const stage = createStage();
    addRemote(stage);
    await install(stage.options);

    expect(commit(stage, 'one').code).toBe(0);
    expect(stage.calls()).toMatchObject([{ args: ['hook', 'pre-commit'], cwd: stage.repository }]);

    stage.git(['switch', '--create', 'topic']);
    commit(stage, 'two');
    stage.git(['switch', 'main']);
    stage.calls();
    stage.git(['merge', '--no-ff', '--no-edit', 'topic']);
    expect(stage.calls().map(({ args }) => args)).toEqual([['hook', 'pre-merge-commit']]);

    const oid = stage.git(['rev-parse', 'HEAD']).output.trim();
    expect(stage.git(['push', 'origin', 'main']).code).toBe(0);
    expect(stage.calls()).toMatchObject([
      {
        args: ['hook', 'pre-push', 'origin', '../remote'],
        stdin: `refs/heads/main ${oid} refs/heads/main ${'0'.repeat(40)}\n`,
      },
    ]);

    stage.cliExits(1);
    expect(commit(stage, 'three').code).toBe(1);
    stage.git(['commit', '--allow-empty', '--no-verify', '--message', 'unseen']);
    expect(stage.git(['push', 'origin', 'main']).code).toBe(1);
  });

  it('can be all the hooks there are', async () => {
    const stage = createStage();
    await install({ ...stage.options, hooks: HOOK_NAMES });
    stage.cliExits(0);
    expect(commit(stage, 'one').code).toBe(0);
    expect(stage.calls().map(({ args }) => args)).toEqual([
      ['hook', 'pre-commit'],
      ['hook', 'commit-msg', '.git/COMMIT_EDITMSG'],
      ['hook', 'post-commit'],
    ]);
  });

  it('says what it did, how to undo it, and when there was nothing to do', async () => {
    const stage = createStage();
    const first = await install(stage.options);
    expect(renderInstall(first, { ...teller, home: stage.root })).toBe(
      [
        `Repository   ~/repo (git ${first.gitVersion})`,
        'Hooks        pre-commit, pre-merge-commit, pre-push: .git/hooks/pre-commit, .git/hooks/pre-merge-commit, .git/hooks/pre-push',
        `Node         ${process.execPath}`,
        'Model        none configured: checks only.',
        'Undo         npx code-agent uninstall',
        '',
      ].join('\n'),
    );
    const again = await install(stage.options);
    expect(again.changed).toBe(false);
    expect(renderInstall(again, teller)).toContain('nothing was changed');
  });

  it('leaves no trace when it is taken out', async () => {
    const stage = createStage();
    stage.write('.git/hooks/commit-msg', '#!/bin/sh\nexit 0', 0o755);
    const before = stage.snapshot();
    await install({ ...stage.options, hooks: HOOK_NAMES });
    const installed = stage.snapshot();
    await install({ ...stage.options, hooks: HOOK_NAMES });
    expect(stage.snapshot()).toEqual(installed);
    const report = await uninstall(stage.options);
    expect(stage.snapshot()).toEqual(before);
    expect(renderUninstall(report, teller)).toContain('.git/hooks/pre-commit');
    expect(renderUninstall(await uninstall(stage.options), teller)).toContain('none of code-agent were here');
  });

  it('takes out the hooks that are no longer asked for', async () => {
    const stage = createStage();
    await install(stage.options);
    await install({ ...stage.options, hooks: parseHookNames('pre-push') });
    commit(stage, 'one');
    expect(stage.calls()).toEqual([]);
  });

  it('works in linked worktrees and in submodules', async () => {
    const stage = createStage();
    commit(stage, 'one');
    await install(stage.options);
    stage.git(['worktree', 'add', '--quiet', '../linked']);
    stage.run('git', ['-C', '../linked', 'commit', '--allow-empty', '--message', 'two']);
    expect(stage.calls()).toMatchObject([{ args: ['hook', 'pre-commit'], cwd: join(stage.root, 'linked') }]);

    stage.git(['-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', stage.repository, 'sub']);
    await install({ ...stage.options, cwd: join(stage.repository, 'sub') });
    stage.run('git', ['-C', 'sub', 'commit', '--allow-empty', '--message', 'three']);
    expect(stage.calls()).toMatchObject([{ cwd: join(stage.repository, 'sub') }]);
  });

  it('finds its record from a git directory apart, whatever the folders are called', async () => {
    const stage = createStage();
    const recorded = stage.nodeThatSays('recorded');
    mkdirSync(join(stage.root, 'worktrees/x'), { recursive: true });
    const [apart, linked] = [join(stage.root, 'worktrees/apart'), join(stage.root, 'worktrees/linked')];
    stage.git(['init', '--quiet', '--separate-git-dir', '../worktrees/x/git', apart]);
    await install({ ...stage.options, cwd: apart, node: recorded });
    stage.git(['-C', apart, 'commit', '--allow-empty', '--message', 'one']);
    stage.git(['-C', apart, 'worktree', 'add', '--quiet', linked]);
    stage.git(['-C', linked, 'commit', '--allow-empty', '--message', 'two']);
    expect(stage.calls()).toMatchObject([
      { via: 'recorded', cwd: apart },
      { via: 'recorded', cwd: linked },
    ]);
  });

  it('rejects a hook that is none of its own', () => {
    expect(() => parseHookNames('pre-commit,pre-receive')).toThrow(
      /"pre-receive" is not a hook of code-agent/,
    );
  });

  it('rejects a bare repository, and no repository', async () => {
    const stage = createStage();
    stage.git(['init', '--quiet', '--bare', '../bare']);
    await expect(install({ ...stage.options, cwd: join(stage.root, 'bare') })).rejects.toThrow(/bare/);
    await expect(install({ ...stage.options, cwd: join(stage.root, 'home') })).rejects.toThrow(
      /not a git repo/,
    );
  });
});

describe('beside a hook of the user', () => {
  const log = (text: string) => `echo ${text} >>"$GIT_LOG"`;
  const stageWithLog = () => {
    const stage = createStage();
    stage.env['GIT_LOG'] = join(stage.root, 'log');
    stage.write('../log', '');
    return stage;
  };

  it.each([
    ['a shell script', `#!/bin/sh\n# mine\n${log('user')}\nexit 0\n`, 'line'],
    ['a script without shebang', `${log('user')}\n`, 'line'],
    [
      'a program',
      `#!/usr/bin/env node\nrequire('fs').appendFileSync(process.env.GIT_LOG, 'user\\n')\n`,
      'kept',
    ],
  ])('runs with %s, which is put back to the byte', async (_, script, way) => {
    const stage = stageWithLog();
    stage.write('.git/hooks/pre-commit', script, 0o755);
    const before = stage.snapshot();
    const report = await install(stage.options);
    expect(report.hooks.map((hook) => hook.way)).toEqual([way, 'script', 'script']);
    expect(commit(stage, 'one').code).toBe(0);
    expect(stage.calls()).toHaveLength(1);
    expect(stage.read('../log')).toBe('user\n');

    stage.cliExits(1);
    expect(commit(stage, 'two').code).toBe(1);
    expect(stage.read('../log')).toBe('user\n');

    await install(stage.options);
    await uninstall(stage.options);
    const { '.git/hooks/pre-commit': hook } = stage.snapshot();
    expect(hook).toBe(before['.git/hooks/pre-commit']);
    expect(Object.keys(stage.snapshot()).filter((path) => path.startsWith('.git/hooks/'))).toEqual(
      Object.keys(before).filter((path) => path.startsWith('.git/hooks/')),
    );
  });

  it('fails when the hook of the user fails', async () => {
    const stage = createStage();
    stage.write('.git/hooks/pre-commit', '#!/usr/bin/env node\nprocess.exit(7)\n', 0o755);
    stage.write('.git/hooks/pre-push', '#!/bin/sh\nexit 7\n', 0o755);
    addRemote(stage);
    await install(stage.options);
    expect(commit(stage, 'one').code).not.toBe(0);
    stage.git(['commit', '--allow-empty', '--no-verify', '--message', 'one']);
    expect(stage.git(['push', 'origin', 'main']).code).not.toBe(0);
    expect(stage.calls().map(({ args }) => args[1])).toEqual(['pre-commit', 'pre-push']);
  });

  it.each([
    ['a shell script', '#!/bin/sh\nwhile read -r line; do echo "$1 $line" >>"$GIT_LOG"; done\nexit 0\n'],
    ['a bash script that stops at errors', '#!/bin/bash -eu\necho "$1 $(cat)" >>"$GIT_LOG"\n'],
    [
      'a program',
      `#!/usr/bin/env node\nconst fs = require('fs');fs.appendFileSync(process.env.GIT_LOG, process.argv[2] + ' ' + fs.readFileSync(0))\n`,
    ],
  ])('gives the refs of a push to both, with %s', async (_, script) => {
    const stage = stageWithLog();
    addRemote(stage);
    stage.write('.git/hooks/pre-push', script, 0o755);
    await install(stage.options);
    commit(stage, 'one');
    stage.calls();
    const branches = Array.from({ length: 50 }, (_, index) => `b${index}`);
    for (const branch of branches) stage.git(['branch', branch]);
    expect(stage.git(['push', 'origin', ...branches])).toMatchObject({ code: 0 });
    const [call] = stage.calls();
    expect(call?.chained).toBe(false);
    expect(call?.args).toEqual(['hook', 'pre-push', 'origin', '../remote']);
    expect(call?.stdin.split('\n')).toHaveLength(51);
    const seen = stage.read('../log').replaceAll('origin ', '').trim();
    expect(seen).toBe(call?.stdin.trim());

    stage.write('../log', '');
    stage.cliExits(1);
    expect(stage.git(['push', 'origin', 'main']).code).toBe(1);
    expect(stage.read('../log')).toBe('');
  });

  it('runs for a push that the hook of the user makes itself', async () => {
    const stage = stageWithLog();
    addRemote(stage);
    const nested = '#!/bin/sh\n[ "$NESTED" ] || NESTED=1 git push other main\nexit 0\n';
    stage.write('.git/hooks/pre-push', nested, 0o755);
    stage.git(['init', '--quiet', '--bare', '../other']);
    stage.git(['remote', 'add', 'other', '../other']);
    await install(stage.options);
    commit(stage, 'one');
    stage.calls();
    expect(stage.git(['push', 'origin', 'main'])).toMatchObject({ code: 0 });
    expect(stage.calls().map(({ args }) => args[2])).toEqual(['origin', 'other']);
  });

  it('leaves a hook switched off that was', async () => {
    const stage = stageWithLog();
    stage.write('.git/hooks/pre-commit', `#!/bin/sh\n${log('user')}\n`, 0o644);
    const before = stage.snapshot();
    await install(stage.options);
    expect(commit(stage, 'one').code).toBe(0);
    expect(stage.calls()).toHaveLength(1);
    expect(stage.read('../log')).toBe('');
    await uninstall(stage.options);
    expect(stage.snapshot()['.git/hooks/pre-commit']).toBe(before['.git/hooks/pre-commit']);
  });

  it('never writes through a link into the working tree', async () => {
    const stage = stageWithLog();
    stage.write('scripts/check', `#!/bin/sh\n${log('user')}\n`, 0o755);
    symlinkSync('../../scripts/check', join(stage.repository, '.git/hooks/pre-commit'));
    const before = stage.snapshot();
    await install(stage.options);
    expect(stage.snapshot()['scripts/check']).toBe(before['scripts/check']);
    commit(stage, 'one');
    expect(stage.calls()).toHaveLength(1);
    expect(stage.read('../log')).toBe('user\n');
    await uninstall(stage.options);
    expect(stage.snapshot()['.git/hooks/pre-commit']).toBe('777 -> ../../scripts/check');
  });

  it('keeps what the user added since to a script of ours', async () => {
    const stage = stageWithLog();
    await install(stage.options);
    const script = stage.read('.git/hooks/pre-commit');
    stage.write('.git/hooks/pre-commit', `${script}${log('user')}\n`, 0o755);
    commit(stage, 'one');
    expect(stage.read('../log')).toBe('user\n');
    await uninstall(stage.options);
    expect(stage.read('.git/hooks/pre-commit')).toContain(log('user'));
    expect(stage.read('.git/hooks/pre-commit')).not.toContain(stage.packageFolder);
  });

  it('refuses a folder where a hook should be, and changes nothing', async () => {
    const stage = createStage();
    mkdirSync(join(stage.repository, '.git/hooks/pre-push'));
    const before = stage.snapshot();
    await expect(install(stage.options)).rejects.toThrow(/pre-push is not a file/);
    expect(stage.snapshot()).toEqual(before);
  });
});

it('names the package by the link in node_modules, which stays when it is updated', async () => {
  const stage = createStage({
    packageAt: 'repo/node_modules/.pnpm/code-agent@0.1.0/node_modules/code-agent',
  });
  symlinkSync(stage.packageFolder, join(stage.repository, 'node_modules/code-agent'));
  await install(stage.options);
  expect(stage.read('.git/hooks/pre-commit')).toContain(
    join(stage.repository, 'node_modules/code-agent/hooks/pre-commit'),
  );
  commit(stage, 'one');
  expect(stage.calls()).toHaveLength(1);
});

describe('with core.hooksPath', () => {
  it('follows it where it is this repository’s own', async () => {
    const stage = createStage();
    stage.git(['config', 'core.hooksPath', join(stage.root, 'my hooks')]);
    const before = stage.snapshot();
    await install(stage.options);
    commit(stage, 'one');
    expect(stage.calls()).toHaveLength(1);
    expect(stage.read('.git/config')).toContain('my hooks');
    await uninstall(stage.options);
    commit(stage, 'two');
    expect(stage.calls()).toEqual([]);
    expect(stage.snapshot()['.git/config']).toBe(before['.git/config']);
  });

  it('writes no path of this machine into a folder of the working tree', async () => {
    const stage = createStage({ packageAt: 'repo/node_modules/code-agent' });
    stage.git(['config', 'core.hooksPath', '.githooks']);
    stage.write('.githooks/pre-commit', '#!/bin/sh\ntrue\n', 0o755);
    await install(stage.options);
    expect(stage.read('.githooks/pre-commit')).toBe(
      '#!/bin/sh\n/bin/sh node_modules/code-agent/hooks/pre-commit "$@" || exit $? # code-agent install\ntrue\n',
    );
    commit(stage, 'one');
    expect(stage.calls()).toHaveLength(1);
    rmSync(join(stage.repository, 'node_modules'), { recursive: true });
    expect(commit(stage, 'two').code).not.toBe(0);
  });

  it('says what to do where the working tree’s hooks would need a dependency', async () => {
    const stage = createStage();
    stage.git(['config', 'core.hooksPath', '.githooks']);
    await expect(install(stage.options)).rejects.toMatchObject({
      message: expect.stringContaining('shared by everybody'),
      advice: expect.stringContaining('npm install --save-dev code-agent'),
    });
  });

  it('refuses a folder that all repositories share, and hooks that are switched off', async () => {
    const stage = createStage();
    stage.git(['config', '--global', 'core.hooksPath', join(stage.root, 'global')]);
    await expect(install(stage.options)).rejects.toMatchObject({
      message: expect.stringContaining('set for more than this repository (global)'),
      advice: expect.stringContaining('# code-agent install'),
    });
    stage.git(['config', 'core.hooksPath', '/dev/null']);
    await expect(install(stage.options)).rejects.toThrow(/\/dev\/null/);
  });
});
