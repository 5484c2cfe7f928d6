import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import * as z from 'zod/mini';
import type { Spent } from '../../agent/budget.ts';
import { CodeAgentError } from '../../code-agent-error.ts';
import { remoteIdentity } from '../../git/repository-identity.ts';
import { createWorktree, type Worktree } from '../../git/worktree.ts';
import { TASK_PUSH, TASK_READ } from '../../github/permissions.ts';
import type { ModelAsk } from '../../local/model-reviewer.ts';
import { openTask } from '../../local/open-task.ts';
import { type Door, type OpenRepository, openGit } from '../../local/prepare-review.ts';
import { goOnWithTask } from '../../local/task-session.ts';
import { spentTexts } from '../../report/summary.ts';
import { whatLimits } from '../../review/day-limits.ts';
import { beginRun, endRun, usageToday } from '../../sessions/postgres/pull-request-runs.ts';
import {
  endTask,
  listTasks,
  noteTask,
  readTask,
  type StoredTask,
  startTask,
  type TaskEnd,
  waitTask,
} from '../../sessions/postgres/tasks.ts';
import { branchOf } from '../../tasks/branch-name.ts';
import { doTask } from '../../tasks/do-task.ts';
import type { JobPayload } from '../../tasks/job.ts';
import type { JobContext } from '../../tasks/queue.ts';
import type { TaskEvent, TaskReport } from '../../tasks/task.ts';
import type { AppDoor } from '../app-door.ts';
import { gitToken } from '../git-token.ts';
import { isFinal, isGone, retryAt } from '../job-failure.ts';
import { mayCommand } from '../may-command.ts';
import { operatorConfig } from '../operator-config.ts';
import { problemText } from '../problem-text.ts';
import { type PolicyAt, readPolicyAt } from '../read-policy-at.ts';
import { cutOff } from '../run-end.ts';
import { giveMemory, keepTaskSession, leftTaskSession, takeMemory } from '../shared-memory.ts';
import { deliverTask } from './deliver-task.ts';
import { findIssue, type IssueSubject } from './find-issue.ts';
import { openTaskComment, type TaskComment } from './post-task.ts';
import { taskContext } from './task-context.ts';
import { TaskWaits, taskPerson } from './task-person.ts';
import { clearWorkFolders, makeWorkFolder } from './work-folder.ts';

const FAULT = 'The task failed in a way that it should not: the log of the App says how.';

/** Job `task`: does a stored task, or goes on with one that was left, and says what came of it. */
export async function doIssueTask(
  door: AppDoor,
  job: JobPayload<'task'>,
  context: JobContext,
): Promise<void> {
  const { signal } = context;
  const { sql } = door;
  const task = await readTask(sql, job.task);
  const subject = task === null ? null : await findIssue(door, job, signal);
  if (task === null || subject === null || isOver(task)) return;
  const operator = await operatorConfig(door);
  const hosts = [new URL(door.serverUrl).host, ...operator.linkHosts];
  const comment = openTaskComment(sql, subject, task, hosts);
  const isLast = context.attempt >= context.maxAttempts;
  const end = async (state: TaskEnd['state'], reason: string): Promise<void> => {
    // What is over already has said what it came to.
    const now = await readTask(sql, task.id);
    if (now === null || isOver(now)) return;
    await showEnd(door, comment, { state, reason }, isLast);
    await endTask(sql, task.id, { state, reason, report: null, head: null, pull: null });
  };
  const { by, login } = task.asked;
  const account = { id: by, login, type: operator.trustedBots.includes(by) ? 'Bot' : 'User' };
  if (!(await mayCommand(subject, account, operator.trustedBots)))
    return end('cancelled', `${login} may not write to this repository any more.`);
  if (subject.issue.state === 'closed') return end('cancelled', 'It was closed meanwhile.');
  const usage = await usageToday(sql, subject.key.repository, by);
  const reached = task.state === 'pending' ? whatLimits(usage, operator.limits, new Date()) : null;
  if (reached !== null)
    return end(
      'failed',
      `A limit of the day is reached (\`${reached.key}\`). \`/agent retry\` tries it again when it is over, at midnight UTC.`,
    );
  try {
    await withWorktree(door, subject, task, signal, (place) =>
      workOn(door, subject, task, comment, hosts, place, context),
    );
  } catch (error) {
    if (error instanceof TaskWaits) {
      await waitTask(sql, task.id);
      return comment.show({ state: 'waiting', now: null }, { now: true });
    }
    if (signal.aborted || retryAt(error, new Date()) !== null) throw error;
    const isHopeless = isFinal(error) || (error instanceof CodeAgentError && !error.retryable);
    if (isHopeless) return await end('failed', problemText(error, FAULT));
    if (isLast) await end('dead', problemText(error, FAULT));
    throw error;
  }
}

