import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAnthropicModel } from '../../src/models/anthropic.ts';
import { setTaskPriority } from '../../src/sessions/postgres/tasks.ts';
import { javascript } from '../programs/javascript.ts';
import { goodWork } from '../programs/script-work.ts';
import { startAnthropicServer } from '../support/anthropic-server.ts';
import { DATABASES, type Databases } from '../support/databases.ts';
import type { Fault, ScriptedTurn } from '../support/model-script.ts';
import { needsSandbox } from '../support/needs-sandbox.ts';
import { hurried } from './faults-setup.ts';
import { until } from './intake-setup.ts';
import { scriptedTurns } from './scripted-turns.ts';
import { asked, BRANCH, call, runsOf, taskWorld } from './task-world.ts';

needsSandbox();

let databases: Databases;
beforeAll(async () => {
  const [first] = DATABASES;
  if (first === undefined) throw new Error('no database');
  databases = await first[1]();
});
afterAll(() => databases.stop());

/** One that is asked while it is away is asked three times by the SDK. */
const away = (status: number): Fault[] =>
  Array.from({ length: 3 }, () => ({ fault: 'status', status, headers: { 'retry-after-ms': '1' } }));

/** A model behind a real server that is away at times. */
async function awayWorld(steps: readonly (ScriptedTurn | Fault)[]) {
  const server = await startAnthropicServer(steps);
  const apiKey = ['sk', 'ant', 'api03', 'q'.repeat(24)].join('-');
  const model = createAnthropicModel({ id: 'claude-haiku-5-5', apiKey, baseUrl: server.baseUrl });
  return { server, ...(await taskWorld(await databases.migrated(), model)) };
}

