import { SupersededError } from '../tasks/queue.ts';
import type { Subject } from './find-pull-request.ts';
import { isOutOfReach } from './job-failure.ts';

/** The pull request is not what is being reviewed any more: it has another head or base branch, is closed, or is gone. */
export class HeadMovedError extends Error {
  override readonly name = 'HeadMovedError';
}

export interface WatchedHead {
  /** Aborted when the job is to end, or with a HeadMovedError. */
  readonly signal: AbortSignal;
  /** This is what is being reviewed from here on. */
  follow(subject: Subject): void;
  /** Rejects with a HeadMovedError when it is another one by now. Asks GitHub. */
  confirm(): Promise<void>;
  stop(): void;
}

/** How often GitHub is asked whether the head is still the one: a push while another job waits is told by nothing else. */
const ASK_MS = 15_000;

/**
 * Looks after the head that a job reviews. That a newer job waits ends this one only when the head is another one: a label
 * that was added makes no review worth anything less.
 */
export function watchHead(job: AbortSignal): WatchedHead {
  const end = new AbortController();
  let followed: Subject | null = null;
  let asking: NodeJS.Timeout | undefined;
  const confirm = async (): Promise<void> => {
    end.signal.throwIfAborted();
    if (followed === null) return;
    const { pull, reader } = followed;
    if ((await current(pull.number, reader)) !== `${pull.head.sha} ${pull.base.ref}`)
      end.abort(new HeadMovedError(`pull request ${pull.number} has another head, or is closed`));
    end.signal.throwIfAborted();
  };
  const look = (): void => void confirm().catch(() => undefined);
  const onAbort = (): void => {
    // What GitHub does not tell now, it is asked again before anything is posted.
    if (job.reason instanceof SupersededError) look();
    else end.abort(job.reason);
  };
  if (job.aborted) onAbort();
  else job.addEventListener('abort', onAbort);
  return {
    signal: end.signal,
    follow(subject) {
      followed = subject;
      if (job.aborted) onAbort();
      asking = setInterval(look, ASK_MS);
    },
    confirm,
    stop() {
      clearInterval(asking);
      job.removeEventListener('abort', onAbort);
    },
  };
}

/** Its head, and the branch that it is to be merged into. Null: closed or gone. */
async function current(number: number, reader: Subject['reader']): Promise<string | null> {
  try {
    const { state, head, base } = await reader.pullRequest(number);
    return state === 'open' ? `${head.sha} ${base.ref}` : null;
  } catch (error) {
    if (isOutOfReach(error)) return null;
    throw error;
  }
}
