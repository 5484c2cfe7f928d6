import { MirrorError } from '../git/mirror-error.ts';
import type { MirroredPullRequest } from '../git/mirrors.ts';
import { openGit } from '../local/prepare-review.ts';
import { whatLimits } from '../review/day-limits.ts';
import { decidePullRequest, type PullRequestFacts } from '../review/pull-request-policy.ts';
import type { Review } from '../review/review.ts';
import {
  beginRun,
  countLooks,
  endRun,
  lastReview,
  noteVerdict,
  openRuns,
  payRun,
  usageToday,
} from '../sessions/postgres/pull-request-runs.ts';
import { readPullRequest, setPullRequestState } from '../sessions/postgres/pull-requests.ts';
import type { JobPayload } from '../tasks/job.ts';
import type { JobContext } from '../tasks/queue.ts';
import type { AppDoor } from './app-door.ts';
import { openCheckGate } from './check-gate.ts';
import { findPullRequest, type Subject } from './find-pull-request.ts';
import { isFinal, isOutOfReach, retryAt } from './job-failure.ts';
import { lookAtChange } from './look-at-change.ts';
import { withMirror } from './mirror-of.ts';
import { cancelLook, cancelOtherLooks, giveUp, sayNotReviewed } from './not-reviewed.ts';
import { postReview } from './post-review.ts';
import { problemText } from './problem-text.ts';
import { readPolicyAt } from './read-policy-at.ts';
import { runEndOf, spentOf } from './run-end.ts';
import { giveMemory, takeMemory } from './shared-memory.ts';
import { findingThreads } from './standing-comments.ts';
import { takeReactions } from './take-reactions.ts';
import { HeadMovedError, type WatchedHead, watchHead } from './watch-head.ts';

type ReviewJob = JobPayload<'review'>;

/** Job `review`: a look at the head that a pull request has now. Nothing happens where that was looked at already. */
export async function reviewPullRequest(door: AppDoor, job: ReviewJob, context: JobContext): Promise<void> {
  const watch = watchHead(context.signal);
  try {
    const subject = await findPullRequest(door, job, watch.signal);
    if (subject === null || subject.pull.state === 'closed') return;
    if (await isSpared(door, subject, job)) return await cancelOtherLooks(door, subject, null);
    watch.follow(subject);
    await cancelOtherLooks(door, subject, subject.pull.head.sha);
    try {
      await withMirror(door, subject, watch.signal, (mirror) =>
        reviewMirror(door, subject, job, watch, mirror),
      );
    } catch (thrown) {
      const error = await causeOf(thrown, watch);
      if (watch.signal.aborted || retryAt(error, new Date()) !== null) throw error;
      const isLast = context.attempt >= context.maxAttempts;
      if (isLast || isFinal(error)) await giveUp(door, subject, problemOf(error));
      if (!isFinal(error)) throw error;
    }
  } catch (error) {
    // The job of the new head is queued, or nobody waits for one.
    if (!(error instanceof HeadMovedError)) throw error;
  } finally {
    watch.stop();
  }
}

/** Whether people want nothing of us here. Who asks where reviews are paused is answered all the same. */
async function isSpared({ sql }: AppDoor, { key }: Subject, job: ReviewJob): Promise<boolean> {
  const { state } = await readPullRequest(sql, key);
  if (state === 'closed') await setPullRequestState(sql, key, { state: 'active', by: null });
  return state === 'ignored' || (state === 'paused' && job.askedBy === undefined);
}

/** Why a look was cut off. What is gone may be the whole of the pull request: GitHub is asked. */
async function causeOf(thrown: unknown, { signal, confirm }: WatchedHead): Promise<unknown> {
  if (!signal.aborted && isOutOfReach(thrown)) await confirm().catch(() => undefined);
  return signal.aborted ? signal.reason : thrown;
}

const problemOf = (error: unknown): Parameters<typeof giveUp>[2] => ({
  what: problemText(error, 'The review failed in a way that it should not: the log of the App says how.'),
  // What cannot be fetched is what the author has pushed.
  incomplete: error instanceof MirrorError && isFinal(error) ? 'failure' : 'neutral',
});

