import type { MirroredPullRequest } from '../git/mirrors.ts';
import { patchDigests } from '../review/patch-digests.ts';
import type { Review } from '../review/review.ts';
import type { RunEnd, RunSpent } from '../sessions/postgres/pull-request-runs.ts';

type At = Pick<MirroredPullRequest, 'mergeBase' | 'base'>;

/** What is noted of a look that came to an end. What it took is noted before: {@link spentOf}. */
export function runEndOf({ verdict, session, findings, change }: Review, { mergeBase, base }: At): RunEnd {
  return {
    outcome: verdict.outcome,
    mergeBase,
    policyCommit: base,
    session,
    findings: findings.flatMap(({ suppressed, fingerprint }) => (suppressed === null ? [fingerprint] : [])),
    patches: Object.fromEntries(patchDigests(change)),
  };
}

/** What a look took. */
export function spentOf({ model }: Pick<Review, 'model'>): RunSpent {
  const { input = 0, output = 0, cacheRead = 0, cacheWrite = 0 } = model?.tokens ?? {};
  return {
    calls: model?.calls ?? 0,
    tokens: input + output + cacheRead + cacheWrite,
    usd: model?.usd ?? 0,
  };
}

/** What is noted of one that was cut off. `review`: what it had come to by then. */
export const cutOff = (outcome: 'cancelled' | 'failed', review: Review | null): RunEnd => ({
  outcome,
  ...{ mergeBase: null, policyCommit: null, findings: [], patches: {} },
  session: review?.session ?? null,
});
