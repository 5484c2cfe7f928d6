import * as z from 'zod/mini';
import { TASK_PUSH } from '../../github/permissions.ts';
import type { ModelAsk } from '../../local/model-reviewer.ts';
import { openTask } from '../../local/open-task.ts';
import type { Door } from '../../local/prepare-review.ts';
import { goOnWithTask } from '../../local/task-session.ts';
import { spentTexts } from '../../report/summary.ts';
import { runOfTask } from '../../sessions/postgres/pull-request-runs.ts';
import { noteTask, type StoredTask, startTask } from '../../sessions/postgres/tasks.ts';
import { doTask } from '../../tasks/do-task.ts';
import type { JobContext } from '../../tasks/queue.ts';
import type { TaskEvent, TaskReport } from '../../tasks/task.ts';
import type { AppDoor } from '../app-door.ts';
import { dropJournal, giveMemory, takeMemory } from '../shared-memory.ts';
import type { IssueSubject } from './find-issue.ts';
import { finishTask } from './finish-task.ts';
import { ModelAway } from './model-away.ts';
import { paidModels } from './paid-models.ts';
import { payForTask } from './pay-for-task.ts';
import type { TaskComment } from './post-task.ts';
import { type StoredOn, storeTaskSession } from './store-task-session.ts';
import { taskAuthor } from './task-author.ts';
import { taskContext } from './task-context.ts';
import { taskPerson } from './task-person.ts';
import { TaskProblem } from './task-problem.ts';
import { taskProgress } from './task-progress.ts';
import type { TaskWorktree } from './task-worktree.ts';
import { watchForStop } from './watch-for-stop.ts';

/** Does a task in its worktree, in its session, and has what came of it pushed and told. Rejects with a TaskWaits for a person. */
export async function workOnTask(
  door: AppDoor,
  subject: IssueSubject,
  task: StoredTask,
  comment: TaskComment,
  hosts: readonly string[],
  { git, policy, worktree, folder, branch, tip, base, left }: TaskWorktree,
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
  const { models, paid } = paidModels(asking.models);
  const ask: ModelAsk = { ...asking, models, knownValues: door.held };
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
  const lost = new AbortController();
  const progress = taskProgress();
  const told = (event: TaskEvent): void => {
    const change = progress(event);
    if (change !== null)
      comment
        .show({ ...change, spent: spent() })
        .catch((err: unknown) => door.log.warn({ err }, 'the comment of a task could not be edited'));
    if (event.type === 'plan')
      noteTask(sql, task.id, { plan: event.plan }).catch((err: unknown) =>
        door.log.warn({ err }, 'the plan of a task could not be noted'),
      );
  };
  const watching = watchForStop(door, task.id, stopping);
  /** What it has come to, when that is said. */
  let over: TaskReport | null = null;
  let isNoted = left !== null;
  let run: string | null = null;
  let storing: StoredOn | null = null;
  try {
    const started = await startTask(sql, task.id, { session: session.id, base, branch });
    if (started === null) return;
    isNoted = true;
    const own = { repository: key.repository, gitDir: git.repository.commonDir, session: session.id };
    const stored = storeTaskSession(door, own, lost);
    storing = stored;
    // Before anything is paid for: without this right nothing could be pushed.
    const { installation, repository } = subject.address;
    if (task.type !== 'plan') await door.github.token(installation, repository, TASK_PUSH, { signal });
    run = await runOfTask(sql, {
      ...{ ...key, kind: 'task', head: base, baseRef: subject.defaultBranch },
      ...{ askedBy: task.asked.by, session: session.id },
    });
    await comment.show({ state: 'in_progress', branch, spent: [] }, { now: true });
    const opened = await openTask(git, {
      ...{ worktree, folder, config: policy.config, policyAt: policy.at, ask, session, redact, base },
      door: { ...here, signal: AbortSignal.any([signal, stopping.signal, lost.signal]) },
      ...{ policyDoor: 'app', permission, told },
      sandbox: await door.sandbox(),
      author: await taskAuthor(door),
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
        ...{ tests: policy.config.tasks.tests, persona: null, planOnly: false },
      },
      opened,
    );
    signal.throwIfAborted();
    lost.signal.throwIfAborted();
    if (report.retryable && !stopping.signal.aborted) throw new ModelAway(report.reason);
    const ended: TaskReport = stopping.signal.aborted
      ? { ...report, outcome: 'cancelled', reason: 'it was stopped' }
      : report;
    await finishTask(door, subject, task, comment, {
      ...{ report: ended, worktree, branch, hosts, signal, spent },
      expected: wasThere ? base : null,
      isLast: attempt >= maxAttempts,
      keep: stored.now,
    });
    over = ended;
  } finally {
    watching.abort();
    await storing?.stop();
    // One that nobody knows of is not gone on with.
    const outcome = over !== null ? outcomeOf(over) : isNoted ? null : 'cancelled';
    session.close(outcome, ask.budget.spent(), Date.now() - began);
    if (lost.signal.aborted) dropJournal(git.repository.commonDir, session.id);
    if (run !== null) await payForTask(door, { run, session: session.id }, paid(), over);
    await giveMemory(door, key.repository, git.repository.commonDir);
  }
}

const outcomeOf = ({ outcome }: TaskReport): 'completed' | 'failed' | 'cancelled' =>
  outcome === 'planned' ? 'completed' : outcome;
