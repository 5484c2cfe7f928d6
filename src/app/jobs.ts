import type { JobName } from '../tasks/job.ts';
import { LaterError } from '../tasks/queue.ts';
import { answerComment } from './answer-comment.ts';
import type { AppDoor } from './app-door.ts';
import { changeInstallation } from './change-installation.ts';
import { closePullRequest } from './close-pull-request.ts';
import { isGone, retryAt } from './job-failure.ts';
import type { JobHandler, JobHandlers } from './job-handlers.ts';
import { reviewPullRequest } from './review-pull-request.ts';
import { takeThread } from './take-thread.ts';
import { doIssueTask } from './task/do-issue-task.ts';
import { takeLabel } from './task/take-label.ts';
import { clearWorkFolders } from './task/work-folder.ts';
import { tidy } from './tidy.ts';

/** What is done for each job. Begins by taking away what killed workers of this machine have left. */
export function jobs(door: AppDoor): JobHandlers {
  clearWorkFolders(door.work, door.env).catch((err: unknown) =>
    door.log.warn({ err }, 'what killed workers have left could not be cleared'),
  );
  return {
    review: patient((job, context) => reviewPullRequest(door, job, context)),
    closed: patient(unlessGone((job, context) => closePullRequest(door, job, context))),
    comment: patient(unlessGone((job, context) => answerComment(door, job, context))),
    task: patient((job, context) => doIssueTask(door, job, context)),
    labelled: patient(unlessGone((job, context) => takeLabel(door, job, context))),
    thread: patient(unlessGone((job, context) => takeThread(door, job, context))),
    installation: patient((job) => changeInstallation(door, job)),
    tidy: patient((_, context) => tidy(door, context)),
  };
}

type Patient = Exclude<JobName, 'delivery' | 'reconcile'>;

/** Behind a limit of GitHub's the job waits in the queue, and no worker with it. */
function patient<N extends Patient>(handler: JobHandler<N>): JobHandler<N> {
  return async (job, context) => {
    try {
      await handler(job, context);
    } catch (error) {
      const at = retryAt(error, new Date());
      if (at === null) throw error;
      throw new LaterError(at, error instanceof Error ? error.message : String(error));
    }
  };
}

/** Where a comment, its pull request or the App was taken away there is nothing to do. */
function unlessGone<N extends Patient>(handler: JobHandler<N>): JobHandler<N> {
  return async (job, context) => {
    try {
      await handler(job, context);
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  };
}
