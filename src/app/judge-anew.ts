import { lastReview, openRuns } from '../sessions/postgres/pull-request-runs.ts';
import type { JobPayload } from '../tasks/job.ts';
import type { Queue } from '../tasks/queue.ts';
import type { AppDoor } from './app-door.ts';
import type { Subject } from './find-pull-request.ts';

/**
 * After a decision about a finding, has the head judged anew, which costs nothing: what models said of it is known. A head that
 * nobody has looked at is not looked at for that, as where reviews are paused.
 */
export async function judgeAnew(
  { sql }: AppDoor,
  { address, key, pull }: Subject,
  queue: Queue,
  askedBy: JobPayload<'comment'>['author'],
): Promise<void> {
  const head = pull.head.sha;
  const last = await lastReview(sql, key);
  if (last?.head !== head && !(await openRuns(sql, key)).some((run) => run.head === head)) return;
  await queue.add('review', { ...address, full: false, askedBy });
}
