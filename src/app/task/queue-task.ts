import type { StoredTask } from '../../sessions/postgres/tasks.ts';
import type { Queue } from '../../tasks/queue.ts';
import type { PullRequestAddress } from '../find-pull-request.ts';

/** Queues a task that is to be done, or gone on with: the more its priority, the sooner. */
export const queueTask = (
  queue: Queue,
  { installation, repository, number }: PullRequestAddress,
  { id, priority }: Pick<StoredTask, 'id' | 'priority'>,
): Promise<void> =>
  queue.add('task', { installation, repository, number, task: id }, { priority: -priority });
