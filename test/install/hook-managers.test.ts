import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { doctor } from '../../src/install/doctor.ts';
import { install } from '../../src/install/install.ts';
import { uninstall } from '../../src/install/uninstall.ts';
import { createStage, findTool, type Stage } from './stage.ts';

/** Where a dependency of the repository lies. */
const AS_DEPENDENCY = { packageAt: 'repo/node_modules/code-agent' };
const log = (text: string) => `echo ${text} >>"$GIT_LOG"`;

function stageWithLog(options: Parameters<typeof createStage>[0] = {}): Stage {
  const stage = createStage(options);
  stage.env['GIT_LOG'] = join(stage.root, 'log');
  stage.write('../log', '');
  stage.write('.git/info/exclude', 'node_modules\n');
  stage.git(['init', '--quiet', '--bare', '../remote']);
  stage.git(['remote', 'add', 'origin', '../remote']);
  return stage;
}

/** Commits, pushes, and returns which hooks of ours ran and what the other tool's hooks wrote. */
function commitAndPush(
  stage: Stage,
  env = stage.env,
): { ours: string[]; theirs: string[]; code: number | null } {
  stage.calls();
  stage.write('../log', '');
  stage.write('file', String(Math.random()));
  stage.git(['add', 'file']);
  const committed = stage.git(['commit', '--message', 'one'], env);
  const pushed = stage.git(['push', 'origin', 'HEAD:refs/heads/main'], env);
  const ours = stage.calls().map(({ args, stdin }) => `${args[1]}${stdin === '' ? '' : ' with refs'}`);
  return {
    ours,
    theirs: stage.read('../log').split('\n').filter(Boolean),
    code: committed.code || pushed.code,
  };
}

const problems = async (stage: Stage) =>
  (await doctor(stage.options)).diagnoses.filter(({ level }) => level === 'problem');

