import { spawn } from 'node:child_process';
import { readEnvironment } from '../config/environment.ts';
import type { ObjectReader } from '../git/object-reader.ts';
import { resolveRange } from '../git/resolve-range.ts';
import { reviewChange } from '../review/review-change.ts';
import { noteReview, type RunningReview, runningReviews } from '../sessions/running-reviews.ts';
import { askModels } from './ask-models.ts';
import { configAt, type Door, type OpenRepository, openGit, prepareReview } from './prepare-review.ts';
import { recordReview } from './staged-review.ts';

/** How long the commit may take that the hook has let go: its author may be writing the message. */
const COMMIT_WITHIN_MS = 600_000;
const POLL_MS = 250;

/**
 * Goes on with the review of a commit that a hook lets go before its model has answered: in a process of its own, which
 * nobody waits for but a push. False in CI, where nothing may outlive its step.
 */
export function goOnInBackground({ cwd, env }: Door, base: string | null): boolean {
  const [, cli] = process.argv;
  if (readEnvironment(env).ci || cli === undefined) return false;
  // What git tells a hook is of this commit only: its index will be gone.
  const own = Object.entries(env).filter(
    ([name]) => !/^GIT_(?!CONFIG|SSL|TRACE)/.test(name) && !name.startsWith('GITHEAD_'),
  );
  spawn(process.execPath, [cli, 'background', base ?? 'none'], {
    cwd,
    env: Object.fromEntries(own),
    detached: true,
    stdio: 'ignore',
    windowsHide: true,
  }).unref();
  return true;
}

/** Waits for the commit to be made that was begun when HEAD was `base`, and reviews it. What it finds is recorded. */
export async function reviewInBackground(base: string | null, door: Door): Promise<number> {
  const git = await openGit(door);
  const { commonDir } = git.repository;
  const note = noteReview(commonDir);
  try {
    const commit = await commitOn(git, base);
    if (commit === null) return 0;
    note.names(commit);
    const comparison = await resolveRange(git.repository, git.reader, commit);
    const { config } = await configAt(git, door, comparison.base);
    const time = AbortSignal.timeout(config.review.timeout);
    const ask = await askModels(door, config, { door: 'hook', within: config.review.timeout, message: null });
    const review = await reviewChange(await prepareReview(git, door, comparison, config, time, { ask }));
    recordReview(commonDir, review);
    return 0;
  } finally {
    note.remove();
    git.close();
  }
}

/** The commit that HEAD has become since; null when none is made in time. */
async function commitOn({ reader }: OpenRepository, base: string | null): Promise<string | null> {
  for (let waited = 0; waited < COMMIT_WITHIN_MS; waited += POLL_MS) {
    const head = await reader.info('HEAD^{commit}');
    if (head !== null && head.oid !== base) {
      // Else HEAD was moved elsewhere meanwhile. The push reviews what was committed there.
      return (await isOneBegunAt(reader, [head.oid], base)) ? head.oid : null;
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return null;
}

/** Whether one of the commits may have been made when HEAD was `base`: on it, or, amended, in its place. */
async function isOneBegunAt(
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

/** A review that has not said which commit it is of says so within this time, if the commit is there. */
const NAMED_WITHIN_MS = 4 * POLL_MS;

/**
 * Waits until no review of these commits is going on any more, or until `time` is up. `onWait` hears of those that are
 * waited for, once.
 */
export async function waitForBackground(
  commonDir: string,
  commits: readonly string[],
  time: AbortSignal,
  onWait: (running: readonly RunningReview[]) => void,
): Promise<void> {
  let told = false;
  for (let waited = 0; !time.aborted; waited += POLL_MS) {
    const running = runningReviews(commonDir);
    const concerned = running.filter(({ commit }) => commit !== null && commits.includes(commit));
    const unnamed = waited < NAMED_WITHIN_MS && running.some(({ commit }) => commit === null);
    if (concerned.length > 0 && !told) onWait(concerned);
    told ||= concerned.length > 0;
    if (concerned.length === 0 && !unnamed) return;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
