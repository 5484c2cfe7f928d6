import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { withDatabase } from '../../src/sessions/postgres/with-database.ts';
import { needsSandbox } from '../support/needs-sandbox.ts';
import { hasPostgres } from '../support/postgres-server.ts';
import { programOf } from './kill-task-model.ts';
import { type Moment, type TaskWorld, taskWorld, useTaskWorkers } from './kill-task-setup.ts';
import { inWork } from './work-processes.ts';

const event = (event: string, when: 'before' | 'amid' | 'after' = 'after'): Moment => ({
  ...{ at: 'event', when, event },
});

/** A moment for each kind of event, and for each kind of thing that is done behind one. */
const EVENTS = [
  event('session-started'),
  event('step-done context'),
  event('model-requested plan 1'),
  event('model-responded plan 1'),
  event('run-ended plan'),
  event('step-done tests before 0'),
  event('model-responded work 1 2'),
  event('tool-called work 1 2 call-2-0'),
  event('worktree-kept work 1 2'),
  event('tool-decided work 1 call-2-0'),
  event('tool-returned work 1 2 call-2-0'),
  event('tool-called work 1 3 call-3-0'),
  event('tool-returned work 1 3 call-3-0'),
  event('step-done commit on'),
  event('tool-returned work 1 4 call-4-0'),
  event('tool-returned work 1 5 call-5-0'),
  event('model-responded work 1 7', 'amid'),
  event('run-ended work 1'),
  event('step-done tests after 1'),
  event('run-started 1 scripted'),
  event('model-responded 1 scripted 1'),
  event('run-ended 1 scripted'),
  event('step-done tests without the fix'),
  event('session-ended', 'before'),
  event('session-ended'),
];

const WRITES = [
  'reactions/create-for-issue-comment',
  'issues/create-comment',
  'git/receive-pack',
  'pulls/create',
  'issues/update-comment',
].flatMap((operation): Moment[] => [
  { at: 'write', when: 'before', operation },
  { at: 'write', when: 'after', operation },
]);

const COMMANDS: readonly Moment[] = [
  ...[0,0,0,1,1,2,3].map((afterMs): Moment => ({ at: 'command', nth: 1, afterMs })),
  { at: 'command', nth: 1, afterMs: 0 },
  { at: 'command', nth: 2, afterMs: 100 },
  { at: 'command', nth: 5, afterMs: 100 },
];

describe.runIf(hasPostgres())('a worker that is killed', () => {
  needsSandbox();
  useTaskWorkers();

  it('at each kind of event of a task', async () => {
    const world = await taskWorld(1);
    await killAll(world, 'e', EVENTS);
  }, 400_000);

  it('before and behind each write to GitHub, and amid the push', async () => {
    const world = await taskWorld(1);
    await killAll(world, 'w', [
      ...WRITES,
      { at: 'write', when: 'before', operation: 'git/receive-pack', lost: false },
    ]);
  }, 400_000);

  it('amid a command', async () => {
    const world = await taskWorld(1);
    await killAll(world, 'c', COMMANDS);
  }, 400_000);

  it('and another machine goes on', async () => {
    const world = await taskWorld(2);
    await killAll(world, 'o', [
      event('tool-returned work 1 4 call-4-0'),
      event('step-done tests without the fix'),
      { at: 'write', when: 'before', operation: 'git/receive-pack' },
      { at: 'write', when: 'before', operation: 'git/receive-pack', lost: false },
      { at: 'write', when: 'after', operation: 'git/receive-pack' },
      { at: 'write', when: 'after', operation: 'pulls/create' },
      { at: 'write', when: 'after', operation: 'issues/update-comment' },
    ]);
  }, 400_000);
});

