import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EVENT_VERSIONS } from '../../src/agent/event-versions.ts';
import { withDatabase } from '../../src/sessions/postgres/with-database.ts';
import type { SeenPullRequest } from '../support/github/loopback-github.ts';
import { needsSandbox } from '../support/needs-sandbox.ts';
import { hasPostgres } from '../support/postgres-server.ts';
import { until } from './intake-setup.ts';
import { programOf } from './kill-task-model.ts';
import { type Case, type Moment, type TaskWorld, taskWorld, useTaskWorkers } from './kill-task-setup.ts';
import { inWork } from './work-processes.ts';

const work = (what: string): Moment => ({ at: 'work', what });
const write = (when: 'before' | 'after', operation: string, arrives = false): Moment => ({
  ...{ at: 'write', when, operation, arrives },
});

/** One for each type of event, and more where other things are done behind it. */
const EVENTS = [
  'after session-started',
  'after step-done context',
  'after run-started plan',
  'after model-requested plan 1',
  'after model-responded plan 1',
  'after tool-returned plan 1 call-0-0',
  'after step-done tests before 0',
  'after model-responded work 1 2',
  'after tool-called work 1 2 call-2-0',
  'after worktree-kept work 1 2',
  'after tool-decided work 1 call-2-0',
  'after tool-returned work 1 2 call-2-0',
  'after tool-returned work 1 3 call-3-0',
  'after step-done commit on',
  'after tool-returned work 1 4 call-4-0',
  'amid model-responded work 1 7',
  'after run-ended work 1',
  'after step-done tests after 1',
  'after model-responded 1 scripted 1',
  'after step-done tests without the fix',
  'before session-ended',
  'after session-ended',
];
/** What no event of a task is. */
const OF_REVIEWS = ['model-failed', 'finding-made', 'write-begun', 'write-done', 'artifact-made'];

const WRITES = [
  'reactions/create-for-issue-comment',
  'issues/create-comment',
  'git/receive-pack',
  'pulls/create',
  'issues/update-comment',
];

describe.runIf(hasPostgres())('a worker that is killed while another one is there', () => {
  needsSandbox();
  useTaskWorkers();

  it('behind each kind of event of a task: it is gone on with, and no answer is paid twice', async () => {
    const types = new Set(EVENTS.map((event) => event.split(' ')[1]));
    expect(Object.keys(EVENT_VERSIONS).filter((type) => !types.has(type))).toEqual(OF_REVIEWS);
    // Each task is killed twice: early, and when it is gone on with, later.
    const half = EVENTS.length / 2;
    const cases = named(
      'e',
      EVENTS.slice(0, half).map((early, at) => [early, EVENTS[at + half] ?? ''].map(work)),
    );
    await atOnce(await taskWorld(1), cases);
  }, 240_000);

  it('before and behind each write to GitHub, and amid the push: each is there once', async () => {
    const moments = WRITES.flatMap((operation) => [write('before', operation), write('after', operation)]);
    const cases = named(
      'w',
      [...moments, write('before', 'git/receive-pack', true)].map((moment) => [moment]),
    );
    await atOnce(await taskWorld(1), cases);
  }, 240_000);

  it('before and behind a question: it is asked once, and gone on with when it is answered', async () => {
    const world = await taskWorld(1);
    const cases = named('q', [
      [work('after tool-called work 1 5 call-5-0')],
      [write('before', 'issues/update-comment')],
      [write('after', 'issues/update-comment')],
      [work('after tool-returned work 1 5 call-5-0')],
    ]);
    for (const one of cases) await world.ask(one);
    await world.idle();
    for (const { name } of cases) {
      const texts = world.github.issue(`ada/${name}`, 1).issueComments.map(({ body }) => body);
      const ids = texts.flatMap((text) => /\*\*A question\*\* `([0-9a-f]{8})`/.exec(text)?.[1] ?? []);
      expect(ids, name).toHaveLength(1);
      await world.comment(name, `/agent answer ${ids[0]} 2 s`);
    }
    await world.idle();
    await expectAll(world, cases);
  }, 240_000);

  it('amid a command, and while one begins: nothing of it runs on', async () => {
    const moments = ['command 1 0 ms', 'command 2 150 ms', 'command 5 150 ms'].map(work);
    await atOnce(
      await taskWorld(1),
      named(
        'c',
        moments.map((moment) => [moment]),
      ),
    );
  }, 240_000);

  it('and another machine takes over: what was stored is not paid twice, there is one branch and one pull request', async () => {
    const world = await taskWorld(2);
    const cases = named('o', [
      [work('before model-responded work 1 5')],
      [write('before', 'git/receive-pack', true)],
      [write('after', 'git/receive-pack')],
      [write('after', 'pulls/create')],
    ]);
    for (const one of cases) {
      await world.ask(one);
      await world.idle();
      expect(machinesOf(world, one), one.name).toBe(2);
    }
    await expectAll(world, cases);
  }, 240_000);

  it('what is said meanwhile, and a pull request that GitHub fails to open: nothing is done anew', async () => {
    const world = await taskWorld(1);
    // Of one by a label all that is said in the issue is material.
    const cases: Case[] = [
      { name: 'l00', kills: [work('after model-responded work 1 5')], by: 'label' },
      { name: 'f00', kills: [] },
    ];
    world.github.inject({ operation: 'pulls/create', fault: '502', times: 1 });
    for (const one of cases) await world.ask(one);
    await until(() => world.said().some(({ what }) => what === 'killed'), 60_000);
    await world.github.comment('ada/l00', 1, 'Also in the README.');
    await world.idle();
    await expectAll(world, cases);
  }, 240_000);
});

