import { setTimeout as wait } from 'node:timers/promises';
import { isOver, readTask } from '../../sessions/postgres/tasks.ts';
import type { AppDoor } from '../app-door.ts';

/** Aborts `stopping` when somebody says `/agent stop`, whichever worker has the task; until what it answers is aborted. */
export function watchForStop(
  { sql, log }: Pick<AppDoor, 'sql' | 'log'>,
  task: number,
  stopping: AbortController,
): AbortController {
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