/** Asks for the work of a case for each moment, all at once, and looks at what has become of each. */
async function killAll(world: TaskWorld, letter: string, moments: readonly Moment[]): Promise<void> {
  const began = Date.now();
  const names = moments.map((_, index) => `${letter}${String(index).padStart(2, '0')}`);
  await Promise.all(names.map((name, index) => world.ask(name, moments[index] ?? null)));
  await world.idle();
  console.log('all', moments.length, Date.now() - began);
  await world.settle();
  console.log(world.left, execFileSync('ps', ['-eo','pid,ppid,args']).toString().split('\n').filter((l) => l.includes('bwrap')).map((l) => l.slice(0,60)));console.log(JSON.stringify(world.said().filter(({what})=>what==='killed')));
  for (const [index, name] of names.entries())
    expect.soft(await becameOf(world, name), `${name} ${JSON.stringify(moments[index])}`).toEqual(ONCE(name));
  for (const folder of world.folders) {
    expect.soft(existsSync(join(folder, 'work')) ? readdirSync(join(folder, 'work')) : []).toEqual([]);
    expect.soft(leftInMirrors(folder)).toEqual([]);
  }
  expect.soft(world.left).toEqual([]);
  expect.soft(world.folders.flatMap((folder) => inWork(folder))).toEqual([]);
  await world.stop();
  console.log(
    world
      .log()
      .split('\n')
      .filter((line) => !/"level":(20|30)/.test(line))
      .slice(0, 30)
      .join('\n'),
  );
}

/** What is to become of a case, whenever its worker was killed. */
const ONCE = (name: string) => ({
  kills: 1,
  tasks: [{ state: 'completed', pull: 2, attempts: 1 }],
  pulls: ['code-agent/1-fix-retry-does-not-wait-between-its'],
  branches: ['code-agent/1-fix-retry-does-not-wait-between-its', 'main'],
  subjects: ['Mend the bug', 'A test that shows the bug', 'first'],
  files: [programOf(name).failing.content, programOf(name).fix.new_text],
  headOfTask: true,
  comments: ['**Done**: #2'],
  reactions: 1,
  paidTwice: [],
});

async function becameOf(world: TaskWorld, name: string) {
  const { github, databaseUrl } = world;
  const repository = `ada/${name}`;
  const id = world.idOf(name);
  const git = (...args: string[]) =>
    execFileSync('git', ['-C', github.barePath(repository), ...args], { encoding: 'utf8' });
  const branches = git('for-each-ref', '--format=%(refname:short)', 'refs/heads').split('\n').slice(0, -1);
  const branch = branches.find((one) => one.startsWith('code-agent/')) ?? 'main';
  const said = world.said().filter((one) => one.repository === id);
  const tasks = await withDatabase(
    databaseUrl,
    {},
    async ({ sql }) =>
      sql<{ state: string; pull: number; attempts: number; head: string; reason: string | null }[]>`
      select t.state, t.pull, t.attempts, t.head, t.reason from code_agent.tasks t
      join code_agent.github_repositories g on g.repository_id = t.repository_id where g.github_id = ${id}`,
  );
  const pulls = [2, 3, 4].flatMap((number) => {
    try {
      return [github.pullRequest(repository, number)];
    } catch {
      return [];
    }
  });
  const issue = github.issue(repository, 1);
  return {
    kills: said.filter(({ what }) => what === 'killed').length,
    tasks: tasks.map(({ state, pull, attempts, reason }) => ({
      ...{ state, pull, attempts },
      ...(reason !== null && { reason }),
    })),
    pulls: pulls.map(({ headRef }) => headRef),
    branches,
    subjects: git('log', '--format=%s', branch).split('\n').slice(0, -1),
    files: [
      git('show', `${branch}:test/retry.test.js`),
      /^ *await wait.*$/m.exec(git('show', `${branch}:src/retry.js`))?.[0],
    ],
    headOfTask: tasks[0]?.head === git('rev-parse', branch).trim(),
    comments: issue.issueComments
      .filter(({ user }) => user !== 'mona')
      .map(({ body }) => body.split(' (')[0]),
    reactions: issue.issueComments.flatMap(({ reactions }) => reactions).length,
    paidTwice: said.flatMap(({ what, of }, at) =>
      what === 'asked' && said.slice(0, at).some((one) => one.what === 'paid' && one.of === of) ? [of] : [],
    ),
  };
}

/** What would keep the next fetch into a mirror from working. */
function leftInMirrors(folder: string): string[] {
  const mirrors = join(folder, 'mirrors');
  return existsSync(mirrors)
    ? execFileSync('find', [mirrors, '-name', '*lock*', '-o', '-name', 'push-*'], { encoding: 'utf8' })
        .split('\n')
        .filter((path) => path !== '' && !path.endsWith('.journal.lock'))
    : [];
}
