import { forsakenRuns } from '../sessions/postgres/pull-request-runs.ts';
import type { JobContext } from '../tasks/queue.ts';
import type { AppDoor } from './app-door.ts';
import { operatorConfig } from './operator-config.ts';

/** A mirror that nobody needed for so long is made anew when somebody does. */
const UNUSED_MS = 30 * 24 * 3_600_000;

/** Job `tidy`: mirrors keep within what the operator gives them, and no look stays open that nobody is at. */
export async function tidy(door: AppDoor, { signal, queue }: JobContext): Promise<void> {
  for (const address of await forsakenRuns(door.sql)) await queue.add('review', { ...address, full: false });
  const { mirrors } = await operatorConfig(door);
  const removed = await door.mirrors.prune({ maxTotalBytes: mirrors.bytesTotal, olderThanMs: UNUSED_MS });
  if (removed.length > 0) door.log.info({ mirrors: removed }, 'mirrors were removed');
  await door.mirrors.maintain(signal);
}
