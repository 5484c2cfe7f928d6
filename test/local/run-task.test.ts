import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PROGRAMS } from '../programs/all-programs.ts';
import { javascript } from '../programs/javascript.ts';
import type { Program } from '../programs/program.ts';
import { python } from '../programs/python.ts';
import { goodWork } from '../programs/script-work.ts';
import { startAnthropicServer } from '../support/anthropic-server.ts';
import type { Step } from '../support/model-script.ts';
import { needsSandbox } from '../support/needs-sandbox.ts';
import { atTerminal } from '../support/pseudo-terminal.ts';
import { CLI, type TempRepository, tempRepository } from '../support/temp-repository.ts';

needsSandbox();

async function running(
  program: Program,
  steps: readonly Step[],
  beside: Readonly<Record<string, string>> = {},
) {
  const repository = tempRepository();
  const base = repository.commit({ ...program.files, '.gitignore': 'ignored\n' }, 'Begin');
  // What a person has under way.
  repository.write(beside);
  repository.write({ 'mine.txt': 'not committed', ignored: 'x' });
  const server = await startAnthropicServer(steps);
  const state = () => [
    repository.git('status', '--porcelain'),
    repository.git('symbolic-ref', 'HEAD'),
    repository.git('rev-parse', 'HEAD'),
    readdirSync(repository.path).sort().join(' '),
  ];
  const before = state();
  return {
    repository,
    base,
    server,
    async atTerminal(answers: readonly (readonly [string, string])[]) {
      const env = {
        ...repository.env,
        ANTHROPIC_API_KEY: 'sk-test',
        ANTHROPIC_BASE_URL: server.baseUrl,
        TERM: 'xterm',
      };
      const ran = await atTerminal(
        [process.execPath, CLI, 'run', program.task],
        { cwd: repository.path, env },
        answers,
      );
      expect(state()).toEqual(before);
      return ran;
    },
    async run(...args: string[]) {
      const env = { ...repository.env, ANTHROPIC_API_KEY: 'sk-test', ANTHROPIC_BASE_URL: server.baseUrl };
      const tests = program.tests === null ? [] : ['--test', program.tests];
      const ran = await repository.codeAgent(['run', program.task, ...tests, ...args], { env });
      expect(state()).toEqual(before);
      return ran;
    },
  };
}

describe.each(PROGRAMS)('$language', (program) => {
  it('from a request to a branch with evidence', async () => {
    const { repository, base, server, run } = await running(program, goodWork(program));
    const ran = await run('--yes');
    if (process.env['SHOW']) console.log(ran.stderr, ran.stdout);
    expect(ran.stderr).toContain('Plan   1  read the code and its tests');
    const { before, after } = program.counts;
    expect(ran.stdout).toContain(
      `Tests: ${before} passed → ${after} passed. Its tests fail without the fix. Self-review: no findings.`,
    );
    expect(ran.code).toBe(0);
    const branch = /on branch (\S+) /.exec(ran.stdout)?.[1] ?? '';
    expect(
      repository
        .git(
          'log',
          '--format=%an <%ae>|%s|%(trailers:key=Code-Agent-Task,valueonly,separator=%x2C)',
          `${base}..${branch}`,
        )
        .split('\n'),
    ).toEqual([
      'A U Thor <author@example.com>|Mend the bug|1',
      'A U Thor <author@example.com>|A test that shows the bug|1',
    ]);
    expect(repository.git('show', `${branch}:${program.fix.path}`)).toContain(program.fix.new_text);
    expect(repository.git('diff', '--name-only', base, branch).split('\n').sort()).toEqual(
      [program.failing.path, program.fix.path].sort(),
    );
    // What the model was told of the failing test is what the runner said.
    expect(server.requests.some(({ raw }) => raw.includes('exit code') && raw.includes('not ok'))).toBe(
      program.language !== 'Python',
    );
    const left = join(repository.path, '.git/code-agent/tasks/1');
    expect(readdirSync(left)).toEqual(['task.json']);
    expect(JSON.parse(readFileSync(join(left, 'task.json'), 'utf8'))).toMatchObject({
      state: 'completed',
      branch,
    });
    expect(existsSync(join(repository.path, '.git/worktrees'))).toBe(false);
  });
});

