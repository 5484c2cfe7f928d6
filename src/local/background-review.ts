import { spawn } from 'node:child_process';
import { readEnvironment } from '../config/environment.ts';
import type { ObjectReader } from '../git/object-reader.ts';
import { openRepository } from '../git/repository.ts';
import { resolveRange } from '../git/resolve-range.ts';
import { renderTerminal } from '../report/terminal.ts';
import { reviewChange } from '../review/review-change.ts';
import { keepOutcome } from '../sessions/commit-outcomes.ts';
import {
  announceReview,
  noteReview,
  type ReviewNote,
  type RunningReview,
  runningReviews,
} from '../sessions/running-reviews.ts';
import { askModels } from './ask-models.ts';
import { configAt, type Door, type OpenRepository, openGit, prepareReview } from './prepare-review.ts';
import { recordReview } from './staged-review.ts';

/** How long the commit may take that the hook has let go: its author may be writing the message. */
const COMMIT_WITHIN_MS = 600_000;
const POLL_MS = 250;

/**
 * Goes on with the review of a commit that a hook lets go before its model has answered: in a process of its own, which
 * nobody waits for but a push, and which a push knows of from here on. False in CI, where nothing may outlive its step,
 * and where no process can be started.
 */
export async function goOnInBackground({ cwd, env, signal }: Door, base: string | null): Promise<boolean> {
  const [, cli] = process.argv;
  if (readEnvironment(env).ci || cli === undefined) return false;
  const { commonDir, gitDir } = await openRepository(cwd, env, signal);
  // What git tells a hook is of this commit only: its index will be gone.
  const own = Object.entries(env).filter(
    ([name]) => !/^GIT_(?!CONFIG|SSL|TRACE)/.test(name) && !name.startsWith('GITHEAD_'),
  );
  const child = spawn(process.execPath, [cli, 'background', base ?? 'none'], {
    cwd,
    env: Object.fromEntries(own),
    detached: true,
    stdio: 'ignore',
    windowsHide: true,
  });
  // What could not be started has no pid.
  child.once('error', () => undefined);
  child.unref();
  if (child.pid === undefined) return false;
  announceReview(commonDir, child.pid, { gitDir, base });
  return true;
}

/**
 * Waits for the commit to be made that was begun when HEAD was `base`, and reviews it. What it finds is kept until
 * it is read. Ends without a word when no commit is made in time, and when another process waits for the same one.
 */
export async function reviewInBackground(base: string | null, door: Door): Promise<number> {
  const git = await openGit(door);
  const { commonDir, gitDir } = git.repository;
  const note = noteReview(commonDir, { gitDir, base });
  try {
    const commit = await commitOn(git, base, note);
    if (commit === null) return 0;
    note.names(commit);
    const comparison = await resolveRange(git.repository, git.reader, commit);
    const { config } = await configAt(git, door, comparison.base);
    const time = AbortSignal.timeout(config.review.timeout);
    const ask = await askModels(door, config, { door: 'hook', within: config.review.timeout, message: null });
    const review = await reviewChange(await prepareReview(git, door, comparison, config, time, { ask }));
    recordReview(commonDir, review);
    const { verdict, findings } = review;
    if (verdict.outcome !== 'pass' || findings.some(({ suppressed }) => suppressed === null)) {
      const text = renderTerminal(review, { color: false });
      keepOutcome(commonDir, { commit, outcome: verdict.outcome, text });
    }
    return 0;
  } finally {
    note.remove();
    git.close();
  }
}

/** The commit that HEAD has become since; null when none is made in time, or another process reviews it. */
async function commitOn(
  { reader }: OpenRepository,
  base: string | null,
  note: ReviewNote,
): Promise<string | null> {
  for (let waited = 0; waited < COMMIT_WITHIN_MS; waited += POLL_MS) {
    const head = await reader.info('HEAD^{commit}');
    // The commit was given up and begun again. In this order: who awaits a commit says so before it is made.
    if (note.isOvertaken()) return null;
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
