import { addTask, TaskActiveError } from '../../sessions/postgres/tasks.ts';
import type { TaskVerb } from '../../tasks/comment-command.ts';
import type { Queue } from '../../tasks/queue.ts';
import type { TaskType } from '../../tasks/task-type.ts';
import type { AppDoor } from '../app-door.ts';
import type { IssueSubject } from './find-issue.ts';
import { queueTask } from './queue-task.ts';
import { taskPriority } from './task-priority.ts';

/** The verbs that begin work, and what kind of work they begin. */
export const WORK_VERBS = {
  plan: 'plan',
  fix: 'bugfix',
  implement: 'feature',
  test: 'test',
  docs: 'docs',
  refactor: 'refactor',
} as const satisfies Partial<Record<TaskVerb, TaskType>>;
export type WorkVerb = keyof typeof WORK_VERBS;

export const isWorkVerb = (verb: string): verb is WorkVerb => Object.hasOwn(WORK_VERBS, verb);

export interface WorkRequest {
  readonly verb: WorkVerb;
  /** Free text; '' when the issue says it all. */
  readonly text: string;
  readonly by: { readonly id: number; readonly login: string };
  /** The comment that asks; null: a label or an assignment. */
  readonly comment: number | null;
  /** Of the pull request of ours that it is to be done on; null: in an issue. */
  readonly branch: string | null;
}

/** Milliseconds from the request on, but for those that it waits for a person. Then nobody counts on it any more. */
const TIME_ALLOWED = 24 * 3_600_000;

/**
 * Stores what somebody asks for who may, and queues it: once for each comment, and one at a time for each issue. Answers what to
 * say, or null when the task's own comment says it.
 */
export async function takeRequest(
  { sql }: AppDoor,
  { address, key, issue }: IssueSubject,
  queue: Queue,
  { verb, text, by, comment, branch }: WorkRequest,
): Promise<string | null> {
  try {
    const { task } = await addTask(sql, {
      ...{ repository: key.repository, number: key.number, onPull: branch !== null, branch },
      ...{ type: WORK_VERBS[verb], priority: taskPriority(issue.labels), permission: 'autonomous' },
      deadlineAt: new Date(Date.now() + TIME_ALLOWED),
      request: text === '' ? issue.title : text,
      asked: { by: by.id, login: by.login, comment },
    });
    await queueTask(queue, address, task);
    return null;
  } catch (error) {
    if (!(error instanceof TaskActiveError)) throw error;
    return `Task ${error.active.id} is under way here. \`/agent status\` says how far it is, \`/agent stop\` ends it.`;
  }
}
