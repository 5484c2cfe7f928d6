import { endRun, payRun, type RunSpent } from '../../sessions/postgres/pull-request-runs.ts';
import type { TaskReport } from '../../tasks/task.ts';
import type { AppDoor } from '../app-door.ts';
import { cutOff } from '../run-end.ts';

/** Notes what a task took this time. `report`: null where it is to be gone on with. */
export async function payForTask(
  { sql }: Pick<AppDoor, 'sql'>,
  { run, session }: { readonly run: string; readonly session: string },
  spent: RunSpent,
  report: TaskReport | null,
): Promise<void> {
  if (report === null) return payRun(sql, run, spent);
  const outcome =
    report.outcome === 'failed' ? 'failed' : report.outcome === 'cancelled' ? 'cancelled' : 'answered';
  await endRun(sql, run, { ...cutOff('failed', null), session, outcome, ...spent });
}
