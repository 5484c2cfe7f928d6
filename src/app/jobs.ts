import { MirrorError } from '../git/mirror-error.ts';
import { GitHubError } from '../github/github-error.ts';
import type { JobName } from '../tasks/job.ts';
import { LaterError } from '../tasks/queue.ts';
import { answerComment } from './answer-comment.ts';
import type { AppDoor } from './app-door.ts';
import { changeInstallation } from './change-installation.ts';
import { closePullRequest } from './close-pull-request.ts';
import type { JobHandler, JobHandlers } from './job-handlers.ts';
import { retryAt } from './retry-at.ts';
import { reviewPullRequest } from './review-pull-request.ts';
import { takeThread } from './take-thread.ts';
import { tidy } from './tidy.ts';

/** What is done for each job. */
export function jobs(door: AppDoor): JobHandlers {
  return {
    review: patient((job, context) => reviewPullRequest(door, job, context)),
    closed: patient((job, context) => closePullRequest(door, job, context)),
    comment: patient((job, context) => answerComment(door, job, context)),
    thread: patient((job, context) => takeThread(door, job, context)),
    installation: patient((job) => changeInstallation(door, job)),
    tidy: patient((_, { signal }) => tidy(door, signal)),
  };
}

type Patient = Exclude<JobName, 'delivery' | 'reconcile'>;

/** Behind a limit of GitHub's the job waits in the queue, and no worker with it. An App that was taken out has no jobs. */
function patient<N extends Patient>(handler: JobHandler<N>): JobHandler<N> {
  return async (job, context) => {
    try {
      await handler(job, context);
    } catch (error) {
      if (isGone(error)) return;
      const at = retryAt(error, new Date());
      if (at === null) throw error;
      throw new LaterError(at, error instanceof Error ? error.message : String(error));
    }
  };
}

const isGone = (error: unknown): boolean =>
  (error instanceof GitHubError || error instanceof MirrorError) && error.kind === 'gone';