describe('run, at a terminal', () => {
  it('shows the plan, asks, shows what it is at, and ends with a branch', async () => {
    const { repository, atTerminal } = await running(javascript, goodWork(javascript));
    const { code, screen } = await atTerminal([['Do it? [y/N] ', 'y\r']]);
    expect(screen).toContain('Plan   1  read the code and its tests');
    expect(screen).toContain('\r\u001b[K● editing         src/retry.js');
    expect(screen).toContain('Done on branch code-agent/fix-retry-does-not-wait-between-its (2 commits');
    expect(code).toBe(0);
    expect(repository.git('for-each-ref', '--format=%(refname)', 'refs/heads/code-agent/')).not.toBe('');
  });

  it('does nothing when the person says no', async () => {
    const { repository, atTerminal } = await running(javascript, goodWork(javascript).slice(0, 1));
    const { code, screen } = await atTerminal([['Do it? [y/N] ', 'n\r']]);
    expect(screen).toContain('Stopped: the plan was not agreed to');
    expect(code).toBe(3);
    expect(repository.git('for-each-ref', '--format=%(refname)', 'refs/heads/code-agent/')).toBe('');
  });

  it('a question of the model is asked in place, and its answer is told', async () => {
    const [plan, ...rest] = goodWork(javascript);
    const question = { calls: [{ name: 'ask', input: { question: 'How long?', choices: ['1 s', '2 s'] } }] };
    const { server, atTerminal } = await running(javascript, [plan ?? {}, question, ...rest]);
    const { code } = await atTerminal([
      ['Do it? [y/N] ', 'y\r'],
      ['? How long?', '2\r'],
    ]);
    expect(code).toBe(0);
    expect(server.requests.at(-1)?.raw).toBeDefined();
    expect(server.requests.some(({ raw }) => raw.includes('"2 s"'))).toBe(true);
  });

  it('what touches a workflow is not kept without a yes', async () => {
    const workflow = {
      calls: [
        { name: 'write_file', input: { path: '.github/workflows/ci.yml', content: 'on: push\njobs: {}\n' } },
      ],
    };
    const steps = goodWork(javascript);
    const withWorkflow = [...steps.slice(0, 6), workflow, ...steps.slice(6)];
    const { repository, atTerminal } = await running(javascript, withWorkflow);
    const { code, screen } = await atTerminal([
      ['Do it? [y/N] ', 'y\r'],
      ['Keep it? [y/N] ', '\r'],
    ]);
    expect(screen).toContain('.github/workflows/ci.yml: it says what GitHub Actions runs');
    expect(screen).toContain('Stopped: nobody said yes to the change of .github/workflows/ci.yml');
    expect(code).toBe(3);
    expect(repository.git('for-each-ref', '--format=%(refname)', 'refs/heads/code-agent/')).toBe('');
  });
});

describe('tasks', () => {
  it('lists what was run, shows it, takes its branch away and says how to have it back', async () => {
    const { repository, run } = await running(javascript, goodWork(javascript));
    await run('--yes');
    const listed = await repository.codeAgent(['tasks', 'list']);
    expect(listed.stdout).toMatch(/^ {3}1 {2}completed .*fix: retry does not wait/);
    expect((await repository.codeAgent(['tasks', 'show', '1'])).stdout).toContain(
      'branch   code-agent/fix-retry',
    );
    const logs = await repository.codeAgent(['tasks', 'logs', '1']);
    expect(logs.stdout).toContain('implementer');
    const undone = await repository.codeAgent(['tasks', 'undo', '1']);
    const [, back = ''] = /Have it back: git (.*)/.exec(undone.stdout) ?? [];
    expect(repository.git('for-each-ref', 'refs/heads/code-agent/')).toBe('');
    repository.git(...back.split(' '));
    expect((await repository.codeAgent(['tasks', 'undo', '1'])).code).toBe(2);
    expect((await repository.codeAgent(['tasks', 'show', '9'])).stderr).toContain('there is no task 9');
  });
});

