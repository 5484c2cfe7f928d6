import type { Worktree } from '../../git/worktree.ts';
import { endTask, isOver, noteTask, type StoredTask, type TaskEnd } from '../../sessions/postgres/tasks.ts';
import type { TaskReport } from '../../tasks/task.ts';
import type { AppDoor } from '../app-door.ts';
import { operatorConfig } from '../operator-config.ts';
import { checksStarted } from './checks-started.ts';
import { deliverTask } from './deliver-task.ts';
import type { IssueSubject } from './find-issue.ts';
import { mayGoOn } from './may-go-on.ts';
import type { TaskComment } from './post-task.ts';
import { showTaskEnd } from './show-task-end.ts';

/** What a task has come to, and where. */
export interface TaskOutcome {
  readonly report: TaskReport;
  readonly worktree: Worktree;
  readonly branch: string;
  /** What the branch was when the task began; null: not there. */
  readonly expected: string | null;
  readonly hosts: readonly string[];
  readonly signal: AbortSignal;
  readonly spent: () => string[];
  /** It is not tried again. */
  readonly isLast: boolean;
  /** Keeps the session where other machines find it. */
  readonly keep: () => Promise<void>;
}

const NO_CHECKS =
  'No checks have started for this push. If there should be some: does a workflow of this repository run for branches of an App?';

/** Pushes what was made, where it may be, and says what came of it. */
export async function finishTask(
  door: AppDoor,
  subject: IssueSubject,
  task: StoredTask,
  comment: TaskComment,
  { report, worktree, branch, expected, hosts, signal, spent, isLast, keep }: TaskOutcome,
): Promise<void> {
  const { sql } = door;
  const { evidence, red, summary, plan } = report;
  const common = { evidence, red, summary, plan, spent: spent(), now: null };
  const end = async (state: TaskEnd['state'], reason: string | null): Promise<void> => {
    const shown = report.outcome === 'planned' ? 'planned' : state;
    await showTaskEnd(door, comment, { ...common, state: shown, reason }, isLast);
    await endTask(sql, task.id, { state, reason, report: plain(report), head: null, pull: null });
  };
  if (report.outcome === 'planned') return end('completed', null);
  if (report.outcome !== 'completed') return end(report.outcome, report.reason);
  if (evidence.review?.verdict.outcome === 'fail')
    return end(
      'failed',
      'The review of its own change has found errors that it could not mend. Nothing was pushed.',
    );
  // Between the request and the push, who asked may have lost the right to.
  if (!(await mayGoOn(subject, task, await operatorConfig(door))))
    return end(
      'cancelled',
      `${task.asked.login} may not write to this repository any more. Nothing was pushed.`,
    );
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
  await showTaskEnd(door, comment, { ...common, state: 'completed', pull, branch }, isLast);
  const ended = await endTask(sql, task.id, {
    ...{ state: 'completed', reason: null, report: plain(report), head, pull: pull.number },
  });
  if (ended === null) {
    const reason = `It was stopped when #${pull.number} had been made already: \`/agent undo\` closes it.`;
    return comment.show({ ...common, state: 'cancelled', branch, reason }, { now: true });
  }
  if (await checksStarted(door, subject, head, signal)) return;
  await comment.show({ notes: [NO_CHECKS] }, { now: true });
}

/** As JSON, without the outputs of commands: those are in the session. */
const plain = (report: TaskReport): unknown =>
  JSON.parse(JSON.stringify(report, (name, value: unknown) => (name === 'output' ? undefined : value)));
