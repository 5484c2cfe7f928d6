import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { doctor } from '../../src/install/doctor.ts';
import { isAtLeast, parseGitVersion } from '../../src/install/git-settings.ts';
import { HOOK_NAMES } from '../../src/install/hook-name.ts';
import { type InstallOptions, install } from '../../src/install/install.ts';
import { renderInstall, renderUninstall } from '../../src/install/report-text.ts';
import { uninstall } from '../../src/install/uninstall.ts';
import { createStage, findGitWithConfigHooks, findTool, type Stage } from './stage.ts';

/** A stage for the git that has config hooks, null (and said so) where there is none. */
function stageOfNewGit(
  options: Parameters<typeof createStage>[0] = {},
): { stage: Stage; options: InstallOptions } | null {
  const gitProgram = findGitWithConfigHooks();
  if (gitProgram === null) return null;
  const stage = createStage({ ...options, gitProgram });
  stage.env['GIT_LOG'] = join(stage.root, 'log');
  stage.write('../log', '');
  stage.git(['init', '--quiet', '--bare', '../remote']);
  stage.git(['remote', 'add', 'origin', '../remote']);
  return { stage, options: { ...stage.options, via: 'auto' } };
}

const commit = (stage: Stage, ...more: string[]) =>
  stage.git(['commit', '--allow-empty', '--message', 'one', ...more]);
const hooksRun = (stage: Stage) => stage.calls().map(({ args }) => args[1]);
const log = (text: string) => `echo ${text} >>"$GIT_LOG"`;

