import { changeId, readRawDiff } from '../git/read-change.ts';
import { resolveRange } from '../git/resolve-range.ts';
import type { LocalRecord } from '../sessions/local-record.ts';
import type { OpenRepository } from './prepare-review.ts';

/** An amended commit is looked for behind so many of the latest reviews. */
const AMENDS_LOOKED_AT = 20;

/**
 * Answers whether a recorded review has passed all that a commit changes. The hook sees of an amended commit only
 * what is added to it, so such a commit is reviewed when that was, and the commit it was made from.
 */
export function createReviewedCommits(
  { repository, reader }: OpenRepository,
  passed: readonly Extract<LocalRecord, { type: 'review-passed' }>[],
) {
  const ids = new Set(passed.map((record) => record.change));
  const known = new Map<string, Promise<boolean>>();

  function isReviewed(commit: string): Promise<boolean> {
    const answer = known.get(commit) ?? ask(commit);
    known.set(commit, answer);
    return answer;
  }
  async function ask(commit: string): Promise<boolean> {
    const comparison = await resolveRange(repository, reader, commit);
    const raw = await readRawDiff(repository, comparison);
    if (raw.length === 0 || ids.has(changeId(comparison.base.tree, raw))) return true;
    for (const { base, change } of passed.slice(-AMENDS_LOOKED_AT)) {
      if (base === null || base === comparison.base.commit || base === commit) continue;
      const tree = (await reader.info(`${base}^{tree}`))?.oid;
      if (tree === undefined) continue;
      const added = await readRawDiff(repository, { ...comparison, base: { commit: base, tree } });
      if (changeId(tree, added) === change) return isReviewed(base);
    }
    return false;
  }
  return isReviewed;
}