describe('run that is told to end', () => {
  it('ends what it has started, keeps nothing, and says that it was stopped, also to who watches it', async () => {
    const [plan = {}, ...rest] = goodWork(javascript);
    const slow: Step = { calls: [{ name: 'shell', input: { command: 'sleep 60' } }] };
    const { repository, server } = await running(javascript, [plan, ...rest.slice(0, 2), slow]);
    const env = { ...repository.env, ANTHROPIC_API_KEY: 'sk-test', ANTHROPIC_BASE_URL: server.baseUrl };
    const child = spawn(process.execPath, [CLI, 'run', javascript.task, '--yes'], {
      cwd: repository.path,
      env,
    });
    let said = '';
    child.stdout.on('data', (text) => {
      said += text;
    });
    /** `tasks logs` in another process, which calls `seen` once it has shown that the command runs. */
    const watch = (...args: string[]) => {
      const watcher = spawn(process.execPath, [CLI, 'tasks', 'logs', '1', ...args], {
        cwd: repository.path,
        env,
      });
      let shown = '';
      const sees = new Promise<void>((resolve) => {
        watcher.stdout.on('data', (text) => {
          shown += text;
          if (shown.includes('sleep 60')) resolve();
        });
      });
      const end = new Promise<unknown>((resolve) => watcher.once('close', resolve));
      return { watcher, sees, end, shown: () => shown };
    };
    const code = new Promise((resolve) => child.once('close', resolve));
    await new Promise<void>((resolve) => {
      child.stderr.on('data', (text) => String(text).includes('sleep 60') && resolve());
    });
    const [one, other, json] = [watch('--follow'), watch('-f'), watch('--follow', '--json')];
    await Promise.all([one.sees, other.sees, json.sees]);
    // Who watches no more ends nothing but that.
    other.watcher.kill('SIGINT');
    expect(await other.end).toBe(130);
    expect(child.exitCode).toBeNull();
    child.kill('SIGINT');
    expect([await one.end, await json.end]).toEqual([0, 0]);
    expect(one.shown()).toMatch(/calls {5}shell sleep 60\n(?:.*\n)* *\S+ {2}ended {5}cancelled · .*\n$/);
    const events = json.shown().trimEnd().split('\n');
    expect(events.map((line) => JSON.parse(line).seq)).toEqual(events.map((_, index) => index + 1));
    expect(await code).toBe(3);
    expect(said).toContain('Stopped: it was stopped');
    expect(repository.git('for-each-ref', '--format=%(refname)')).toBe('refs/heads/main');
    expect((await repository.codeAgent(['tasks', 'list'])).stdout).toMatch(/^ {3}1 {2}cancelled/);
    expect(readdirSync(join(repository.path, '.git/code-agent/tasks/1'))).toEqual(['task.json']);
  }, 30_000);
});

/** Writes into the person's own configuration that a command installs packages where a file is. */
function letInstall({ env }: TempRepository, when: string, command: string): void {
  const home = join(env['HOME'] ?? '', '.config/code-agent');
  mkdirSync(home, { recursive: true });
  const text = `sandbox:\n  hosts: [pypi.org]\n  install:\n    - when: ${when}\n      run: '${command}'\n`;
  writeFileSync(join(home, 'config.yml'), text);
}

describe('dependencies', () => {
  it('that are installed beside the repository can be read by its tests, and are no part of the change', async () => {
    const program: Program = {
      ...javascript,
      files: {
        ...javascript.files,
        'test/retry.test.js': `import 'dependency';\n${javascript.files['test/retry.test.js']}`,
      },
      failing: { ...javascript.failing, content: `import 'dependency';\n${javascript.failing.content}` },
    };
    const { repository, base, run } = await running(program, goodWork(program), {
      '.gitignore': 'node_modules/\n',
      'node_modules/dependency/package.json': '{ "name": "dependency", "main": "index.js" }',
      // What it does to what is installed it cannot do; beside it there is room for the caches of tools.
      'node_modules/dependency/index.js': `
        try { require("fs").writeFileSync(__dirname + "/owned", ""); } catch {}
        require("fs").mkdirSync("node_modules/.vite-temp", { recursive: true });
        require("fs").writeFileSync("node_modules/.vite-temp/config.mjs", "");`,
    });
    letInstall(repository, 'package.json', 'exit 1');
    const ran = await run('--yes');
    expect(ran.stderr).not.toContain('installing');
    expect(ran.stdout).toContain('Tests: 1 passed → 2 passed. Its tests fail without the fix.');
    for (const path of ['dependency/owned', '.vite-temp'])
      expect(existsSync(join(repository.path, 'node_modules', path))).toBe(false);
    const [, branch = ''] = /on branch (\S+) /.exec(ran.stdout) ?? [];
    expect(repository.git('diff', '--name-only', base, branch)).toBe('src/retry.js\ntest/retry.test.js');
  });

  it('that nobody has installed are, where the person lets it: a virtual environment is the one of the tests', async () => {
    const needs = (text: string): string => `import paced\n${text}`;
    const { path } = python.failing;
    const program: Program = {
      ...python,
      files: { ...python.files, [path]: needs(python.files[path] ?? '') },
      failing: { ...python.failing, content: needs(python.failing.content) },
    };
    const { repository, base, run } = await running(program, goodWork(program));
    const command =
      'python3 -m venv --without-pip .venv && touch "$(echo .venv/lib/python3*/site-packages)/paced.py"';
    letInstall(repository, path, command);
    const ran = await run('--yes');
    expect(ran.stderr).toContain(`· installing      ${command}\n✓ packages        ${command}   `);
    expect(ran.stdout).toContain('Tests: 1 passed → 2 passed. Its tests fail without the fix.');
    const [, branch = ''] = /on branch (\S+) /.exec(ran.stdout) ?? [];
    expect(repository.git('diff', '--name-only', base, branch).split('\n')).toHaveLength(2);
    expect(readdirSync(join(repository.path, '.git/code-agent/tasks/1'))).toEqual(['task.json']);
  });
});

