import { setTimeout as wait } from 'node:timers/promises';
import type { AppDoor } from '../app-door.ts';
import type { IssueSubject } from './find-issue.ts';

/** Milliseconds between two looks for a check. */
const LOOK_MS = 2_000;

/**
 * Whether a check has started for a commit that was pushed. What is pushed already does not fail because nobody can tell: then
 * there is nothing to be said.
 */
export async function checksStarted(
  { checksWithinMs, log }: Pick<AppDoor, 'checksWithinMs' | 'log'>,
  { reader }: Pick<IssueSubject, 'reader'>,
  head: string,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    for (const end = Date.now() + checksWithinMs; ; ) {
      const { items } = await reader.checkRuns(head);
      if (items.length > 0) return true;
      if (Date.now() >= end) return false;
      await wait(Math.min(LOOK_MS, end - Date.now()), undefined, { signal });
    }
  } catch (err) {
    log.warn({ err }, 'whether checks have started could not be looked up');
    return true;
  }
}