/**
 * Shows what a task has come to, before that is noted: one that is over is not gone on with, and its comment would stay as it was.
 * What can never be shown keeps no task from being over; nor does anything where it is not tried again.
 */
async function showEnd(
  { log }: AppDoor,
  comment: TaskComment,
  change: Parameters<TaskComment['show']>[0],
  isLast: boolean,
): Promise<void> {
  try {
    await comment.show(change, { now: true });
  } catch (err) {
    if (!isLast && !isFinal(err) && !isGone(err)) throw err;
    log.warn({ err }, 'the comment of a task could not be edited');
  }
}

const isOver = ({ state }: StoredTask): boolean => !['pending', 'in_progress', 'waiting'].includes(state);

/** Where a task is worked on. */
interface Place {
  readonly git: OpenRepository;
  readonly policy: PolicyAt;
  readonly worktree: Worktree;
  readonly folder: string;
  readonly branch: string;
  /** Its tip; null: it is not there yet. */
  readonly tip: string | null;
  readonly base: string;
  /** The session that is gone on with; null: it begins anew. */
  readonly left: string | null;
}

/** Fetches what is needed, and makes a worktree of the task's branch, or of the default branch where there is none yet. */
async function withWorktree(
  door: AppDoor,
  subject: IssueSubject,
  task: StoredTask,
  signal: AbortSignal,
  work: (place: Place) => Promise<void>,
): Promise<void> {
  const { address, fullName, defaultBranch } = subject;
  const branch = task.branch ?? (await branchFor(door, subject, task));
  const url = `${door.serverUrl}/${fullName}`;
  await door.mirrors.withBranches(
    {
      key: { identity: remoteIdentity(url) ?? url, id: address.repository },
      url,
      token: gitToken(door.github, address, TASK_READ, signal),
      branches: [defaultBranch, branch],
      signal,
    },
    async ({ gitDir, env, heads }) => {
      const git = await openGit({ cwd: gitDir, env, signal });
      clearWorkFolders(door.work);
      const folder = makeWorkFolder(door.work, task.id);
      let worktree: Worktree | null = null;
      try {
        const main = heads.get(defaultBranch);
        if (main === undefined) throw new RangeError(`the default branch ${defaultBranch} was not fetched`);
        const policy = await readPolicyAt(door, git, main, signal);
        if ('problem' in policy)
          throw new TaskProblem(`the configuration of this repository is wrong: ${policy.problem}`);
        const tip = heads.get(branch) ?? null;
        // Gone on with, it begins where it began: what it has made since is in its session.
        const left = await leftTaskSession(door, git.repository.commonDir, task.session);
        const base = (left === null ? null : task.base) ?? tip ?? main;
        worktree = await createWorktree(git.repository, base, join(folder.path, 'worktree'));
        await work({ git, policy, worktree, folder: folder.path, branch, tip, base, left });
      } finally {
        worktree?.remove();
        folder.remove();
        git.close();
      }
    },
  );
}

/**
 * The branch of the issue: the one that an earlier task has made, as long as its pull request is open; one of its own where that
 * was merged or closed, for what is there is done with.
 */
