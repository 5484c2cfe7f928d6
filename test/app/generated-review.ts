import type { ChangeSet } from '../../src/change/change-set.ts';
import type { Finding } from '../../src/review/finding.ts';
import type { CoverageEntry, Review } from '../../src/review/review.ts';
import type { Tree } from '../git/import-commits.ts';
import { reviewed, sampleReview, skipped } from '../support/sample-review.ts';
import type { GeneratedPullRequest } from './generated-pull-request.ts';

/** The tree that a generated pull request begins with, or ends in. Never without a file. */
export const treeOf = ({ files }: GeneratedPullRequest, side: 'before' | 'after'): Tree =>
  new Map([
    ['.keep', { mode: '100644', content: Buffer.alloc(0) }],
    ...files.flatMap((file) => (file[side] === null ? [] : [file[side]])),
  ]);

/** A review of the change that has found these: all of it was looked at that was read. */
export function generatedReview(change: ChangeSet, findings: readonly Finding[]): Review {
  const files = change.files.map(
    ({ path, unread }): CoverageEntry => (unread === null ? reviewed(path) : skipped(path, unread)),
  );
  return { ...sampleReview({ findings, coverage: { files, failures: [], notes: [] } }), change };
}
