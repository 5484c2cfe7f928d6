import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { javascript } from '../../test/programs/javascript.ts';
import { tokenFor } from '../../test/support/github/connect.ts';
import type { LoopbackGitHub } from '../../test/support/github/loopback-github.ts';
import type { PostgresServer } from '../../test/support/postgres-server.ts';
import { type AppBehindGitHub, startAppBehindGitHub } from './app-behind-github.ts';
import type { AppNews } from './app-process.ts';
import { median, type Row, type Table } from './table.ts';
import { timeSpawn } from './time-spawn.ts';
import type { Workbench } from './workbench.ts';

const REPOSITORY = 'ada/shop';
/** GitHub's advice between two writes, in milliseconds. */
const GAP_MS = 1_000;
/** Runs of what takes seconds. */
const ENOUGH = 5;

/** From the comment to the pull request. Milliseconds; what is below `whole` adds up to it. */
interface TimedTask {
  readonly whole: number;
  /** The webhook, the queue, who asks, and the task's own comment, up to where the mirror is asked for. */
  readonly asked: number;
  readonly fetch: number;
  /** In the sandbox, all runs together. */
  readonly tests: number;
  /** The worktree, the plan, tools and commits, and the session, up to the end of the last tests but those of the proof. */
  readonly work: number;
  /** Of its own change, up to where its tests are run without its fix: with the commit and a worktree for that. */
  readonly review: number;
  readonly push: number;
  readonly pull: number;
  /** Behind it: up to the last edit of its comment. */
  readonly told: number;
  /** Of all of it: that GitHub's API was waited for. */
  readonly waited: number;
  readonly runs: readonly string[];
}

/** The same with nobody's help but git's and the shell's. */
interface ByHand {
  readonly fetch: number;
  readonly tests: number;
  readonly push: number;
}

/** `/agent fix` on an issue, with a model that answers at once, beside what git and the tests alone take. */
export async function measureComment(
  workbench: Workbench,
  server: PostgresServer,
  runs: number,
): Promise<Table> {
  const enough = Math.min(runs, ENOUGH);
  const hands: ByHand[] = [];
  const tasks = await timeTasks(workbench, server, enough, 0, async (github, clone, script) => {
    hands.push(await doByHand(workbench, github, clone, script));
  });
  const slow = await timeTasks(workbench, server, enough, GAP_MS, async () => {});
  const sum = hands.slice(1).map(({ fetch, tests, push }) => fetch + tests + push);
  const base = median(sum);
  const row = (what: string, all: readonly TimedTask[], of: (one: TimedTask) => number): Row => {
    const times = all.map(of);
    return { what, times, ratio: median(times) / base };
  };
  const part = (of: (one: ByHand) => number): string => median(hands.slice(1).map(of)).toFixed(0);
  const count = tasks[0]?.runs.length ?? 0;
  return {
    title: 'From the comment `/agent fix` to the pull request, the model answers at once',
    rows: [
      {
        what: '`git fetch`, three runs of the tests and `git push` by hand, no sandbox',
        ...{ times: sum, ratio: 1 },
        note: `fetch ${part(({ fetch }) => fetch)}, tests ${part(({ tests }) => tests)}, push ${part(({ push }) => push)}`,
      },
      row('**the App**, without a pause between writes', tasks, ({ whole }) => whole),
      row('webhook, queue, who asks', tasks, ({ asked }) => asked),
      row('fetch', tasks, ({ fetch }) => fetch),
      row(`tests, ${count} runs in the sandbox`, tasks, ({ tests }) => tests),
      row('work: worktree, plan, tools, commits, session', tasks, ({ work }) => work),
      row('review of its own change, and what proves it', tasks, ({ review }) => review),
      row('push', tasks, ({ push }) => push),
      row('pull request', tasks, ({ pull }) => pull),
      row('behind it: the last edit of its comment', tasks, ({ told }) => told),
      row('of all of it: waiting for the API', tasks, ({ waited }) => waited),
      row(`**the App**, with ${GAP_MS / 1_000} s between writes`, slow, ({ whole }) => whole),
    ],
  };
}

