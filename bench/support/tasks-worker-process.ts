/** Works on the jobs `task` of a database until it is disconnected, and says which it has done (support/tasks-worker). */
import { type DoneTask, type TasksWorkerOptions, withTasksWorker } from './tasks-worker.ts';

/** What it says: that it waits for its orders, that it works, and what it has done. */
export type TasksWorkerNews =
  | { readonly kind: 'ready' }
  | { readonly kind: 'working' }
  | ({ readonly kind: 'done' } & DoneTask);

const say = (news: TasksWorkerNews): void => void (process.connected && process.send?.(news));
const disconnected = new Promise<void>((resolve) => {
  process.once('disconnect', resolve);
});

async function work(options: TasksWorkerOptions): Promise<void> {
  await withTasksWorker(
    options,
    (done) => say({ kind: 'done', ...done }),
    async () => {
      say({ kind: 'working' });
      await disconnected;
    },
  );
}

process.once('message', (options: TasksWorkerOptions) => void work(options));
say({ kind: 'ready' });