describe('beside husky', () => {
  const husky = (stage: Stage) => {
    const program = findTool('husky');
    if (program !== null) stage.run(process.execPath, [program]);
    return program;
  };

  it('runs before the scripts of husky, from lines that name no path of this machine', async () => {
    const stage = stageWithLog(AS_DEPENDENCY);
    if (husky(stage) === null) return;
    stage.write('.husky/pre-commit', `# ours\n${log('theirs')}\nexit 0\n`);
    stage.write('.husky/pre-push', `while read -r line; do ${log('"$line"')}; done\n`);
    const before = stage.snapshot();
    const report = await install(stage.options);
    expect(report).toMatchObject({
      manager: 'husky',
      hooks: [{ way: 'line' }, { way: 'script' }, { way: 'line' }],
    });
    expect(stage.read('.husky/pre-commit')).not.toContain(stage.root);
    expect(stage.read('.husky/pre-push')).not.toContain(stage.root);
    expect(stage.snapshot()['.git/config']).toBe(before['.git/config']);

    const ran = commitAndPush(stage);
    expect(ran).toMatchObject({ code: 0, ours: ['pre-commit', 'pre-push with refs'] });
    expect(ran.theirs).toMatchObject([
      'theirs',
      expect.stringMatching(/^HEAD [0-9a-f]{40} refs\/heads\/main/),
    ]);
    stage.cliExits(1);
    expect(commitAndPush(stage)).toMatchObject({ code: 1, theirs: [] });
    stage.cliExits(0);

    husky(stage);
    expect(await install(stage.options)).toMatchObject({ changed: false });
    expect(commitAndPush(stage).ours).toEqual(['pre-commit', 'pre-push with refs']);
    expect(await problems(stage)).toEqual([]);

    await uninstall(stage.options);
    const hooks = Object.entries(stage.snapshot()).filter(([path]) => path.startsWith('.husky/'));
    expect(hooks).toEqual(Object.entries(before).filter(([path]) => path.startsWith('.husky/')));
  });

  it('asks for a dependency first, and writes nothing', async () => {
    const stage = stageWithLog();
    if (husky(stage) === null) return;
    const before = stage.snapshot();
    await expect(install(stage.options)).rejects.toMatchObject({
      message: expect.stringContaining('the scripts of husky are shared'),
      advice: expect.stringContaining('npm install --save-dev code-agent'),
    });
    expect(stage.snapshot()).toEqual(before);
  });

  it('tells that husky’s folder is missing in a linked worktree', async () => {
    const stage = stageWithLog(AS_DEPENDENCY);
    if (husky(stage) === null) return;
    await install(stage.options);
    stage.git(['add', '.husky']);
    stage.git(['commit', '--message', 'one']);
    stage.git(['worktree', 'add', '--quiet', '../linked']);
    const report = await doctor({ ...stage.options, cwd: join(stage.root, 'linked') });
    expect(report.diagnoses).toContainEqual({
      level: 'problem',
      text: expect.stringContaining('the folder that husky generates is missing in this worktree'),
      mend: 'npx husky',
    });
  });

  it('tells that hooks of before husky are shadowed, and mends it', async () => {
    const stage = stageWithLog(AS_DEPENDENCY);
    await install(stage.options);
    if (husky(stage) === null) return;
    expect(commitAndPush(stage).ours).toEqual([]);
    expect(await problems(stage)).toContainEqual({
      level: 'problem',
      text: 'pre-commit: .git/hooks/pre-commit:3 does not run: git does not look there: core.hooksPath is .husky/_',
      mend: 'code-agent install',
    });
    await install(stage.options);
    expect(commitAndPush(stage).ours).toEqual(['pre-commit', 'pre-push with refs']);
    expect(await problems(stage)).toEqual([]);
  });

  it('does not touch husky 4', async () => {
    const stage = stageWithLog(AS_DEPENDENCY);
    stage.write('.git/hooks/pre-commit', '#!/bin/sh\n# husky\n\n# Hook created by Husky v4.3.8\n', 0o755);
    await expect(install(stage.options)).rejects.toThrow(/husky 4/);
  });
});

describe('beside pre-commit', () => {
  const CONFIG = `repos:
- repo: local
  hooks:
  - {id: theirs, name: theirs, language: system, entry: sh -c '${log('theirs')}', always_run: true}
`;
  const start = () => {
    const program = findTool('pre-commit');
    const stage = stageWithLog();
    stage.env['PRE_COMMIT_HOME'] = join(stage.root, 'pre-commit');
    stage.write('.pre-commit-config.yaml', CONFIG);
    const preCommit = (...args: string[]) => stage.run(program ?? '', args);
    return { program, stage, preCommit };
  };

  it('is run by it first, and stays when pre-commit is installed again', async () => {
    const { program, stage, preCommit } = start();
    if (program === null) return;
    preCommit('install', '-t', 'pre-commit', '-t', 'pre-push');
    const before = stage.snapshot();
    expect(await install(stage.options)).toMatchObject({ manager: 'pre-commit' });
    for (const again of [false, true]) {
      if (again) preCommit('install', '-t', 'pre-commit', '-t', 'pre-push');
      expect(commitAndPush(stage)).toEqual({
        code: 0,
        ours: ['pre-commit', 'pre-push with refs'],
        theirs: ['theirs', 'theirs'],
      });
    }
    expect(await problems(stage)).toEqual([]);
    stage.cliExits(1);
    expect(commitAndPush(stage).code).toBe(1);
    await uninstall(stage.options);
    const hooks = (files: Record<string, string>) =>
      Object.entries(files).filter(([path]) => path.startsWith('.git/hooks/'));
    expect(hooks(stage.snapshot())).toEqual(hooks(before));
  });

  it('is kept by it when it comes later, and told when it is overwritten', async () => {
    const { program, stage, preCommit } = start();
    if (program === null) return;
    await install(stage.options);
    preCommit('install');
    expect(commitAndPush(stage)).toMatchObject({
      ours: ['pre-commit', 'pre-push with refs'],
      theirs: ['theirs'],
    });
    expect(await problems(stage)).toEqual([]);
    preCommit('install', '--overwrite');
    expect(await problems(stage)).toEqual([
      {
        level: 'problem',
        text: 'pre-commit: it was installed and is gone (pre-commit has it)',
        mend: 'code-agent install',
      },
    ]);
    await install(stage.options);
    expect(commitAndPush(stage).ours).toEqual(['pre-commit', 'pre-push with refs']);
  });

  it('leaves it to .pre-commit-config.yaml where that names us', async () => {
    const { program, stage, preCommit } = start();
    if (program === null) return;
    preCommit('install');
    stage.write(
      '.pre-commit-config.yaml',
      `${CONFIG}- repo: https://example.invalid/code-agent\n  hooks:\n  - id: code-agent\n`,
    );
    const report = await install({ ...stage.options, hooks: ['pre-commit'] });
    expect(report.hooks).toEqual([{ hook: 'pre-commit', way: 'present', file: '.pre-commit-config.yaml' }]);
  });
});

