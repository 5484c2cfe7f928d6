import type { TaskEvent } from '../../tasks/task.ts';
import type { TaskComment } from './post-task.ts';

type Change = Parameters<TaskComment['show']>[0];

/** What the comment of a task shows of what happens in it; null: nothing. Made for one task. */
export function taskProgress(): (event: TaskEvent) => Change | null {
  const done = new Set<number>();
  return (event) => {
    switch (event.type) {
      case 'plan':
        return { plan: event.plan };
      case 'step':
        done.add(event.step);
        return { done: new Set(done) };
      case 'installing':
        return { now: 'installing packages' };
      case 'tests':
        return { now: 'running the tests' };
      case 'tool': {
        const now = NOW[event.name];
        return now === undefined ? null : { now };
      }
      case 'review':
        return { now: 'reviewing its own change' };
      default:
        return null;
    }
  };
}

const NOW: Readonly<Record<string, string>> = {
  read_file: 'reading',
  search: 'searching',
  edit_file: 'editing',
  write_file: 'writing',
  apply_patch: 'editing',
  shell: 'running a command',
  run_tests: 'running the tests',
};
