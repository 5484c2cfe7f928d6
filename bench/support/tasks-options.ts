import { takeOption, takeParts } from './take-option.ts';

/** The parts of bench/tasks.ts. */
export const TASKS_PARTS = ['queue', 'claim', 'workers', 'sandbox', 'comment', 'start'] as const;

/** How much bench/tasks.ts measures. */
export interface TasksAmount {
  readonly parts: readonly (typeof TASKS_PARTS)[number][];
  /** Empty ones, through the queue. */
  readonly jobs: number;
  /** Claimed one after the other by a worker that has nothing else to do. */
  readonly claims: number;
  /** Queued before the workers begin. */
  readonly tasks: number;
  /** Of each kind, bare and in the sandbox. */
  readonly commands: number;
}

/** Takes the options out of the arguments. Throws a RangeError when `--only` names a part that is none. */
export function takeTasksAmount(): TasksAmount {
  return {
    parts: takeParts(TASKS_PARTS),
    jobs: Number(takeOption('--jobs', '2000')),
    claims: Number(takeOption('--claims', '200')),
    tasks: Number(takeOption('--tasks', '1000')),
    commands: Number(takeOption('--commands', '100')),
  };
}