describe('beside lefthook', () => {
  const CONFIG = `# theirs
pre-commit:
  jobs:
    - run: ${log('theirs')}
pre-push:
  piped: true
  commands:
    theirs:
      use_stdin: true
      run: while read -r line; do ${log('theirs')}; done
`;
  const start = () => {
    const program = findTool('lefthook');
    const stage = stageWithLog();
    stage.write('lefthook.yml', CONFIG);
    if (program !== null) stage.run(process.execPath, [program, 'install']);
    return { stage, lefthook: () => stage.run(process.execPath, [program ?? '', 'install']), program };
  };

  it('is a command of lefthook, in the user’s own file', async () => {
    const { stage, lefthook, program } = start();
    if (program === null) return;
    const before = stage.snapshot();
    const report = await install(stage.options);
    expect(report).toMatchObject({
      manager: 'lefthook',
      hooks: [{ way: 'lefthook' }, { way: 'script' }, { way: 'lefthook' }],
      warnings: [expect.stringContaining('have git ignore it')],
    });
    expect(stage.read('lefthook.yml')).toBe(CONFIG);
    for (const again of [false, true]) {
      if (again) lefthook();
      expect(commitAndPush(stage)).toEqual({
        code: 0,
        ours: ['pre-commit', 'pre-push with refs'],
        theirs: ['theirs', 'theirs'],
      });
    }
    // lefthook skips its commands here, for the branch that is checked out has nothing to push.
    stage.git(['push', '--quiet', '--set-upstream', 'origin', 'HEAD:main']);
    stage.calls();
    stage.git(['push', 'origin', 'HEAD:refs/heads/another']);
    expect(stage.calls()).toMatchObject([{ stdin: expect.stringContaining('refs/heads/another') }]);

    expect(await problems(stage)).toEqual([]);
    stage.cliExits(1);
    expect(commitAndPush(stage).code).toBe(1);
    expect(await install(stage.options)).toMatchObject({ changed: false });
    await uninstall(stage.options);
    const left = Object.keys(stage.snapshot()).filter((path) => /^lefthook|^\.git\/hooks/.test(path));
    expect(left).toEqual(Object.keys(before).filter((path) => /^lefthook|^\.git\/hooks/.test(path)));
  });

  it('gives the text to add to a file that is the user’s', async () => {
    const { stage, program } = start();
    if (program === null) return;
    stage.write('lefthook-local.yml', 'output: false\n');
    const refused = await install(stage.options).catch((error: unknown) => error);
    expect(refused).toMatchObject({ message: expect.stringContaining('lefthook-local.yml is yours') });
    const advice = String(Reflect.get(Object(refused), 'advice'));
    const snippet = advice
      .split('\n')
      .slice(1)
      .map((line) => line.slice(2))
      .join('\n');
    stage.write('lefthook-local.yml', `output: false\n${snippet}`);
    const report = await install({ ...stage.options, hooks: ['pre-commit'] });
    expect(report.hooks).toMatchObject([{ way: 'present', file: 'lefthook-local.yml' }]);
    expect(commitAndPush(stage).ours).toEqual(['pre-commit']);
  });

  it('tells that lefthook, which came later, moved a hook away', async () => {
    const program = findTool('lefthook');
    if (program === null) return;
    const stage = stageWithLog();
    await install(stage.options);
    stage.write('lefthook.yml', CONFIG);
    stage.run(process.execPath, [program, 'install']);
    expect(commitAndPush(stage).ours).toEqual([]);
    expect(await problems(stage)).toContainEqual({
      level: 'problem',
      text: expect.stringMatching(/pre-commit\.old:\d+ does not run: lefthook renamed it/),
      mend: 'code-agent install',
    });
    await install(stage.options);
    expect(commitAndPush(stage).ours).toEqual(['pre-commit', 'pre-push with refs']);
    expect(await problems(stage)).toEqual([]);
    await uninstall(stage.options);
    expect(Object.keys(stage.snapshot()).filter((path) => path.endsWith('.old'))).toEqual([]);
  });
});

