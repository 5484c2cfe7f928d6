import { GitHubError } from '../github/github-error.ts';
import { SupersededError } from '../tasks/queue.ts';
import type { Subject } from './find-pull-request.ts';

/** The pull request is not what is being reviewed any more: it has another head, is closed, or is gone. */
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

/**
 * Looks after the head that a job reviews. That a newer job waits ends this one only when the head is another one: a label
 * that was added makes no review worth anything less.
 */
export function watchHead(job: AbortSignal): WatchedHead {
  const end = new AbortController();
  let followed: Subject | null = null;
  const confirm = async (): Promise<void> => {
    end.signal.throwIfAborted();
    if (followed === null) return;
    const { pull, reader } = followed;
    if ((await currentHead(pull.number, reader)) !== pull.head.sha)
      end.abort(new HeadMovedError(`pull request ${pull.number} has another head, or is closed`));
    end.signal.throwIfAborted();
  };
  const onAbort = (): void => {
    // What GitHub does not tell now, it is asked again before anything is posted.
    if (job.reason instanceof SupersededError) confirm().catch(() => undefined);
    else end.abort(job.reason);
  };
  if (job.aborted) onAbort();
  else job.addEventListener('abort', onAbort);
  return {
    signal: end.signal,
    follow(subject) {
      followed = subject;
      if (job.aborted) onAbort();
    },
    confirm,
    stop: () => job.removeEventListener('abort', onAbort),
  };
}

/** Null: closed or gone. */
async function currentHead(number: number, reader: Subject['reader']): Promise<string | null> {
  try {
    const { state, head } = await reader.pullRequest(number);
    return state === 'open' ? head.sha : null;
  } catch (error) {
    if (error instanceof GitHubError && error.kind === 'gone') return null;
    throw error;
  }
}