async function branchFor(
  { sql }: AppDoor,
  { key, issue, reader }: IssueSubject,
  task: StoredTask,
): Promise<string> {
  const earlier = await listTasks(sql, { repository: key.repository, limit: 100 });
  const last = earlier.find(
    ({ id, number, branch }) => id < task.id && number === key.number && branch !== null,
  );
  const branch = last?.branch ?? branchOf(issue.title, key.number);
  const isOpen = (await reader.pullRequestsOf(branch)).length > 0;
  return isOpen || (await reader.branchHead(branch)) === null ? branch : `${branch}-${task.id}`;
}

/** What a person can mend: no use in trying it again by itself. */
class TaskProblem extends CodeAgentError {
  constructor(message: string) {
    super(message, { exitCode: 2 });
  }
}

async function workOn(
  door: AppDoor,
  subject: IssueSubject,
  task: StoredTask,
  comment: TaskComment,
  hosts: readonly string[],
  { git, policy, worktree, folder, branch, tip, base, left }: Place,
  { signal, attempt, maxAttempts }: JobContext,
): Promise<void> {
  const { sql } = door;
  const { key, fullName, redact } = subject;
  const here: Door = { cwd: git.repository.gitDir, env: door.env, signal };
  const asking = await door.askModels(here, policy.config, {
    ...{ door: 'app', within: policy.config.tasks.timeout, withinBy: '--timeout', message: null },
    maxCost: policy.config.tasks.maxCost,
  });
  if (asking === undefined) throw new TaskProblem('this server asks no model, so nobody could do it');
  if ('failure' in asking) throw asking.failure;
  const ask: ModelAsk = { ...asking, knownValues: door.held };
  // As it is on the default branch now.
  const { permission } = policy.config.tasks;
  await takeMemory(door, key.repository, git.repository.commonDir);
  const beginning = { door: 'app', models: ask.models, line: `task/${task.id}` } as const;
  const session = goOnWithTask(git.repository, beginning, redact, left);
  const began = Date.now();
  const spent = (): string[] => [
    ...spentTexts(ask.budget.spent()),
    `${Math.round((Date.now() - began) / 1000)} s`,
  ];
  const stopping = new AbortController();
  const done = new Set<number>();
  const told = (event: TaskEvent): void => {
    const change = changeOf(event, done);
    if (change !== null)
      comment
        .show({ ...change, spent: spent() })
        .catch((err: unknown) => door.log.warn({ err }, 'the comment of a task could not be edited'));
    if (event.type === 'plan') void noteTask(sql, task.id, { plan: event.plan }).catch(() => undefined);
  };
  const watching = watchForStop(door, task.id, stopping);
  /** What it has come to, when that is said. */
  let over: TaskReport | null = null;
  let isNoted = left !== null;
  let run: string | null = null;
  try {
    const started = await startTask(sql, task.id, { session: session.id, base, branch });
    if (started === null) return;
    isNoted = true;
    // Before anything is paid for: without this right nothing could be pushed.
    const { installation, repository } = subject.address;
    if (task.type !== 'plan') await door.github.token(installation, repository, TASK_PUSH, { signal });
    run = await beginRun(sql, {
      ...key,
      kind: 'task',
      head: base,
      baseRef: subject.defaultBranch,
      askedBy: task.asked.by,
    });
    await comment.show({ state: 'in_progress', branch, spent: [] }, { now: true });
    const opened = await openTask(git, {
      ...{ worktree, folder, config: policy.config, policyAt: policy.at, ask, session, redact, base },
      door: { ...here, signal: AbortSignal.any([signal, stopping.signal]) },
      ...{ policyDoor: 'app', permission, told },
      sandbox: await door.sandbox(),
      author: await authorOf(door),
      dependencies: [],
      person: taskPerson(sql, { ...task, permission }, base),
    });
    const { record } = session;
    // Looked at once: what is pushed or said meanwhile does not make it another task.
    const wasThere = await record.step('branch', z.boolean().parse, async () => tip !== null);
    const around = await record.step('context', z.string().parse, () => taskContext(subject, task));
    const report = await doTask(
      {
        ...{ id: `${fullName}#${key.number}/${task.id}`, type: task.type, permission },
        text: await redact(task.request),
        context: around,
        ...{ tests: policy.config.tasks.tests, planOnly: false },
      },
      opened,
    );
    signal.throwIfAborted();
    const ended: TaskReport = stopping.signal.aborted
      ? { ...report, outcome: 'cancelled', reason: 'it was stopped' }
      : report;
    await finish(door, subject, task, comment, {
      ...{ report: ended, worktree, branch, hosts, signal, spent },
      expected: wasThere ? base : null,
      isLast: attempt >= maxAttempts,
      keep: () => keepTaskSession(door, key.repository, git.repository.commonDir, session.id),
    });
    over = ended;
  } finally {
    watching.abort();
    // One that nobody knows of is not gone on with.
    const outcome = over !== null ? outcomeOf(over) : isNoted ? null : 'cancelled';
    session.close(outcome, ask.budget.spent(), Date.now() - began);
    if (run !== null) await payFor(door, run, ask.budget.spent(), over);
    await giveMemory(door, key.repository, git.repository.commonDir);
  }
}