describe('as config hooks', () => {
  it('runs once for each event, with its arguments and stdin, and leaves no trace', async () => {
    const on = stageOfNewGit();
    if (on === null) return;
    const { stage, options } = on;
    const before = stage.snapshot();
    const report = await install({ ...options, hooks: HOOK_NAMES });
    expect(report.hooks.map(({ way }) => way)).toEqual(HOOK_NAMES.map(() => 'config'));
    const teller = { home: '', command: 'code-agent', model: '' };
    expect(renderInstall(report, teller)).toContain('hook.code-agent-pre-commit');
    const installed = stage.snapshot();
    expect(await install({ ...options, hooks: HOOK_NAMES })).toMatchObject({ changed: false });
    expect(stage.snapshot()).toEqual(installed);

    expect(commit(stage).code).toBe(0);
    expect(stage.calls().map(({ args }) => args)).toEqual([
      ['hook', 'pre-commit'],
      ['hook', 'commit-msg', '.git/COMMIT_EDITMSG'],
      ['hook', 'post-commit'],
    ]);
    expect(stage.git(['push', 'origin', 'main']).code).toBe(0);
    expect(stage.calls()).toMatchObject([
      {
        args: ['hook', 'pre-push', 'origin', '../remote'],
        stdin: expect.stringMatching(/^refs\/heads\/main .*\n$/),
      },
    ]);
    stage.cliExits(1);
    expect(commit(stage).code).toBe(1);

    const { '.git/config': config } = before;
    expect(renderUninstall(await uninstall(options), teller)).toContain('hook.code-agent-post-commit');
    expect(stage.snapshot()['.git/config']).toBe(config);
    const hooks = (files: Record<string, string>) =>
      Object.keys(files).filter((path) => /^.git\/hooks/.test(path));
    expect(hooks(stage.snapshot())).toEqual(hooks(before));
  });

  it('runs without PATH and without HOME', async () => {
    const on = stageOfNewGit();
    if (on === null) return;
    const { stage, options } = on;
    await install({ ...options, node: stage.nodeThatSays('recorded') });
    const identity = ['-c', 'user.name=n', '-c', 'user.email=n@example.invalid'];
    expect(stage.git([...identity, 'commit', '--allow-empty', '-m', 'one'], { PATH: '' }).code).toBe(0);
    expect(stage.calls()).toMatchObject([{ args: ['hook', 'pre-commit'], via: 'recorded' }]);
  });

  it('runs beside a hook of the user, which is not touched, and after which nothing is lost', async () => {
    const on = stageOfNewGit();
    if (on === null) return;
    const { stage, options } = on;
    stage.write('.git/hooks/pre-commit', `#!/bin/sh\n${log('theirs')}\n`, 0o755);
    stage.write(
      '.git/hooks/pre-push',
      `#!/bin/sh\nwhile read -r line; do ${log('pushed')}; done\nexit 1\n`,
      0o755,
    );
    const { '.git/hooks/pre-commit': script } = stage.snapshot();
    const report = await install(options);
    expect(report.warnings).toEqual([expect.stringContaining('--via file')]);
    expect((await doctor(options)).diagnoses).toContainEqual({
      level: expect.stringMatching(/^(?:note|problem)$/),
      text: expect.stringMatching(/does not run it$|may bring an older one$/),
      mend: 'code-agent install --via file',
    });
    expect(stage.snapshot()['.git/hooks/pre-commit']).toBe(script);
    commit(stage);
    expect(hooksRun(stage)).toEqual(['pre-commit']);
    expect(stage.git(['push', 'origin', 'main']).code).not.toBe(0);
    expect(stage.calls()).toMatchObject([{ stdin: expect.stringContaining('refs/heads/main') }]);
    expect(stage.read('../log')).toBe('theirs\npushed\n');
    // git runs every hook, even after one that failed.
    stage.cliExits(1);
    expect(commit(stage).code).toBe(1);
    expect(stage.read('../log')).toBe('theirs\npushed\ntheirs\n');
  });

  it('runs beside husky, whose scripts and core.hooksPath stay', async () => {
    const husky = findTool('husky');
    const on = stageOfNewGit();
    if (on === null || husky === null) return;
    const { stage, options } = on;
    stage.run(process.execPath, [husky]);
    stage.write('.husky/pre-commit', `${log('theirs')}\n`);
    await install(options);
    commit(stage);
    expect(hooksRun(stage)).toEqual(['pre-commit']);
    expect(stage.read('../log')).toBe('theirs\n');
    expect(stage.read('.husky/pre-commit')).toBe(`${log('theirs')}\n`);
    expect(stage.git(['config', 'core.hooksPath']).output.trim()).toBe('.husky/_');
  });

  it('runs where core.hooksPath switches hooks off, or is shared by all repositories', async () => {
    const on = stageOfNewGit();
    if (on === null) return;
    const { stage, options } = on;
    stage.git(['config', '--global', 'core.hooksPath', '/dev/null']);
    await install(options);
    commit(stage);
    expect(hooksRun(stage)).toEqual(['pre-commit']);
  });

  it('takes the place of lines of before, and gives it back', async () => {
    const on = stageOfNewGit();
    if (on === null) return;
    const { stage, options } = on;
    stage.write('.git/hooks/pre-commit', `#!/bin/sh\n${log('theirs')}\n`, 0o755);
    const { '.git/config': config } = stage.snapshot();
    for (const via of ['file', 'auto', 'file'] as const) {
      await install({ ...options, via });
      commit(stage);
      expect(hooksRun(stage), via).toEqual(['pre-commit']);
    }
    expect(stage.snapshot()['.git/config']).toBe(config);
  });

  it('is run by an older git too, and by none twice', async () => {
    const on = stageOfNewGit();
    const gitProgram = findTool('git');
    if (on === null || gitProgram === null) return;
    const { stage, options } = on;
    await install(options);
    const older = { ...stage.env, PATH: `${dirname(gitProgram)}:${process.env['PATH']}` };
    stage.run(gitProgram, ['commit', '--allow-empty', '--message', 'one'], older);
    expect(hooksRun(stage)).toEqual(['pre-commit']);
    commit(stage);
    expect(hooksRun(stage)).toEqual(['pre-commit']);
    expect((await doctor(options)).diagnoses.filter(({ level }) => level !== 'ok')).toEqual([]);
  });

  it('stays off when it was switched off, which doctor tells', async () => {
    const on = stageOfNewGit();
    if (on === null) return;
    const { stage, options } = on;
    await install(options);
    stage.git(['config', 'hook.code-agent-pre-commit.enabled', 'false']);
    commit(stage);
    expect(hooksRun(stage)).toEqual([]);
    expect((await doctor(options)).diagnoses).toContainEqual({
      level: 'problem',
      text: 'pre-commit: git config hook.code-agent-pre-commit does not run: it is switched off',
      mend: 'git config --unset hook.code-agent-pre-commit.enabled',
    });
    stage.git(['config', '--unset', 'hook.code-agent-pre-commit.enabled']);
    stage.git(['config', '--global', 'hook.pre-commit.enabled', 'false']);
    expect((await doctor(options)).diagnoses).toContainEqual({
      level: 'problem',
      text: expect.stringContaining('all hooks for pre-commit are switched off'),
      mend: 'git config --unset hook.pre-commit.enabled',
    });
    stage.git(['config', '--global', '--unset', 'hook.pre-commit.enabled']);
    stage.git(['config', '--unset', 'hook.code-agent-pre-commit.event']);
    expect(await install(options)).toMatchObject({ changed: true });
    commit(stage);
    expect(hooksRun(stage)).toEqual(['pre-commit']);
  });
});

describe('with a git that has no config hooks', () => {
  it('says so, when they are asked for', async () => {
    const stage = createStage();
    const version = parseGitVersion(stage.git(['version']).output);
    const installed = install({ ...stage.options, via: 'config' });
    if (isAtLeast(version, '2.54')) await expect(installed).resolves.toMatchObject({ changed: true });
    else await expect(installed).rejects.toThrow(/runs no hooks from its configuration/);
  });
});

describe('parseGitVersion', () => {
  it.each([
    ['git version 2.39.5 (Apple Git-154)', '2.54', false],
    ['git version 2.53.0', '2.54', false],
    ['git version 2.54.0.windows.1', '2.54', true],
    ['git version 2.55.0.618.g1a3e64c6c4', '2.54', true],
    ['git version 3.0.0', '2.54', true],
    ['something else', '2.30', false],
  ])('%s is at least %s: %s', (output, minimum, expected) => {
    expect(isAtLeast(parseGitVersion(output), minimum)).toBe(expected);
  });
});
