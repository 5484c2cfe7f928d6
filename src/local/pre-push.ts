import { DEFAULTS } from '../config/config.ts';
import { type PushedCommits, type PushedRef, parsePushedRefs, pushedCommits } from '../git/pushed-commits.ts';
import { resolveRange } from '../git/resolve-range.ts';
import { sanitizeLine } from '../report/sanitize.ts';
import { plural } from '../report/summary.ts';
import { renderTerminal } from '../report/terminal.ts';
import { reviewChange } from '../review/review-change.ts';
import { readRecords } from '../sessions/local-record.ts';
import { askModels } from './ask-models.ts';
import { waitForBackground } from './background-review.ts';
import { failedOutcome, type HeldUp, hookOutcome } from './hook-outcome.ts';
import { conclude, say, terminalOptions } from './pre-commit.ts';
import { configAt, type Door, type OpenRepository, openGit, prepareReview } from './prepare-review.ts';
import { renderError } from './render-error.ts';
import { reviewHistory } from './review-history.ts';
import { createReviewedCommits } from './reviewed-commits.ts';
import { recordReview } from './staged-review.ts';

const HELD: HeldUp = { what: 'push', bypass: 'git push --no-verify' };

/**
 * The hook before a push: githooks(5), `pre-push <remote> <url>`. Every line of stdin is looked at, and the worst
 * outcome of all counts: a push is stopped as a whole.
 */
export async function prePush([named]: readonly string[], door: Door): Promise<number> {
  const remote = named ?? door.env['PRE_COMMIT_REMOTE_NAME'] ?? 'origin';
  const git = await openGit(door);
  try {
    let worst = 0;
    for (const ref of parsePushedRefs(await readRefLines(door.env))) {
      worst = Math.max(worst, await holdUp(git, door, ref, remote));
    }
    return worst;
  } finally {
    git.close();
  }
}

async function holdUp(git: OpenRepository, door: Door, ref: PushedRef, remote: string): Promise<number> {
  let hook = DEFAULTS.hook;
  try {
    const pushed = await pushedCommits(git.repository, git.reader, ref, remote);
    await waitForBackground(git, pushed.commits, AbortSignal.timeout(DEFAULTS.review.timeout), (running) =>
      say(
        `code-agent  waiting for the review of ${running.map(({ commit }) => commit?.slice(0, 7)).join(', ')}\n`,
      ),
    );
    const isReviewed = createReviewedCommits(git, readRecords(git.repository.commonDir, ['review-passed']));
    const unreviewed: string[] = [];
    for (const commit of pushed.commits) if (!(await isReviewed(commit))) unreviewed.push(commit);
    const name = sanitizeLine(ref.localRef.replace(/^refs\/(?:heads|tags)\//, ''));
    const commits = plural(pushed.commits.length, 'commit');
    if (unreviewed.length === 0) {
      if (pushed.commits.length > 0) say(`code-agent  ${name}: ${commits}, reviewed when made\n`);
      return 0;
    }
    const short = unreviewed.slice(0, 5).map((commit) => commit.slice(0, 7));
    const more = unreviewed.length > short.length ? ` and ${unreviewed.length - short.length} more` : '';
    say(
      `code-agent  ${name}: ${unreviewed.length} of ${commits} not reviewed before: ${short.join(', ')}${more}\n`,
    );
    return await reviewPush(git, door, ref, pushed, unreviewed, (policy) => {
      hook = policy;
    });
  } catch (error) {
    say(renderError(error, false));
    return conclude(failedOutcome(error, hook, HELD));
  }
}

/** All that the branch brings as one change, and its commits one by one for what must not be in the history. */
async function reviewPush(
  git: OpenRepository,
  door: Door,
  ref: PushedRef,
  pushed: PushedCommits,
  unreviewed: readonly string[],
  onPolicy: (hook: typeof DEFAULTS.hook) => void,
): Promise<number> {
  const { head } = await resolveRange(git.repository, git.reader, ref.localOid);
  const comparison = { base: pushed.base, head, otherParents: [] };
  const { config } = await configAt(git, door, comparison.base);
  onPolicy(config.hook);
  // Nobody is kept from typing by a push: with a model it may take longer than a commit.
  const ask = await askModels(door, config, { door: 'hook', within: config.review.timeout, message: null });
  const time = AbortSignal.timeout(ask === undefined ? config.hook.budget : config.review.timeout);
  const whole = await reviewChange(await prepareReview(git, door, comparison, config, time, { ask }));
  const review = await reviewHistory(whole, git, door, unreviewed, config, time);
  recordReview(git.repository.commonDir, whole);
  say(renderTerminal(review, terminalOptions(door.env)));
  return conclude(hookOutcome(review, config.hook, HELD));
}

/**
 * git's lines; under the pre-commit framework, which keeps stdin for itself, what it says in the environment. It names no
 * commits when a first push brings the root of the history, only the branch.
 */
async function readRefLines(env: NodeJS.ProcessEnv): Promise<string> {
  const branch = env['PRE_COMMIT_LOCAL_BRANCH'];
  const to = env['PRE_COMMIT_TO_REF'] ?? branch;
  if (to !== undefined) {
    const [from = '0'.repeat(40), remote = 'HEAD'] = [
      env['PRE_COMMIT_FROM_REF'],
      env['PRE_COMMIT_REMOTE_BRANCH'],
    ];
    return `${branch ?? 'HEAD'} ${to} ${remote} ${from}\n`;
  }
  if (process.stdin.isTTY) return '';
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