describe('run --persona', () => {
  const own = (repository: TempRepository, name: string, text: string): void =>
    repository.write({ [`../.config/code-agent/personas/${name}.md`]: text });

  it('has it do the work; what shows that it works is the same', async () => {
    const { repository, server, run } = await running(javascript, goodWork(javascript));
    const { stdout: ours } = await repository.codeAgent(['personas', 'show', 'implementer']);
    own(
      repository,
      'house-style',
      ours.replace('You carry out one task', 'You are of this house. You carry out one task'),
    );
    const ran = await run('--yes', '--persona', 'house-style');
    expect(ran.stdout).toContain(
      'Tests: 1 passed → 2 passed. Its tests fail without the fix. Self-review: no findings.',
    );
    expect(ran.code).toBe(0);
    const ofHouse = server.requests.map(({ raw }) => raw.includes('You are of this house.'));
    // Neither the plan nor the review is its part.
    expect([ofHouse[0], ofHouse.at(-1), ofHouse.includes(true)]).toEqual([false, false, true]);
    const { stdout } = await repository.codeAgent(['tasks', 'logs', '1']);
    expect(stdout.match(/ begins {4}.*/g)).toEqual([
      expect.stringContaining('planner'),
      expect.stringContaining('house-style'),
      expect.stringContaining('the reviewer'),
    ]);
  });

  it.each([
    [
      'implementr',
      'there is no persona "implementr". Did you mean "implementer"? There are implementer, mine, tester, writer',
    ],
    ['planner', 'the persona planner does no work of a task\n  It plans every task'],
    ['analyst', 'the persona analyst does no work of a task\n  `code-agent interactive`'],
    ['reviewer', 'the persona reviewer does no work of a task\n  `code-agent review`'],
    ['mine', 'the persona mine has no finish_task: it could never end its work\n  Add it to the tools in '],
  ])('%s is refused before anything is begun', async (name, message) => {
    const repository = tempRepository();
    repository.commit({ 'a.txt': 'a' });
    own(repository, 'mine', '---\ndescription: mine\ntools: [read_file]\nturns: 3\n---\nRead.\n');
    const { code, stderr } = await repository.codeAgent(['run', 'fix it', '--yes', '--persona', name]);
    expect(stderr).toContain(`code-agent: ${message}`);
    expect(code).toBe(2);
    expect(existsSync(join(repository.path, '.git/code-agent/tasks'))).toBe(false);
  });
});

describe('run', () => {
  it('--plan-only: nothing is done, and no branch made', async () => {
    const { repository, run } = await running(javascript, goodWork(javascript).slice(0, 1));
    const ran = await run('--plan-only');
    expect(ran.stderr).toContain('Tests  npm test');
    expect(ran.stdout).toMatch(/^Planned, and nothing done\./);
    expect(ran.code).toBe(0);
    expect(repository.git('for-each-ref', '--format=%(refname)')).toBe('refs/heads/main');
  });

  it('without a terminal nobody agrees to a plan', async () => {
    const { run } = await running(javascript, []);
    const ran = await run();
    expect(ran.stderr).toContain('nobody is at a terminal');
    expect(ran.code).toBe(2);
  });

  it('without a model', async () => {
    const repository = tempRepository();
    repository.commit({ 'a.txt': 'a' });
    const ran = await repository.codeAgent(['run', 'fix it', '--yes']);
    expect(ran.stderr).toContain('no model is configured');
    expect(ran.code).toBe(2);
  });
});