const outcomeOf = ({ outcome }: TaskReport): 'completed' | 'failed' | 'cancelled' =>
  outcome === 'planned' ? 'completed' : outcome;

/** Pushes what was made, where it may be, and says what came of it. */
async function finish(
  door: AppDoor,
  subject: IssueSubject,
  task: StoredTask,
  comment: TaskComment,
  {
    report,
    worktree,
    branch,
    expected,
    hosts,
    signal,
    spent,
    isLast,
    keep,
  }: {
    readonly report: TaskReport;
    readonly worktree: Worktree;
    readonly branch: string;
    /** What the branch was when the task began; null: not there. */
    readonly expected: string | null;
    readonly hosts: readonly string[];
    readonly signal: AbortSignal;
    readonly spent: () => string[];
    readonly isLast: boolean;
    /** Keeps the session where other machines find it. */
    readonly keep: () => Promise<void>;
  },
): Promise<void> {
  const { sql } = door;
  const operator = await operatorConfig(door);
  const { by, login } = task.asked;
  const account = { id: by, login, type: operator.trustedBots.includes(by) ? 'Bot' : 'User' };
  const common = {
    evidence: report.evidence,
    red: report.red,
    summary: report.summary,
    plan: report.plan,
    spent: spent(),
    now: null,
  };
  const end = async (state: TaskEnd['state'], reason: string | null): Promise<void> => {
    const shown = report.outcome === 'planned' ? 'planned' : state;
    await showEnd(door, comment, { ...common, state: shown, reason }, isLast);
    await endTask(sql, task.id, { state, reason, report: plain(report), head: null, pull: null });
  };
  if (report.outcome === 'planned') return end('completed', null);
  if (report.outcome !== 'completed') return end(report.outcome, report.reason);
  if (report.evidence.review?.verdict.outcome === 'fail')
    return end(
      'failed',
      'The review of its own change has found errors that it could not mend. Nothing was pushed.',
    );
  // Between the request and the push, who asked may have lost the right to.
  if (!(await mayCommand(subject, account, operator.trustedBots)))
    return end('cancelled', `${login} may not write to this repository any more. Nothing was pushed.`);
  const head = await worktree.head();
  const noted = await noteTask(sql, task.id, { branch, head });
  if (noted === null || isOver(noted))
    return comment.show(
      { ...common, state: 'cancelled', reason: 'It was stopped. Nothing was pushed.' },
      { now: true },
    );
  // What is pushed is what a session comes to: without it another machine would come to something else.
  await keep();
  const { pull } = await deliverTask(door, subject, {
    ...{ task, report, worktree, branch, head, expected, hosts, signal },
  });
  await showEnd(door, comment, { ...common, state: 'completed', pull, branch }, isLast);
  const ended = await endTask(sql, task.id, {
    state: 'completed',
    reason: null,
    report: plain(report),
    head,
    pull: pull.number,
  });
  if (ended === null)
    return comment.show(
      {
        ...common,
        state: 'cancelled',
        branch,
        reason: `It was stopped when #${pull.number} had been made already: \`/agent undo\` closes it.`,
      },
      { now: true },
    );
  if (await hasChecks(door, subject, head, signal)) return;
  const notes = [
    'No checks have started for this push. If there should be some: does a workflow of this repository run for branches of an App?',
  ];
  await comment.show({ notes }, { now: true });
}

