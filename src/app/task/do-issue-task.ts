import { CodeAgentError } from '../../code-agent-error.ts';
import { whatLimits } from '../../review/day-limits.ts';
import { usageToday } from '../../sessions/postgres/pull-request-runs.ts';
import {
  endTask,
  isOver,
  pauseTask,
  readTask,
  type TaskEnd,
  waitTask,
} from '../../sessions/postgres/tasks.ts';
import type { JobPayload } from '../../tasks/job.ts';
import { type JobContext, nextAttemptAt } from '../../tasks/queue.ts';
import type { AppDoor } from '../app-door.ts';
import { isFinal, retryAt } from '../job-failure.ts';
import { operatorConfig } from '../operator-config.ts';
import { problemText } from '../problem-text.ts';
import { GoneOnElsewhere } from '../shared-memory.ts';
import { findIssue } from './find-issue.ts';
import { mayGoOn } from './may-go-on.ts';
import { ModelAway } from './model-away.ts';
import { openTaskComment, type TaskComment } from './post-task.ts';
import { showTaskEnd } from './show-task-end.ts';
import { TaskWaits } from './task-person.ts';
import { withTaskWorktree } from './task-worktree.ts';
import { workOnTask } from './work-on-task.ts';

const LATE = 'It was not done within the time that it had: a day, without what it waited for people.';
const STOPPED = 'It was stopped.';
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
    await showTaskEnd(door, comment, { state, reason }, isLast);
    await endTask(sql, task.id, { state, reason, report: null, head: null, pull: null });
  };
  if (!(await mayGoOn(subject, task, operator)))
    return end('cancelled', `${task.asked.login} may not write to this repository any more.`);
  if (subject.issue.state === 'closed') return end('cancelled', 'It was closed meanwhile.');
  if (task.state !== 'waiting' && task.deadlineAt !== null && task.deadlineAt.getTime() <= Date.now())
    return end('dead', LATE);
  // What was begun is only gone on with.
  const usage = await usageToday(sql, subject.key.repository, task.asked.by);
  const reached = task.startedAt === null ? whatLimits(usage, operator.limits, new Date()) : null;
  if (reached !== null)
    return end(
      'failed',
      `A limit of the day is reached (\`${reached.key}\`). \`/agent retry\` tries it again when it is over, at midnight UTC.`,
    );
  try {
    await withTaskWorktree(door, subject, task, signal, (place) =>
      workOnTask(door, subject, task, comment, hosts, place, context),
    );
  } catch (error) {
    if (error instanceof TaskWaits) {
      await waitTask(sql, task.id);
      return comment.show({ state: 'waiting', now: null }, { now: true });
    }
    // What becomes of the task is another worker's to say.
    if (signal.aborted || error instanceof GoneOnElsewhere) throw error;
    const isPutOff = retryAt(error, new Date()) !== null;
    const isHopeless = isFinal(error) || (error instanceof CodeAgentError && !error.retryable);
    if (isHopeless && !isPutOff) return await end('failed', problemText(error, FAULT));
    if (isLast && !isPutOff) await end('dead', problemText(error, FAULT));
    else await pause(door, task.id, comment, error, context);
    throw error;
  }
}

/** It is tried again later: says so where it is the model that is waited for, or that it was stopped meanwhile. */
async function pause(
  { sql, log }: AppDoor,
  id: number,
  comment: TaskComment,
  error: unknown,
  { attempt }: JobContext,
): Promise<void> {
  const isPaused = await pauseTask(sql, id);
  const isStopped = !isPaused && (await readTask(sql, id))?.state === 'cancelled';
  if (!isStopped && !(isPaused && error instanceof ModelAway)) return;
  const at = nextAttemptAt(attempt, new Date()).toISOString().slice(11, 16);
  try {
    if (isStopped) await comment.show({ state: 'cancelled', now: null, reason: STOPPED }, { now: true });
    else {
      const reason = `${problemText(error, FAULT).replace(/\.$/, '')}: it is tried again at about ${at} UTC.`;
      await comment.show({ state: 'pending', now: null, reason }, { now: true });
    }
  } catch (err) {
    log.warn({ err }, 'the comment of a task could not be edited');
  }
}