/** A task at a time, each on an issue of its own; the first one makes the mirror and is not counted. */
async function timeTasks(
  workbench: Workbench,
  server: PostgresServer,
  runs: number,
  writeGapMs: number,
  beside: (github: LoopbackGitHub, clone: string, script: string) => Promise<void>,
): Promise<TimedTask[]> {
  const app = await startAppBehindGitHub(workbench, server, { writeGapMs, tasks: runs + 1 });
  const { github } = app;
  const all: TimedTask[] = [];
  try {
    await github.addRepository(REPOSITORY, { files: javascript.files });
    const clone = mkdtempSync(join(workbench.folder, 'clone-'));
    // Not synchronous: the server is in this process.
    await timeSpawn(['git', 'clone', '--quiet', `${github.url}/${REPOSITORY}.git`, '.'], {
      cwd: clone,
      env: workbench.env,
    });
    for (let round = 0; round <= runs; round += 1) {
      // Something new to fetch.
      await github.push(REPOSITORY, 'main', { files: { 'README.md': `# retry ${round}\n` } });
      const number = await github.openIssue(REPOSITORY, {
        title: javascript.task,
        body: 'It does not wait.',
      });
      await github.settled();
      await app.idle();
      const task = await timeTask(app, number);
      if (round > 0) all.push(task);
      await beside(github, clone, task.runs[0] ?? '');
    }
  } finally {
    await app.stop();
  }
  return all;
}

async function timeTask(app: AppBehindGitHub, number: number): Promise<TimedTask> {
  const { github, news } = app;
  const writes = new Map<string, number>();
  const forget = github.afterEachWrite(({ operation }) => {
    writes.set(operation, performance.timeOrigin + performance.now());
  });
  app.forget();
  const from = github.deliveries.length;
  try {
    await github.comment(REPOSITORY, number, '/agent fix');
    await github.settled();
    await app.idle();
  } finally {
    forget();
  }
  const sent = github.deliveries.slice(from).find(({ event }) => event === 'issue_comment');
  const told = github.issue(REPOSITORY, number).issueComments.at(-1)?.body ?? 'nothing';
  if (sent === undefined) throw new Error('no webhook was sent');
  if (!told.startsWith('**Done**')) throw new Error(`the task is not done: ${told}`);
  return timesOf(sent.at.getTime(), news, writes);
}

function timesOf(sentAt: number, news: readonly AppNews[], writes: ReadonlyMap<string, number>): TimedTask {
  const first = (of: AppNews['kind']): number => {
    const found = news.find(({ kind }) => kind === of);
    return found !== undefined && 'at' in found ? found.at : Number.NaN;
  };
  const wrote = (operation: string): number => writes.get(operation) ?? Number.NaN;
  const runs = news.filter((one) => one.kind === 'ran');
  const [after, proof] = runs.slice(-2);
  if (after === undefined || proof === undefined) throw new Error('its tests were not run');
  const proofFrom = proof.at - proof.ms;
  const tests = runs.reduce((sum, { ms }) => sum + ms, 0);
  const answers = news.filter((one) => one.kind === 'answered');
  const [pushedAt, openedAt] = [wrote('git/receive-pack'), wrote('pulls/create')];
  return {
    whole: openedAt - sentAt,
    asked: first('fetching') - sentAt,
    fetch: first('branches fetched') - first('fetching'),
    tests,
    work: after.at - first('branches fetched') - (tests - proof.ms),
    review: proofFrom - after.at,
    push: pushedAt - proof.at,
    pull: openedAt - pushedAt,
    told: wrote('issues/update-comment') - openedAt,
    waited: answers.reduce((sum, { ms }) => sum + ms, 0),
    runs: runs.map(({ script }) => script),
  };
}

let pushed = 0;

/** The bug is mended by the same edits as a task's, which are not timed, nor is the commit. */
async function doByHand(
  { env }: Workbench,
  github: LoopbackGitHub,
  clone: string,
  script: string,
): Promise<ByHand> {
  const { failing, fix, files } = javascript;
  const git = (...args: string[]): void => {
    execFileSync('git', args, { cwd: clone, env, stdio: ['ignore', 'ignore', 'inherit'] });
  };
  const fetch = await timeSpawn(['git', 'fetch', '--quiet', 'origin'], { cwd: clone, env });
  git('checkout', '--quiet', '--force', '--detach', 'origin/main');
  const test = (exitCode: number): Promise<number> =>
    timeSpawn(['sh', '-c', script], { cwd: clone, env, exitCode });
  let tests = await test(0);
  writeFileSync(join(clone, failing.path), failing.content);
  tests += await test(1);
  writeFileSync(join(clone, fix.path), (files[fix.path] ?? '').replace(fix.old_text, fix.new_text));
  tests += await test(0);
  git('commit', '--quiet', '--all', '--message=Mend the bug');
  const basic = Buffer.from(`x-access-token:${await tokenFor(github, REPOSITORY, { contents: 'write' })}`);
  const authorised = {
    ...{ ...env, GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'http.extraHeader' },
    GIT_CONFIG_VALUE_0: `Authorization: Basic ${basic.toString('base64')}`,
  };
  pushed += 1;
  const push = await timeSpawn(['git', 'push', '--quiet', 'origin', `HEAD:refs/heads/by-hand-${pushed}`], {
    cwd: clone,
    env: authorised,
  });
  return { fetch, tests, push };
}