/** From the policy of the base branch to whether there is to be a review. */
async function reviewMirror(
  door: AppDoor,
  subject: Subject,
  job: ReviewJob,
  watch: WatchedHead,
  mirror: MirroredPullRequest,
): Promise<void> {
  const { sql } = door;
  const git = await openGit({ cwd: mirror.gitDir, env: mirror.env, signal: watch.signal });
  try {
    const last = await lastReview(sql, subject.key);
    const baseRef = subject.pull.base.ref;
    const isKnown =
      last?.head === mirror.head && last.mergeBase === mirror.mergeBase && last.baseRef === baseRef;
    if (isKnown && job.askedBy === undefined && !job.full) return;

    const policy = await readPolicyAt(door, git, mirror.base, watch.signal);
    if ('problem' in policy)
      return await sayNotReviewed(door, subject, {
        kind: 'problem',
        what: policy.problem,
        incomplete: 'neutral',
      });

    const decision = decidePullRequest(policy.config.pullRequests, factsOf(subject, job));
    if (decision.review === 'none') {
      await cancelOtherLooks(door, subject, null);
      // What is a draft cannot be merged. A check that lets it through would do so for a moment when it is ready.
      if (subject.pull.draft) return;
      return await sayNotReviewed(door, subject, { kind: 'spared', because: decision.because ?? '' });
    }

    // One that waited behind a limit, or was killed, is gone on with: it is the same look, and counts once.
    const [left] = await openRuns(sql, subject.key);
    const askedBy = job.askedBy?.id ?? subject.pull.author?.id ?? null;
    const usage = await usageToday(sql, subject.key.repository, askedBy);
    // What models said of a known head is known: to judge it anew takes nothing.
    const isFree = left !== undefined || (isKnown && !job.full);
    const reached = isFree ? null : whatLimits(usage, policy.config.app.limits, new Date());
    const { incomplete } = policy.config.pullRequests;
    if (reached !== null)
      return await sayNotReviewed(door, subject, { kind: 'limit', reached, person: askedBy, incomplete });

    const look = await countLooks(sql, subject.key, mirror.head);
    const run =
      left?.id ??
      (await beginRun(sql, { ...subject.key, kind: 'review', head: mirror.head, baseRef, askedBy }));
    let review: Review | null = null;
    // What cannot be shared now is shared by the next look: it is in the mirror.
    const share = () =>
      giveMemory(door, subject.key.repository, mirror.gitDir).catch((err: unknown) =>
        door.log.warn({ err }, 'what was reviewed could not be shared yet'),
      );
    try {
      const gate = await openCheckGate(door, subject, look);
      await takeReactions(door, subject, await findingThreads(subject), policy.config.app.trustedBots);
      await takeMemory(door, subject.key.repository, mirror.gitDir);
      review = await lookAtChange(door, subject, git, {
        range: mirror.range,
        policy,
        withoutModels: decision.because,
        isFull: job.full,
        signal: watch.signal,
      });
      await payRun(sql, run, spentOf(review));
      watch.signal.throwIfAborted();
      await noteVerdict(sql, run, review.verdict.outcome);
      await share();
      await postReview(door, subject, { review, policy, last, gate, confirmHead: watch.confirm });
      await endRun(sql, run, runEndOf(review, mirror));
    } catch (thrown) {
      const error = await causeOf(thrown, watch);
      await share();
      if (error instanceof HeadMovedError)
        await cancelLook(door, subject, { id: run, head: mirror.head }, review);
      throw error;
    }
  } finally {
    git.close();
  }
}

const factsOf = ({ pull }: Subject, job: ReviewJob): PullRequestFacts => ({
  draft: pull.draft,
  title: pull.title,
  labels: pull.labels,
  author: pull.author?.login ?? '',
  base: pull.base.ref,
  files: pull.changedFiles,
  lines: pull.additions + pull.deletions,
  commanded: job.askedBy !== undefined,
});