describe('a model that is away', () => {
  it('is asked again, from where it stopped: nothing is paid twice, and one pull request comes of it', async () => {
    const work = goodWork(javascript);
    const { server, github, app, shown, open, pulls } = await awayWorld([
      ...away(529),
      ...work.slice(0, 3),
      ...away(503),
      ...away(529),
      ...work.slice(3),
    ]);
    const seen: string[] = [];
    github.afterEachWrite(() => void seen.push(shown()));
    await open();
    await github.comment('ada/shop', 1, '/agent fix');
    await hurried(app);
    expect(shown()).toMatch(/^\*\*Done\*\*: #2 \(task 1, bugfix\)/);
    expect(seen.find((body) => body.startsWith('**Waiting'))).toMatch(
      /^\*\*Waiting for its turn\*\* \(task 1, bugfix\)\n\nThe model does not answer \(.*\): it is tried again at about \d\d:\d\d UTC\.\n/,
    );
    expect(server.requests).toHaveLength(work.length + 3 * 3);
    expect((await pulls()).map(({ headRef }) => headRef)).toEqual([BRANCH]);
    expect(await github.resolve('ada/shop', `${BRANCH}~2`)).toBe(github.pullRequest('ada/shop', 2).baseSha);
    expect(await runsOf(app)).toEqual([{ calls: work.length + 3, outcome: 'answered', attempts: 1 }]);
  }, 90_000);

  it('and stays away: the task is given up with the reason, and goes on when somebody says so', async () => {
    const work = goodWork(javascript);
    const steps = [...work.slice(0, 3), ...away(529), ...away(503), ...work.slice(3)];
    const { server, github, app, before, shown, open, pulls } = await awayWorld(steps);
    before.turn = async () => {
      await asked(
        app,
        (sql) => sql`update graphile_worker._private_jobs set max_attempts = 2 where key = 'task:1'`,
      );
    };
    await open();
    await github.comment('ada/shop', 1, '/agent fix');
    await hurried(app);
    await until(() => shown().startsWith('**Not done**'), 30_000);
    expect(shown()).toMatch(/\n\nThe model does not answer \(.*503.*\)\.\n/);
    expect(shown()).toContain('`/agent retry` tries it again');
    expect(await pulls()).toEqual([]);
    await github.comment('ada/shop', 1, '/agent retry');
    await hurried(app);
    expect(shown()).toMatch(/^\*\*Done\*\*: #2 \(task 1, bugfix\)/);
    expect(server.requests).toHaveLength(steps.length);
    // It was gone on with: what was answered was neither asked nor counted again.
    expect(await runsOf(app)).toEqual([{ calls: work.length + 2, outcome: 'answered', attempts: 2 }]);
  }, 90_000);

  it('is none that has said something: what it said it would say again', async () => {
    const script = scriptedTurns([{ text: 'Hm.' }, { text: 'Hm.' }]);
    const { github, app, shown, open } = await taskWorld(await databases.migrated(), script);
    await open();
    await github.comment('ada/shop', 1, '/agent fix');
    await app.idle();
    expect(shown()).toMatch(/^\*\*Not done\*\* .*\n\nthere is no plan: the model ended without saying/);
  }, 60_000);

  it('is not waited for when somebody has said stop', async () => {
    const { github, app, shown, open } = await awayWorld(away(529));
    await open();
    await github.comment('ada/shop', 1, '/agent fix');
    await until(() => shown().startsWith('**Waiting for its turn**'));
    await github.comment('ada/shop', 1, '/agent stop');
    await hurried(app);
    expect(shown()).toMatch(/^\*\*Stopped\*\* \(task 1, bugfix\)\n\nIt was stopped\./);
  }, 60_000);

  it('is not waited for longer than a day', async () => {
    const { github, app, shown, open } = await awayWorld(away(529));
    await open();
    await github.comment('ada/shop', 1, '/agent fix');
    await until(() => shown().startsWith('**Waiting for its turn**'));
    const [left] = await asked(
      app,
      (sql) => sql`
        update code_agent.tasks t set deadline_at = now() from code_agent.tasks b where b.id = t.id
        returning extract(epoch from b.deadline_at - now())::float8 as s`,
    );
    expect(left?.['s']).toBeGreaterThan(86_000);
    expect(left?.['s']).toBeLessThan(86_401);
    await hurried(app);
    expect(shown()).toMatch(
      /^\*\*Not done\*\* \(task 1, bugfix\)\n\nIt was not done within the time that it had/,
    );
  }, 60_000);
});

it('of tasks that wait the urgent ones are done first, and those with time last', async () => {
  const plan = call('propose_plan', { steps: ['look'] });
  const { github, app, before, shown } = await taskWorld(
    await databases.migrated(),
    scriptedTurns([plan, plan, plan, plan, plan]),
    undefined,
    { concurrency: 1 },
  );
  let letGo = (): void => {};
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  before.turn = () => held;
  for (const [number, label] of [[1], [2, 'agent:low'], [3], [4, 'agent:high'], [5]] as const) {
    await github.openIssue('ada/shop', { labels: label === undefined ? [] : [label] });
    await github.comment('ada/shop', number, '/agent plan');
    if (number === 1) await until(() => shown().startsWith('**At work**'));
  }
  await asked(app, async (sql) => {
    const waiting = async () => (await sql`select from code_agent.tasks where state = 'pending'`).length;
    await until(async () => (await waiting()) === 4);
    expect(await setTaskPriority(sql, 5, 2)).toMatchObject({ priority: 2 });
  });
  letGo();
  await app.idle();
  const done = await asked(
    app,
    (sql) => sql`select number, priority from code_agent.tasks order by ended_at`,
  );
  expect(done.map(({ number, priority }) => [number, priority])).toEqual([
    ...[
      [1, 0],
      [5, 2],
      [4, 1],
    ],
    ...[
      [3, 0],
      [2, -1],
    ],
  ]);
  expect(await asked(app, (sql) => setTaskPriority(sql, 5, 0))).toBeNull();
}, 60_000);

describe('a follow-up on our pull request', () => {
  const STATE =
    'if grep -q red state; then echo "# pass 1"; echo "# fail 1"; exit 1; fi; echo "# pass 2"; echo "# fail 0"\n';
  const files = {
    ...{ state: 'red\n', 'test.sh': STATE },
    '.code-agent.yml': 'tasks: { tests: "sh test.sh" }\n',
  };
  const ending = (summary: string): ScriptedTurn[] => [
    call('finish_task', { done: true, summary, commit_message: summary }),
    call('finish_review', { summary: 'Seen.' }),
  ];
  const doing = (path: string, content: string, summary: string): ScriptedTurn[] => [
    call('propose_plan', { steps: [summary] }),
    call('write_file', { path, content }),
    ...ending(summary),
  ];

  it('has its text and its draft follow what is red, each once, until a person has changed them', async () => {
    const turns = [
      ...doing('a.txt', 'a\n', 'First words.'),
      ...doing('state', 'green\n', 'Made green.'),
      // What was green is gone back to twice.
      ...[...doing('state', 'red\n', 'Broken.'), ...ending('Broken.'), ...ending('Broken.')],
      ...doing('b.txt', 'b\n', 'More words.'),
    ];
    const { github, app, script, open } = await taskWorld(
      await databases.migrated(),
      scriptedTurns(turns),
      files,
    );
    const pull = () => github.pullRequest('ada/shop', 2);
    /** The first lines of the comments: a review of what was pushed may be told behind them. */
    const said = (): (string | undefined)[] => pull().issueComments.map(({ body }) => body.split('\n')[0]);
    const writes = (operation: string): number =>
      github.requests.filter((request) => request.operation === operation).length;
    await open();
    await github.comment('ada/shop', 1, '/agent docs');
    await hurried(app);
    expect(pull()).toMatchObject({
      isDraft: true,
      body: expect.stringMatching(/^First words\.\n\nFor #1\./),
    });
    expect(writes('pulls/update')).toBe(0);

    // It is done, and its answer lost: it is looked for, and not done again.
    github.inject({ operation: 'pulls/update', fault: 'stored-then-502' });
    github.inject({ operation: 'graphql/MarkPullRequestReadyForReview', fault: 'stored-then-reset' });
    await github.comment('ada/shop', 2, '/agent docs');
    await hurried(app);
    expect(pull().isDraft).toBe(false);
    expect(pull().body).toMatch(
      /^First words\.\n\nMade green\.\n\nCloses #1\.\n\n### Evidence\n\n- before: .*1 failed.*\n- after: `sh test\.sh`: 2 passed/,
    );
    expect(pull().body).toContain('Last changed by task 2 for `mona`');
    expect(said()).toContain('**Done**: #2 (task 2, docs)');
    expect([writes('pulls/update'), writes('graphql/MarkPullRequestReadyForReview')]).toEqual([1, 1]);

    await github.editPullRequest('ada/shop', 2, { body: `Mine.\n\n${pull().body}` });
    await github.comment('ada/shop', 2, '/agent docs');
    await hurried(app);
    expect(pull().isDraft).toBe(true);
    expect(pull().body).toMatch(/^Mine\.\n\nFirst words\./);
    expect(pull().body).not.toContain('Broken.');

    await github.editPullRequest('ada/shop', 2, { draft: false });
    await github.comment('ada/shop', 2, '/agent docs');
    await hurried(app);
    expect(pull().isDraft).toBe(false);
    expect(said()).toContain('**Done**: #2 (task 4, docs)');
    expect([writes('pulls/update'), writes('graphql/ConvertPullRequestToDraft')]).toEqual([1, 1]);
    expect(script.left()).toBe(0);
  }, 120_000);
});

it('an App that may not write issues says so in a pull request, and in its log, with what is to be accepted', async () => {
  const { github, app, script, answers } = await taskWorld(
    await databases.migrated(),
    scriptedTurns([call('finish_review', { summary: 'Seen.' })]),
    undefined,
    {
      mayRefuse: true,
      permissions: {
        contents: 'write',
        pull_requests: 'write',
        checks: 'write',
        issues: 'read',
        metadata: 'read',
      },
    },
  );
  const push = { files: { 'a.txt': 'a\n' } };
  await github.openPullRequest('ada/shop', { head: 'code-agent/9-x', push });
  github.addUser('eve');
  await github.comment('ada/shop', 1, '/agent fix', { by: 'eve' });
  await github.comment('ada/shop', 1, '/agent fix');
  await github.comment('ada/shop', 1, '/agent docs');
  await github.openIssue('ada/shop');
  await github.comment('ada/shop', 2, '/agent fix');
  await app.idle();
  const pull = github.pullRequest('ada/shop', 1);
  const said = pull.issueComments.filter(({ body }) => body.includes('code-agent:answer:not-granted'));
  expect(said.map(({ body }) => body.split('\n')[0])).toEqual([
    'I cannot do work here: who owns `ada` has not accepted the permission `issues: write` of this App yet, which is done in the settings of that account, under the installed GitHub Apps.',
  ]);
  expect(script.left()).toBe(0);
  expect(answers(2)).toEqual([]);
  const warned = app.log.lines.filter(({ fields }) => fields['missing'] !== undefined);
  expect(
    warned.map(({ level, fields }) => [level, fields['repository'], fields['number'], fields['missing']]),
  ).toEqual(expect.arrayContaining([1, 2].map((number) => ['warn', 'ada/shop', number, ['issues: write']])));
}, 60_000);
