import type { Config } from '../config/config.ts';
import type { Review } from '../review/review.ts';
import { reviewChange } from '../review/review-change.ts';
import { appendRecord } from '../sessions/local-record.ts';
import { askModels } from './ask-models.ts';
import { keepReview } from './keep-review.ts';
import { type Begun, begin, compare, configAt, type Door, openGit, prepareReview } from './prepare-review.ts';
import { hookProgress } from './show-progress.ts';

/**
 * Reviews what would be committed within the hook's budget, and records what a later push may rely on.
 * `onConfig` hears of the configuration as soon as it is known: it says what a failure behind it means.
 */
export async function reviewStaged(door: Door, onConfig: (config: Config) => void): Promise<Review> {
  const git = await openGit(door);
  const progress = hookProgress();
  let begun: Begun | undefined;
  try {
    const comparison = await compare(git, door);
    begun = begin(git, comparison);
    const { config } = await configAt(git, door, comparison.base);
    onConfig(config);
    const time = AbortSignal.timeout(config.hook.budget);
    const ask = askModels(door, config, {
      door: 'hook',
      within: config.hook.budget,
      withinBy: 'hook.budget',
      message: null,
      onProgress: progress.show,
    });
    const review = await reviewChange(
      await prepareReview(git, door, comparison, config, time, { begun, ask }),
    );
    recordReview(git.repository.commonDir, review);
    return keepReview(git.repository, review, 'hook');
  } finally {
    progress.end();
    begun?.change.stop();
    git.close();
  }
}

/** Records a pass, so that the push knows, and the findings. An empty change leaves nothing. */
export function recordReview(commonDir: string, review: Review): void {
  const { change, verdict } = review;
  if (change.files.length === 0) return;
  if (verdict.outcome === 'pass') {
    appendRecord(commonDir, { type: 'review-passed', change: change.id, base: change.base.commit });
  }
  recordShown(commonDir, review);
}

/** Records the findings, so that one can be named by its id afterwards. */
export function recordShown(commonDir: string, { findings }: Review): void {
  const shown = findings.filter((finding) => finding.suppressed === null);
  if (shown.length === 0) return;
  appendRecord(commonDir, {
    type: 'findings-shown',
    findings: shown.map(({ id, fingerprint, title }) => ({ id, fingerprint, title })),
  });
}
