import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CodeAgentError, EXIT } from '../code-agent-error.ts';
import { MirrorError } from './mirror-error.ts';
import { claimName, endStarted, isClaimed, keepFresh, startedText } from './process-claim.ts';

const POLL_MS = 50;

export interface HeldLock {
  /** The leader of a group of processes that works for us: who takes the lock over from one that was killed ends it first. */
  worker(pid: number): void;
  release(): void;
}

/**
 * Waits until nobody else, in any process, has the lock that is the folder `lock`. Rejects with a MirrorError (`busy`) after
 * `waitMs`, or when the signal is aborted.
 *
 * The folder holds one file, the owner's claim. It is taken by renaming a folder that holds ours to it, which succeeds only
 * over an empty one (rename(2)); one of a process that is gone is emptied by the name of its claim, which nobody else has. So
 * each step is done by one process alone, whatever else is killed.
 */
export async function holdLock(
  lock: string,
  { waitMs, signal, what }: { waitMs: number; signal?: AbortSignal; what: string },
): Promise<HeldLock> {
  const claim = claimName();
  const own = `${lock}.${claim}`;
  const until = performance.now() + waitMs;
  mkdirSync(own, { recursive: true });
  writeFileSync(join(own, claim), '');
  try {
    while (!take(own, lock)) {
      if (performance.now() > until) {
        throw new MirrorError('busy', `another process has ${what} for too long`, {
          advice: 'It is tried again. If no other process is at work, remove the folder of this mirror.',
        });
      }
      await sleep(POLL_MS, undefined, signal === undefined ? {} : { signal }).catch((cause: unknown) => {
        throw new CodeAgentError(`waiting for ${what} was stopped`, {
          exitCode: EXIT.timeout,
          retryable: true,
          cause,
        });
      });
    }
  } catch (error) {
    rmSync(own, { recursive: true, force: true });
    throw error;
  }
  const stop = keepFresh(join(lock, claim));
  return {
    worker: (pid) => writeFileSync(join(lock, claim), startedText(pid)),
    release() {
      stop();
      rmSync(join(lock, claim), { force: true });
      dropEmpty(lock);
    },
  };
}

function take(own: string, lock: string): boolean {
  for (const name of namesIn(lock)) {
    const path = join(lock, name);
    if (isClaimed(path, name)) continue;
    if (endStarted(textOf(path))) return false;
    drop(path);
  }
  try {
    // Windows does not rename over a folder, not even over an empty one.
    dropEmpty(lock);
    renameSync(own, lock);
    return true;
  } catch (error) {
    if (isCode(error, 'ENOTEMPTY', 'EEXIST', 'EPERM', 'EACCES')) return false;
    throw error;
  }
}

/** Says in the folder `users` that something is in use until it is called, or the process ends. */
export function useFolder(users: string): () => void {
  const claim = claimName();
  mkdirSync(users, { recursive: true });
  writeFileSync(join(users, claim), '');
  const stop = keepFresh(join(users, claim));
  return () => {
    stop();
    rmSync(join(users, claim), { force: true });
  };
}

/** Whether a process that is there has said so. Claims of others are taken away. */
export function isInUse(users: string): boolean {
  let used = false;
  for (const name of namesIn(users)) {
    if (isClaimed(join(users, name), name)) used = true;
    else drop(join(users, name));
  }
  return used;
}

/** The names in a folder; none where there is no such folder. */
export function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (isCode(error, 'ENOENT', 'ENOTDIR')) return [];
    throw error;
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch (error) {
    if (isCode(error, 'ENOENT')) return '';
    throw error;
  }
}

function drop(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (!isCode(error, 'ENOENT')) throw error;
  }
}

/** Removes a folder that is empty. */
export function dropEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch (error) {
    if (!isCode(error, 'ENOENT', 'ENOTEMPTY', 'EEXIST')) throw error;
  }
}

const isCode = (error: unknown, ...codes: string[]): boolean =>
  error instanceof Error && 'code' in error && codes.includes(String(error.code));
