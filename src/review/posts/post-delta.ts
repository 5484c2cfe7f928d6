import type { PostPlan } from './plan-posts.ts';

/** What a review changes of what the one before it said. */
export interface PostDelta {
  readonly fixed: number;
  /** Told before, and dismissed since. */
  readonly dismissed: number;
  /** Told before, and found again. */
  readonly open: number;
  /** Told by a comment for the first time. */
  readonly new: number;
  /** Files whose change is as it was, so that no model was asked about them again. */
  readonly unchangedFiles: number;
}

/** Counts it. Findings of the summary alone are in it only when a comment about them stood before. */
export function postDelta(plan: PostPlan, unchangedFiles: number): PostDelta {
  const comments = [...plan.inline, ...plan.file];
  const again = [...comments, ...plan.summary].filter((post) => post.again !== null).length;
  return {
    fixed: plan.fixed.length,
    dismissed: plan.dismissed.length,
    open: plan.keep.length + again,
    new: comments.filter((post) => post.again === null).length,
    unchangedFiles,
  };
}
