import type { ObjectReader } from '../git/object-reader.ts';
import { type RunningReview, runningReviews } from '../sessions/running-reviews.ts';
import type { OpenRepository } from './prepare-review.ts';

const POLL_MS = 250;

/** Whether one of the commits may have been made when HEAD was `base`: on it, or, amended, in its place. */
export async function isOneBegunAt(
  reader: ObjectReader,
  commits: readonly string[],
  base: string | null,
): Promise<boolean> {
  const parents = new Set(await Promise.all(commits.map((commit) => parentOf(reader, commit))));
  if (parents.has(base)) return true;
  return base !== null && !commits.includes(base) && parents.has(await parentOf(reader, base));
}

async function parentOf(reader: ObjectReader, commit: string): Promise<string | null> {
  return (await reader.info(`${commit}^1`))?.oid ?? null;
}

/** A review that has not said which commit it is of, and may only be starting, says so within this time if there is one. */
const NAMED_WITHIN_MS = 12 * POLL_MS;

/**
 * Waits until no review of these commits is going on any more, or until `time` is up. `onWait` hears of those that are
 * waited for, once.
 */
export async function waitForBackground(
  { repository, reader }: OpenRepository,
  commits: readonly string[],
  time: AbortSignal,
  onWait: (running: readonly RunningReview[]) => void,
): Promise<void> {
  let told = false;
  for (let waited = 0; !time.aborted; waited += POLL_MS) {
    const running = runningReviews(repository.commonDir);
    const concerned = running.filter(({ commit }) => commit !== null && commits.includes(commit));
    if (concerned.length > 0 && !told) onWait(concerned);
    told ||= concerned.length > 0;
    if (concerned.length === 0) {
      if (waited >= NAMED_WITHIN_MS) return;
      const unnamed = running.filter(({ commit }) => commit === null);
      const begun = await Promise.all(unnamed.map(({ base }) => isOneBegunAt(reader, commits, base)));
      if (!begun.includes(true)) return;
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