describe('beside simple-git-hooks', () => {
  const PACKAGE = `${JSON.stringify({ name: 'x', 'simple-git-hooks': { 'pre-commit': log('theirs'), 'pre-push': `while read -r l; do ${log('theirs')}; done` }, license: 'MIT' }, null, 2)}\n`;
  const start = (text = PACKAGE) => {
    const program = findTool('simple-git-hooks');
    const stage = stageWithLog(AS_DEPENDENCY);
    stage.write('package.json', text);
    const write = () => stage.run(process.execPath, [program ?? '']);
    if (program !== null) write();
    return { program, stage, write };
  };

  it('is in package.json, at once and after simple-git-hooks wrote the hooks anew', async () => {
    const { program, stage, write } = start();
    if (program === null) return;
    const before = stage.snapshot();
    expect(await install(stage.options)).toMatchObject({ manager: 'simple-git-hooks' });
    expect(stage.read('package.json')).not.toContain(stage.root);
    for (const again of [false, true]) {
      if (again) write();
      expect(commitAndPush(stage)).toEqual({
        code: 0,
        ours: ['pre-commit', 'pre-push with refs'],
        theirs: ['theirs', 'theirs'],
      });
      expect(await problems(stage)).toEqual([]);
      expect(await install(stage.options)).toMatchObject({ changed: false });
    }
    stage.cliExits(1);
    expect(commitAndPush(stage).code).toBe(1);
    await uninstall(stage.options);
    const after = stage.snapshot();
    for (const path of ['package.json', '.git/hooks/pre-commit', '.git/hooks/pre-push', '.git/config']) {
      expect(after[path], path).toBe(before[path]);
    }
  });

  it('gives the text to add where package.json would not survive being written', async () => {
    const { program, stage } = start(PACKAGE.replace('"license"', ' "license"'));
    if (program === null) return;
    const before = stage.snapshot();
    await expect(install(stage.options)).rejects.toMatchObject({
      message: expect.stringContaining('package.json is formatted'),
      advice: expect.stringContaining('node_modules/code-agent/hooks/pre-commit'),
    });
    expect(stage.snapshot()).toEqual(before);
  });

  it('tells that the hooks were not written yet', async () => {
    const { program, stage } = start();
    if (program === null) return;
    await install(stage.options);
    rmSync(join(stage.repository, '.git/hooks/pre-commit'));
    expect(await problems(stage)).toEqual([
      {
        level: 'problem',
        text: 'pre-commit: package.json does not run: simple-git-hooks has not written it to the hook',
        mend: 'npx simple-git-hooks',
      },
    ]);
  });
});