/** As JSON, without the outputs of commands: those are in the session. */
const plain = (report: TaskReport): unknown =>
  JSON.parse(JSON.stringify(report, (name, value: unknown) => (name === 'output' ? undefined : value)));

/** Milliseconds between two looks for a check. */
const LOOK_MS = 2_000;

/** What is pushed already does not fail because nobody can tell whether checks have started. */
async function hasChecks(
  { checksWithinMs, log }: AppDoor,
  { reader }: IssueSubject,
  head: string,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    for (const end = Date.now() + checksWithinMs; ; ) {
      const { items } = await reader.checkRuns(head);
      if (items.length > 0) return true;
      if (Date.now() >= end) return false;
      await wait(Math.min(LOOK_MS, end - Date.now()), undefined, { signal });
    }
  } catch (err) {
    log.warn({ err }, 'whether checks have started could not be looked up');
    return true;
  }
}

/** Ends it when somebody says `/agent stop`, whichever worker has it. */
function watchForStop({ sql, log }: AppDoor, task: number, stopping: AbortController): AbortController {
  const over = new AbortController();
  const look = async (): Promise<void> => {
    while (!over.signal.aborted && !stopping.signal.aborted) {
      await wait(1_000, undefined, { signal: over.signal, ref: false }).catch(() => undefined);
      if (over.signal.aborted) return;
      const now = await readTask(sql, task).catch((err: unknown) => {
        log.warn({ err }, 'whether a task is to be stopped could not be looked up');
        return undefined;
      });
      if (now === null || (now !== undefined && isOver(now))) stopping.abort();
    }
  };
  void look();
  return over;
}

async function payFor(
  { sql }: AppDoor,
  run: string,
  { calls, usage, usd }: Spent,
  report: TaskReport | null,
): Promise<void> {
  const tokens = usage.input + usage.output + usage.cacheRead + usage.cacheWrite;
  const outcome =
    report === null || report.outcome === 'failed'
      ? 'failed'
      : report.outcome === 'cancelled'
        ? 'cancelled'
        : 'answered';
  await endRun(sql, run, { ...cutOff('failed', null), outcome, calls, tokens, usd });
}

async function authorOf({
  github,
  serverUrl,
}: AppDoor): Promise<{ readonly name: string; readonly email: string }> {
  const { slug, userId } = await github.identity();
  const name = `${slug}[bot]`;
  return { name, email: `${userId}+${name}@users.noreply.${new URL(serverUrl).hostname}` };
}

function changeOf(event: TaskEvent, done: Set<number>): Parameters<TaskComment['show']>[0] | null {
  switch (event.type) {
    case 'plan':
      return { plan: event.plan };
    case 'step':
      done.add(event.step);
      return { done: new Set(done) };
    case 'tests':
      return { now: 'running the tests' };
    case 'tool':
      return NOW[event.name] === undefined ? null : { now: NOW[event.name] ?? null };
    case 'review':
      return { now: 'reviewing its own change' };
    default:
      return null;
  }
}

const NOW: Readonly<Record<string, string>> = {
  read_file: 'reading',
  search: 'searching',
  edit_file: 'editing',
  write_file: 'writing',
  apply_patch: 'editing',
  shell: 'running a command',
  run_tests: 'running the tests',
};
