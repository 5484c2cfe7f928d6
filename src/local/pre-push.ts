import { EXIT } from '../code-agent-error.ts';
import { DEFAULTS } from '../config/config.ts';
import { type PushedCommits, type PushedRef, parsePushedRefs, pushedCommits } from '../git/pushed-commits.ts';
import { resolveRange } from '../git/resolve-range.ts';
import { sanitizeLine } from '../report/sanitize.ts';
import { plural } from '../report/summary.ts';
import { renderTerminal } from '../report/terminal.ts';
import { reviewChange } from '../review/review-change.ts';
import { type CommitOutcome, dropOutcome, keptOutcomes } from '../sessions/commit-outcomes.ts';
import { readRecords } from '../sessions/local-record.ts';
import { askModels } from './ask-models.ts';
import { failedOutcome, type HeldUp, hookOutcome } from './hook-outcome.ts';
import { keepReview } from './keep-review.ts';
import { conclude, moveLater, say, terminalOptions } from './pre-commit.ts';
import { configAt, type Door, type OpenRepository, openGit, prepareReview } from './prepare-review.ts';
import { renderError } from './render-error.ts';
import { reviewHistory } from './review-history.ts';
import { createReviewedCommits } from './reviewed-commits.ts';
import { hookProgress } from './show-progress.ts';
import { recordReview } from './staged-review.ts';
import { outcomeText } from './unread-outcomes.ts';
import { waitForBackground } from './wait-for-background.ts';

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
    const { commonDir } = git.repository;
    const isReviewed = createReviewedCommits(git, readRecords(commonDir, ['review-passed']));
    const unreviewed: string[] = [];
    for (const commit of pushed.commits) if (!(await isReviewed(commit))) unreviewed.push(commit);
    const outcomes = keptOutcomes(commonDir).filter(({ commit }) => pushed.commits.includes(commit));
    for (const passed of outcomes.filter(({ outcome }) => outcome === 'pass')) {
      say(outcomeText(passed));
      dropOutcome(commonDir, passed.commit);
    }
    const failed = outcomes.filter(
      ({ commit, outcome }) => outcome !== 'pass' && unreviewed.includes(commit),
    );
    const push = { ...pushed, ref, unreviewed, failed };
    announce(push);
    if (unreviewed.length > 0) {
      const exitCode = await reviewPush(git, door, push, (policy) => {
        hook = policy;
      });
      if (exitCode !== EXIT.pass) return exitCode;
    }
    for (const { commit } of outcomes) dropOutcome(commonDir, commit);
    return EXIT.pass;
  } catch (error) {
    say(renderError(error, false));
    return conclude(failedOutcome(error, hook, HELD));
  }
}

/** One line of stdin, and what is known of its commits. */
interface Push extends PushedCommits {
  readonly ref: PushedRef;
  /** Those that no review has passed. */
  readonly unreviewed: readonly string[];
  /** What was said of those among them that were reviewed. */
  readonly failed: readonly CommitOutcome[];
}

/** Says which commits will be reviewed now, and why; or that none need be. */
function announce({ ref, commits, unreviewed, failed }: Push): void {
  const name = sanitizeLine(ref.localRef.replace(/^refs\/(?:heads|tags)\//, ''));
  const all = plural(commits.length, 'commit');
  const notPassed = unreviewed.filter((commit) => failed.some((outcome) => outcome.commit === commit));
  const unseen = unreviewed.filter((commit) => !notPassed.includes(commit));
  if (notPassed.length > 0) {
    const count = plural(notPassed.length, 'commit');
    const when = notPassed.length === 1 ? 'it was reviewed' : 'they were reviewed';
    say(`code-agent  ${name}: ${count} did not pass when ${when}: ${shortIds(notPassed)}\n`);
  }
  if (unseen.length > 0)
    say(`code-agent  ${name}: ${unseen.length} of ${all} not reviewed before: ${shortIds(unseen)}\n`);
  if (unreviewed.length === 0 && commits.length > 0) say(`code-agent  ${name}: ${all}, reviewed when made\n`);
}

function shortIds(commits: readonly string[]): string {
  const short = commits.slice(0, 5).map((commit) => commit.slice(0, 7));
  const more = commits.length > short.length ? ` and ${commits.length - short.length} more` : '';
  return `${short.join(', ')}${more}`;
}

/** All that the branch brings as one change, and its commits one by one for what must not be in the history. */
async function reviewPush(
  git: OpenRepository,
  door: Door,
  { ref, base, commits, unreviewed, failed }: Push,
  onPolicy: (hook: typeof DEFAULTS.hook) => void,
): Promise<number> {
  const { head } = await resolveRange(git.repository, git.reader, ref.localOid);
  const comparison = { base, head, otherParents: [] };
  const { config } = await configAt(git, door, comparison.base);
  onPolicy(config.hook);
  // Nobody is kept from typing by a push: with a model it may take longer than a commit.
  const progress = hookProgress();
  const ask = await askModels(door, config, {
    door: 'hook',
    within: config.review.timeout,
    message: null,
    onProgress: progress.show,
  });
  const time = AbortSignal.timeout(ask === undefined ? config.hook.budget : config.review.timeout);
  const input = await prepareReview(git, door, comparison, config, time, { ask });
  const whole = keepReview(git.repository, await reviewChange(input).finally(progress.end), 'hook');
  const review = await reviewHistory(whole, git, door, unreviewed, config, time);
  recordReview(git.repository.commonDir, whole);
  // A model that looks at the same change again says the same.
  if (commits.length > 1 || whole.model === null) for (const outcome of failed) say(outcomeText(outcome));
  say(renderTerminal(review, terminalOptions(door.env)));
  if (whole.session !== null) await moveLater(door);
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
