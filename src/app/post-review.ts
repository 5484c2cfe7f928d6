import { RESOLVE_THREADS } from '../github/permissions.ts';
import { renderCheckRun } from '../report/pull-request/check-run.ts';
import { renderFindingComment } from '../report/pull-request/finding-comment.ts';
import { renderReviewBody } from '../report/pull-request/review-body.ts';
import { renderSummary } from '../report/pull-request/summary-comment.ts';
import { patchDigests } from '../review/patch-digests.ts';
import { type PostPlan, planPosts } from '../review/posts/plan-posts.ts';
import { postDelta } from '../review/posts/post-delta.ts';
import type { Review } from '../review/review.ts';
import { holdPullRequest } from '../sessions/postgres/hold-pull-request.ts';
import { type PostedFinding, storePosted } from '../sessions/postgres/posted-findings.ts';
import type { FinishedRun } from '../sessions/postgres/pull-request-runs.ts';
import type { AppDoor } from './app-door.ts';
import type { CheckGate } from './check-gate.ts';
import { closeThreads } from './close-threads.ts';
import type { Subject } from './find-pull-request.ts';
import { notedFindings } from './noted-findings.ts';
import { type PostedComment, type Posting, postFindings } from './post-findings.ts';
import { postSummary } from './post-summary.ts';
import type { PolicyAt } from './read-policy-at.ts';
import { findingThreads, standingComments } from './standing-comments.ts';

export interface ToPost {
  readonly review: Review;
  readonly policy: PolicyAt;
  /** The review before this one; null when it is the first. */
  readonly last: FinishedRun | null;
  readonly gate: CheckGate;
  /** Rejects when the head is another one by now: nothing is said on old lines. */
  readonly confirmHead: () => Promise<void>;
}

/**
 * Says what a review has come to, each thing once: comments on lines and files, the summary, the check run, and which
 * findings are gone: what only tidies up takes nothing back of what was found.
 */
export async function postReview(door: AppDoor, subject: Subject, to: ToPost): Promise<void> {
  const { sql, github, serverUrl } = door;
  const { policy, last, gate, confirmHead } = to;
  const { config } = policy;
  const review = config.pullRequests.suggestions ? to.review : withoutSuggestions(to.review);
  const hasSummary = config.pullRequests.summary;
  const hosts = [new URL(serverUrl).host, ...config.app.linkHosts];
  const head = subject.pull.head.sha;
  await holdPullRequest(sql, subject.key, async (confirmHeld) => {
    const threads = await findingThreads(subject);
    const posted = await notedFindings(sql, subject, threads);
    const planned = planPosts({
      review,
      standing: standingComments(threads, posted),
      mostComments: config.pullRequests.comments,
    });
    const posting: Posting = {
      subject,
      head,
      timesPosted: (fingerprint) => posted.filter((one) => one.fingerprint === fingerprint).length,
      async confirm() {
        await confirmHeld();
        await confirmHead();
      },
    };
    const { plan, posted: added } = await postFindings(posting, planned, {
      finding: (post) =>
        renderFindingComment(post, {
          marker: subject.markers.write('finding', post.finding.fingerprint),
          hosts,
        }),
      review: (comments, marker) =>
        renderReviewBody(review, comments, marker, hasSummary ? 'summary' : 'check run'),
    });
    await storePosted(
      sql,
      subject.key,
      added.flatMap((comment) => described(planned, comment)),
    );

    await posting.confirm();
    if (hasSummary)
      await postSummary(sql, subject, (marker) =>
        renderSummary({
          review,
          plan,
          head: head.slice(0, 7),
          delta: last === null ? null : postDelta(plan, countUnchanged(review, last)),
          walkthrough: review.walkthrough,
          hosts,
          marker,
        }),
      );
    const { conclusion, annotations, ...output } = renderCheckRun(review, plan, { hasSummary, hosts });
    await gate.complete(
      conclusion === 'neutral' && config.pullRequests.incomplete === 'failure' ? 'failure' : conclusion,
      { ...output, annotations },
      true,
    );
    const { installation, repository } = subject.address;
    const resolver = config.app.resolveThreads
      ? github.client(installation, repository, RESOLVE_THREADS)
      : null;
    await closeThreads(posting, plan, resolver);
  });
}

const withoutSuggestions = (review: Review): Review => ({
  ...review,
  findings: review.findings.map((finding) => ({ ...finding, suggestion: null })),
});

/** What a comment says, as it was planned. */
function described({ inline, file }: PostPlan, { fingerprint, commentId }: PostedComment): PostedFinding[] {
  const post = [...inline, ...file].find(({ finding }) => finding.fingerprint === fingerprint);
  if (post === undefined) return [];
  const { path, source, severity, title } = post.finding;
  return [{ fingerprint, commentId, kind: post.kind, path, source, severity, title }];
}

/** Files whose change is what it was at the last review. */
const countUnchanged = ({ change }: Review, { patches }: FinishedRun): number =>
  [...patchDigests(change)].filter(([path, digest]) => patches[path] === digest).length;
