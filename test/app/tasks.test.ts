import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PROGRAMS } from '../programs/all-programs.ts';
import { javascript } from '../programs/javascript.ts';
import { needsPackage } from '../programs/needs-package.ts';
import { goodWork } from '../programs/script-work.ts';
import { DATABASES, type Databases } from '../support/databases.ts';
import type { testGitHub } from '../support/github/test-github.ts';
import type { ScriptedTurn } from '../support/model-script.ts';
import { needsSandbox } from '../support/needs-sandbox.ts';
import { startRegistry } from '../support/package-registry.ts';
import { until } from './intake-setup.ts';
import { scriptedTurns } from './scripted-turns.ts';
import { configure } from './talking.ts';
import { BRANCH, call, runsOf, taskWorld } from './task-world.ts';

needsSandbox();

describe.each(DATABASES)('tasks, on %s', (kind, start) => {
  let databases: Databases;
  beforeAll(async () => {
    databases = await start();
  });
  afterAll(() => databases.stop());

  /** On the embedded database too where it is the database that matters. */
  const onServer = (name: string, run: () => Promise<void>, timeout?: number): void => {
    if (kind === 'PostgreSQL') it(name, run, timeout);
  };

  const world = async (
    turns: readonly ScriptedTurn[],
    files?: Readonly<Record<string, string>>,
    options?: Parameters<typeof testGitHub>[0],
  ) => taskWorld(await databases.migrated(), scriptedTurns(turns), files, options);

  it.each(PROGRAMS.filter((program) => kind === 'PostgreSQL' || program === javascript))(
    '$language: from a comment to a pull request with evidence',
    async (program) => {
      const { github, app, script, issue, shown } = await world(goodWork(program), program.files);
      await github.openIssue('ada/shop', { title: program.task, body: 'It is wrong.' });
      const asked = await github.comment('ada/shop', 1, '/agent fix');
      await app.idle();
      expect(script.left()).toBe(0);
      const { before, after } = program.counts;
      expect(shown()).toMatch(/^\*\*Done\*\*: #2 \(task 1, bugfix\)\n\n- \[x\] /);
      expect(shown()).toContain(`: ${before} passed, exit code 0\n- after`);
      expect(issue().issueComments.filter(({ body }) => body.includes('task-1'))).toHaveLength(1);
      expect(
        issue()
          .issueComments.find(({ id }) => id === asked)
          ?.reactions.map(({ content }) => content),
      ).toEqual(['eyes']);
      const pull = github.pullRequest('ada/shop', 2);
      expect(pull).toMatchObject({
        author: 'code-agent[bot]',
        title: program.task,
        baseRef: 'main',
        isDraft: false,
      });
      expect(pull.headRef).toMatch(/^code-agent\/1-/);
      expect(pull.body).toContain('Closes #1.');
      expect(pull.body).toContain(`: ${after} passed, exit code 0`);
      expect(pull.body).toContain('How its tests fail without the rest of the change');
      expect(await github.resolve('ada/shop', `${pull.headRef}~2`)).toBe(pull.baseSha);
    },
    60_000,
  );

  onServer(
    'a follow-up on its pull request goes on with the same branch',
    async () => {
      const more: ScriptedTurn[] = [
        call('propose_plan', { steps: ['say it in the README'] }),
        call('write_file', { path: 'README.md', content: '# retry\n' }),
        call('finish_task', { done: true, summary: 'Said.', commit_message: 'Say what it is' }),
        call('finish_review', { summary: 'A README.' }),
      ];
      const { github, app, script, shown, open, pulls } = await world([...goodWork(javascript), ...more]);
      await open();
      await github.comment('ada/shop', 1, '/agent fix');
      await app.idle();
      const first = github.pullRequest('ada/shop', 2).headSha;
      await github.commentOnLine('ada/shop', 2, { path: 'src/retry.js', line: 8 }, 'What is it for?');
      await github.comment('ada/shop', 2, '/agent docs say in the README what it is');
      await app.idle();
      expect(script.left()).toBe(0);
      const pull = github.pullRequest('ada/shop', 2);
      expect(await github.resolve('ada/shop', `${pull.headSha}~1`)).toBe(first);
      expect(pull.issueComments.some(({ body }) => body.startsWith('**Done**: #2 (task 2, docs)'))).toBe(
        true,
      );
      expect(JSON.stringify(script.requests[9]?.messages)).toContain('What is it for?');
      expect(await pulls()).toHaveLength(1);
      expect(shown()).toContain('#2');
    },
    90_000,
  );

  onServer(
    'a second command goes on with the same pull request; behind a merge with another one',
    async () => {
      const more = (path: string): ScriptedTurn[] => [
        call('propose_plan', { steps: ['say it'] }),
        call('write_file', { path, content: 'said\n' }),
        call('finish_task', { done: true, summary: 'Said.', commit_message: `Say it in ${path}` }),
        call('finish_review', { summary: 'A text.' }),
      ];
      const { github, app, script, open, pulls } = await world([
        ...goodWork(javascript),
        ...more('a.txt'),
        ...more('b.txt'),
      ]);
      await open();
      await github.comment('ada/shop', 1, '/agent fix');
      await app.idle();
      await github.editIssue('ada/shop', 1, { title: 'Another title' });
      await github.comment('ada/shop', 1, '/agent docs');
      await app.idle();
      expect((await pulls()).map(({ headRef }) => headRef)).toEqual([BRANCH]);
      await github.merge('ada/shop', 2);
      await github.editIssue('ada/shop', 1, { state: 'open' });
      await github.comment('ada/shop', 1, '/agent docs');
      await app.idle();
      expect((await pulls()).map(({ headRef }) => headRef)).toEqual([BRANCH, `${BRANCH}-3`]);
      expect(script.left()).toBe(0);
    },
    90_000,
  );

  onServer(
    'plan: only says how; undo closes the pull request; status says how far it is; what is for pull requests says so',
    async () => {
      const [plan = {}] = goodWork(javascript);
      const { github, app, answers, shown, open } = await world([plan, ...goodWork(javascript)]);
      await open();
      await github.comment('ada/shop', 1, '/agent plan');
      await app.idle();
      expect(shown()).toMatch(/^\*\*Planned\*\* \(task 1, plan\)\n\n- \[ \] read the code/);
      await github.comment('ada/shop', 1, '/agent fix');
      await app.idle();
      await github.comment('ada/shop', 1, '/agent status');
      await github.comment('ada/shop', 1, '/agent review');
      await github.comment('ada/shop', 1, '/agent undo');
      await github.comment('ada/shop', 1, '/agent help');
      await app.idle();
      expect(answers().slice(0, 3)).toEqual([
        'Task 2 (bugfix) is completed. Its pull request is #2.',
        '`/agent review` is for pull requests. `/agent help` lists what there is in an issue.',
        `#2 is closed. Its branch \`${BRANCH}\` is left: whoever may can delete it.`,
      ]);
      expect(answers()[3]).toContain('| `/agent fix …` |');
      expect(github.pullRequest('ada/shop', 2).state).toBe('closed');
    },
    90_000,
  );

  onServer('who may not write gets one answer, and nothing is begun', async () => {
    const { github, app, answers, open, pulls } = await world([]);
    github.addUser('eve');
    github.setPermission('ada/shop', 'eve', 'read');
    await open();
    await github.comment('ada/shop', 1, '/agent fix', { by: 'eve' });
    await github.comment('ada/shop', 1, '/agent fix it at once', { by: 'eve' });
    await app.idle();
    expect(answers()).toEqual([expect.stringContaining('`eve` may not')]);
    expect(await pulls()).toEqual([]);
  });

  onServer(
    'a label and an assignment ask for the same; a second command while it is under way does not',
    async () => {
      const { github, app, before, answers, shown, open } = await world(goodWork(javascript));
      let letGo = (): void => {};
      const held = new Promise<void>((resolve) => {
        letGo = resolve;
      });
      before.turn = () => held;
      await open();
      await github.editIssue('ada/shop', 1, { labels: ['agent:fix'] });
      await until(() => shown().startsWith('**At work**'), 20_000);
      await github.comment('ada/shop', 1, '/agent fix');
      await until(() => answers().length === 1, 20_000);
      expect(answers()[0]).toContain('Task 1 is under way here.');
      letGo();
      await app.idle();
      expect(shown()).toMatch(/^\*\*Done\*\*: #2/);
    },
    60_000,
  );

  it('stop: nothing is pushed from then on; retry begins it again', async () => {
    const work = goodWork(javascript);
    const { github, app, before, answers, shown, open, pulls } = await world([...work.slice(0, 5), ...work]);
    before.turn = async (turn) => {
      if (turn !== 5) return;
      await github.comment('ada/shop', 1, '/agent stop');
      await until(() => answers().length === 1, 20_000);
      // The job sees it within a second.
      await new Promise((resolve) => setTimeout(resolve, 2_500));
    };
    await open();
    await github.comment('ada/shop', 1, '/agent fix');
    await app.idle();
    expect(answers()[0]).toContain('Task 1 is stopped.');
    expect(shown()).toMatch(/^\*\*Stopped\*\* \(task 1, bugfix\)/);
    expect(await pulls()).toEqual([]);
    before.turn = async () => {};
    await github.comment('ada/shop', 1, '/agent retry');
    await app.idle();
    expect(shown()).toMatch(/^\*\*Done\*\*: #2/);
  }, 90_000);

  it('a question waits without a worker, and the task goes on from its session when it is answered', async () => {
    const [plan = {}, ...rest] = goodWork(javascript);
    const question = call('ask', { question: 'How long should it wait?', choices: ['1 s', '2 s'] });
    const { github, app, script, answers, shown, open } = await world([
      plan,
      ...rest.slice(0, 4),
      question,
      ...rest.slice(4),
    ]);
    await open();
    await github.comment('ada/shop', 1, '/agent fix');
    await app.idle();
    expect(shown()).toMatch(/^\*\*Waiting for an answer\*\*/);
    const [, id = ''] = /\*\*A question\*\* `([0-9a-f]{8})`: How long should it wait\?/.exec(shown()) ?? [];
    expect(script.requests).toHaveLength(6);
    await github.comment('ada/shop', 1, `/agent answer ${id} 2 s`);
    await app.idle();
    expect(answers().at(-1)).toBe('Thank you. The task goes on.');
    expect(shown()).toMatch(/^\*\*Done\*\*: #2/);
    // What was answered before was not asked again.
    expect(script.left()).toBe(0);
    expect(JSON.stringify(script.requests[6]?.messages)).toContain('2 s');
    // Nor counted again, and it is one task.
    expect(await runsOf(app)).toEqual([{ calls: script.requests.length, outcome: 'answered', attempts: 1 }]);
    expect(await github.resolve('ada/shop', `${BRANCH}~2`)).toBe(github.pullRequest('ada/shop', 2).baseSha);
  }, 90_000);

  onServer(
    'supervised, by the configuration of the default branch: the plan needs a yes',
    async () => {
      const files = {
        ...javascript.files,
        '.code-agent.yml': 'tasks: { permission: supervised, tests: "npm test" }\n',
      };
      const { github, app, script, shown, open } = await world(goodWork(javascript), files);
      await open();
      await github.comment('ada/shop', 1, '/agent fix');
      await app.idle();
      expect(shown()).toContain('Is this plan right?');
      expect(script.requests).toHaveLength(1);
      const [, id = ''] = /\/agent approve ([0-9a-f]{8})/.exec(shown()) ?? [];
      await github.comment('ada/shop', 1, `/agent approve ${id}`);
      await app.idle();
      expect(shown()).toMatch(/^\*\*Done\*\*: #2/);
      expect(script.left()).toBe(0);
    },
    90_000,
  );

  onServer(
    'what says who must agree to changes waits for a yes to exactly that, once',
    async () => {
      const workflow = call('write_file', {
        path: '.github/CODEOWNERS',
        content: 'on: push\njobs: {}\n',
      });
      const work = goodWork(javascript);
      const { github, app, answers, shown, open, pulls } = await world([
        ...work.slice(0, 6),
        workflow,
        ...work.slice(6),
      ]);
      await open();
      await github.comment('ada/shop', 1, '/agent fix');
      await app.idle();
      expect(shown()).toContain('**Your yes is needed**');
      expect(shown()).toContain('.github/CODEOWNERS');
      expect(await pulls()).toEqual([]);
      const [, id = ''] = /\/agent approve ([0-9a-f]{8})/.exec(shown()) ?? [];
      await github.comment('ada/shop', 1, '/agent approve 00000000');
      await app.idle();
      expect(answers().at(-1)).toContain('Say which one');
      await github.comment('ada/shop', 1, `/agent approve ${id}`);
      await app.idle();
      expect(shown()).toMatch(/^\*\*Done\*\*: #2/);
      await github.comment('ada/shop', 1, `/agent approve ${id}`);
      await app.idle();
      expect(answers().at(-1)).toBe('There is no task here. `/agent fix …` begins one.');
    },
    90_000,
  );

  onServer(
    'an App that may not write files says so before a model is asked',
    async () => {
      const { github, app, script, shown, open, pulls } = await world([], javascript.files, {
        mayRefuse: true,
      });
      github.setAppPermissions({
        contents: 'read',
        issues: 'write',
        pull_requests: 'write',
        checks: 'write',
        metadata: 'read',
      });
      await open();
      await github.comment('ada/shop', 1, '/agent fix');
      await app.idle();
      expect(shown()).toMatch(/^\*\*Not done\*\*/);
      expect(shown()).toMatch(/permission|may not/i);
      expect(script.requests).toHaveLength(0);
      expect(await pulls()).toEqual([]);
    },
    60_000,
  );

  onServer(
    'who loses the right to write meanwhile: nothing is pushed',
    async () => {
      const { github, app, before, shown, open, pulls } = await world(goodWork(javascript));
      before.turn = async (turn) => {
        if (turn === 6) github.setPermission('ada/shop', 'mona', 'read');
      };
      await open();
      await github.comment('ada/shop', 1, '/agent fix');
      await app.idle();
      expect(shown()).toContain('mona may not write to this repository any more. Nothing was pushed.');
      expect(await pulls()).toEqual([]);
    },
    60_000,
  );

  onServer(
    'red tests: a draft that says so; a review that finds errors: nothing is pushed',
    async () => {
      const work = goodWork(javascript);
      const bad = call('edit_file', {
        path: 'src/retry.js',
        old_text: 'attempt >= times',
        new_text: 'attempt > times',
      });
      const finish = call('finish_task', { done: true, summary: 'Perhaps.', commit_message: 'Try' });
      const review = call('finish_review', { summary: 'Seen.' });
      const once = [finish, review];
      const { github, app, shown, open } = await world([...work.slice(0, 5), bad, ...once, ...once, ...once]);
      await open();
      await github.comment('ada/shop', 1, '/agent fix');
      await app.idle();
      expect(shown()).toMatch(/^\*\*Done\*\*: #2, a draft/);
      expect(github.pullRequest('ada/shop', 2)).toMatchObject({ isDraft: true });
      expect(github.pullRequest('ada/shop', 2).body).toContain(
        '**the tests fail: npm test: 1 failed, 1 passed (exit code 1)**',
      );
      expect(github.pullRequest('ada/shop', 2).body).toContain('For #1.');
    },
    90_000,
  );

  onServer(
    'packages: without hosts none is there, and the draft says why; with them the tests can be run',
    async () => {
      const registry = await startRegistry({
        pace: { 'package.json': '{ "main": "index.js" }', 'index.js': '' },
      });
      const program = needsPackage(javascript, 'pace', registry.lock('retry'));
      const { github, app, script, shown, open } = await world(
        // The review of the same change is known.
        [...goodWork(program), ...goodWork(program).slice(0, -1)],
        program.files,
      );
      await open();
      await github.comment('ada/shop', 1, '/agent fix');
      await app.idle();
      expect(github.pullRequest('ada/shop', 2).isDraft).toBe(true);
      expect(github.pullRequest('ada/shop', 2).body).toMatch(
        /- \*\*the tests fail: .*\n- \*\*no packages were installed: sandbox\.hosts, which only the operator can set, names no host\*\*/,
      );
      expect(registry.asked).toEqual([]);
      configure(app, `sandbox: { hosts: ["${registry.host}"] }\n`);
      await open();
      await github.comment('ada/shop', 3, '/agent fix');
      await app.idle();
      expect(shown(3)).toMatch(/^\*\*Done\*\*: #4 \(task 2, bugfix\)/);
      expect(shown(3)).toContain(': 1 passed, exit code 0\n- after');
      expect(github.pullRequest('ada/shop', 4).isDraft).toBe(false);
      expect(github.pullRequest('ada/shop', 4).body).toContain(': 2 passed, exit code 0');
      expect(registry.asked).toEqual(['GET /pace/-/pace-1.0.0.tgz']);
      expect(readdirSync(app.door().work)).toEqual([]);
      expect(script.left()).toBe(0);
    },
    90_000,
  );
});
