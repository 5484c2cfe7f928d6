import type { JobName, JobPayload } from '../tasks/job.ts';
import type { JobContext } from '../tasks/queue.ts';

/**
 * Does a job. What it throws is tried again later: a LaterError at its time, anything else after a growing wait. It is to end
 * soon after `context.signal` is aborted, by throwing.
 */
export type JobHandler<N extends JobName> = (payload: JobPayload<N>, context: JobContext) => Promise<void>;

/** What the worker is given: a function for each job that is not the intake's own. */
export type JobHandlers = {
  readonly [N in Exclude<JobName, 'delivery' | 'reconcile'>]: JobHandler<N>;
};