const named = (letter: string, kills: readonly (readonly Moment[])[]): Case[] =>
  kills.map((moments, index) => ({ name: `${letter}${String(index).padStart(2, '0')}`, kills: moments }));

async function atOnce(world: TaskWorld, cases: readonly Case[]): Promise<void> {
  for (const one of cases) await world.ask(one);
  await world.idle();
  await expectAll(world, cases);
}

/** In how many processes a task was done: with a machine each, so many machines. */
const machinesOf = (world: TaskWorld, { name }: Case): number =>
  new Set(
    world
      .said()
      .filter(({ what, repository }) => what === 'began' && repository === world.idOf(name))
      .map(({ pid }) => pid),
  ).size;

/** Each task is done once, and nothing is left of the workers that were killed. */
async function expectAll(world: TaskWorld, cases: readonly Case[]): Promise<void> {
  for (const one of cases)
    expect.soft(await becameOf(world, one), `${one.name} ${JSON.stringify(one.kills)}`).toEqual(onceOf(one));
  expect.soft(world.left).toEqual([]);
  expect.soft(world.folders.flatMap((folder) => inWork(folder))).toEqual([]);
  expect.soft(world.folders.flatMap((folder) => namesIn(join(folder, 'work')))).toEqual([]);
  expect.soft(world.folders.flatMap((folder) => unfinishedIn(join(folder, 'mirrors')))).toEqual([]);
  await world.stop();
}

const BRANCH = 'code-agent/1-fix-retry-does-not-wait-between-its';

const THANKS = 'Thank you. The task goes on.';

const onceOf = ({ name, kills, by }: Case) => ({
  kills: kills.length,
  tasks: [{ state: 'completed', pull: 2, attempts: 1, reason: null }],
  branches: [BRANCH, 'main'],
  subjects: ['Mend the bug', 'A test that shows the bug', 'first'],
  trailers: 2,
  files: ['package.json', 'src/retry.js', 'test/retry.test.js'],
  test: programOf(name).failing.content,
  fix: programOf(name).fix.new_text,
  isHeadOfTask: true,
  pulls: [BRANCH],
  comments: ['**Done**: #2', ...(name.startsWith('q') ? [THANKS] : [])],
  reactions: by === 'label' ? 0 : name.startsWith('q') ? 2 : 1,
  isPaidTwice: false,
});

/** What has become of a case, whoever looks. */
async function becameOf({ github, databaseUrl, said, idOf }: TaskWorld, { name }: Case) {
  const repository = `ada/${name}`;
  const id = idOf(name);
  const git = (...args: string[]): string =>
    execFileSync('git', ['-C', github.barePath(repository), ...args], { encoding: 'utf8' });
  const lines = (...args: string[]): string[] =>
    git(...args)
      .split('\n')
      .slice(0, -1);
  const branches = lines('for-each-ref', '--format=%(refname:short)', 'refs/heads');
  const branch = branches.includes(BRANCH) ? BRANCH : 'main';
  const tasks = await withDatabase(databaseUrl, {}, async ({ sql }) => [
    ...(await sql<{ state: string; pull: number; attempts: number; reason: string | null; head: string }[]>`
      select t.state, t.pull, t.attempts, t.reason, t.head from code_agent.tasks t
      join code_agent.github_repositories g on g.repository_id = t.repository_id where g.github_id = ${id}`),
  ]);
  const { issueComments } = github.issue(repository, 1);
  const lived = said().filter((one) => one.repository === id);
  return {
    kills: lived.filter(({ what }) => what === 'killed').length,
    tasks: tasks.map(({ head, ...task }) => task),
    branches,
    subjects: lines('log', '--format=%s', branch),
    trailers: lines('log', '--format=%b', branch).filter((line) => line.startsWith('Code-Agent-Task: '))
      .length,
    files: lines('ls-tree', '-r', '--name-only', branch),
    test: git('show', `${branch}:test/retry.test.js`),
    fix: /^ *(?:await )?wait\(.*$/m.exec(git('show', `${branch}:src/retry.js`))?.[0],
    isHeadOfTask: tasks[0]?.head === git('rev-parse', branch).trim(),
    pulls: pullsOf(github.pullRequest, repository).map(({ headRef }) => headRef),
    comments: issueComments.flatMap(({ user, body }) => (user === 'mona' ? [] : [body.split(/ \(|\n/)[0]])),
    reactions: issueComments.flatMap(({ reactions }) => reactions).length,
    isPaidTwice: lived.some(
      ({ what, of }, at) =>
        what === 'asked' && lived.slice(0, at).some((one) => one.what === 'paid' && one.of === of),
    ),
  };
}

function pullsOf(
  pullRequest: (repository: string, number: number) => SeenPullRequest,
  repository: string,
): SeenPullRequest[] {
  return [2, 3, 4].flatMap((number) => {
    try {
      return [pullRequest(repository, number)];
    } catch {
      return [];
    }
  });
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** What would keep the next fetch into a mirror from working. A session's lock is nobody's when its process is gone. */
const unfinishedIn = (mirrors: string): string[] =>
  execFileSync('find', [mirrors, '-name', '*lock*', '-o', '-name', 'push-*', '-o', '-name', '*tmp*'], {
    encoding: 'utf8',
  })
    .split('\n')
    .filter((path) => path !== '' && !path.endsWith('.journal.lock'));
