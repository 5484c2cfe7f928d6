import type { Handlers } from '../../src/tasks/worker.ts';

const nothing = async (): Promise<void> => {};

/** For every job nothing to do. */
export const IDLE_HANDLERS: Handlers = {
  ...{ delivery: nothing, review: nothing, closed: nothing, comment: nothing, thread: nothing },
  ...{ task: nothing, labelled: nothing, installation: nothing, reconcile: nothing, tidy: nothing },
};
