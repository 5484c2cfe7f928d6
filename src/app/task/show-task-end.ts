import type { AppDoor } from '../app-door.ts';
import { isFinal, isGone } from '../job-failure.ts';
import type { TaskComment } from './post-task.ts';

/**
 * Shows what a task has come to, before that is noted: one that is over is not gone on with, and its comment would stay as it was.
 * What can never be shown keeps no task from being over; nor does anything where it is not tried again.
 */
export async function showTaskEnd(
  { log }: Pick<AppDoor, 'log'>,
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
