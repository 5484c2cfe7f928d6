import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { namesIn } from '../../git/mirror-lock.ts';
import { claimName, isClaimed, keepFresh } from '../../git/process-claim.ts';
import { endForgotten } from '../../sandbox/end-forgotten.ts';
import { endForgottenContainers } from '../../sandbox/end-forgotten-containers.ts';

/** A folder for the work on a task, of this process alone: another one that takes the task over has its own. */
export interface WorkFolder {
  /** Absolute. */
  readonly path: string;
  /** Takes it away. */
  remove(): void;
}

/** Makes one in `work`; its name says whose it is. */
export function makeWorkFolder(work: string, task: number): WorkFolder {
  const path = join(work, `${task}.${claimName()}`);
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const stop = keepFresh(path);
  return {
    path,
    remove() {
      stop();
      removeFolder(path);
    },
  };
}

/**
 * Takes away what processes that are gone have left in `work`, and ends what they have left running there: what was in it is in the
 * sessions of their tasks. What cannot be taken away stays until the next time. `env`: our own, by which the engines of containers are
 * found.
 */
export async function clearWorkFolders(work: string, env: NodeJS.ProcessEnv): Promise<void> {
  const isForgotten = (name: string): boolean => !isClaimed(join(work, name), name.replace(/^\d+\./, ''));
  // Also where the folder is gone: a look may come before what a killed process has just begun.
  endForgotten(work, isForgotten);
  await endForgottenContainers(env, work, isForgotten);
  for (const name of namesIn(work).filter(isForgotten)) {
    try {
      removeFolder(join(work, name));
    } catch {
      // Nobody's work is to fail of it.
    }
  }
}

/** A process of one that was killed, which nobody has told to end, may write a last file. */
const removeFolder = (path: string): void => rmSync(path, { recursive: true, force: true, maxRetries: 3 });
