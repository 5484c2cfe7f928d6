import { changeId, readRawDiff } from '../git/read-change.ts';
import { keepReview } from '../local/keep-review.ts';
import type { ModelAsk } from '../local/model-reviewer.ts';
import { compare, type Door, type OpenRepository, prepareReview } from '../local/prepare-review.ts';
import type { Review } from '../review/review.ts';
import { reviewChange } from '../review/review-change.ts';
import type { AppDoor } from './app-door.ts';
import type { Subject } from './find-pull-request.ts';
import type { PolicyAt } from './read-policy-at.ts';
import { leftSession } from './shared-memory.ts';

export interface Look {
  /** What to compare: see `MirroredPullRequest`. */
  readonly range: string;
  readonly policy: PolicyAt;
  /** Why no model is asked; null: models are. */
  readonly withoutModels: string | null;
  /** What models answered before is asked again. */
  readonly isFull: boolean;
  readonly signal: AbortSignal;
}

/** The review of a pull request in its mirror, kept as a session there. Goes on with one that a worker has left. */
export async function lookAtChange(
  door: AppDoor,
  { pull, key, redact }: Subject,
  git: OpenRepository,
  { range, policy, withoutModels, isFull, signal }: Look,
): Promise<Review> {
  const here: Door = { cwd: git.repository.gitDir, env: door.env, signal };
  const comparison = await compare(git, here, range);
  const line = `pull/${key.number}`;
  const asking =
    withoutModels === null
      ? door.askModels(here, policy.config, {
          door: 'app',
          within: policy.config.review.timeout,
          message: `${pull.title}\n\n${pull.body}`,
        })
      : undefined;
  const ask = asking?.then(async (one): Promise<typeof one> => {
    if ('failure' in one) return one;
    const told = { ...one, line, knownValues: door.held };
    if (isFull) return { ...told, isAnew: true };
    const id = changeId(comparison.base.tree, await readRawDiff(git.repository, comparison));
    const session = await leftSession(door, key.repository, git.repository.commonDir, id, redact);
    const asked: ModelAsk = { ...told, ...(session !== null && { session }) };
    return asked;
  });
  const input = await prepareReview(git, here, comparison, policy.config, signal, {
    policyAt: policy.at,
    ask,
  });
  const notes = withoutModels === null ? [] : [`no model was asked: ${withoutModels}`];
  const review = await reviewChange({ ...input, notes: [...input.notes, ...notes] });
  return keepReview(git.repository, review, 'app', line);
}
