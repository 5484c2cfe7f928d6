import type { Review } from '../../review/review.ts';
import { plural } from '../summary.ts';
import { codeSpan } from './code-text.ts';
import { commentBody } from './comment-body.ts';

/** What stands above the comments of one review: how many there are, and where all else is. */
export function renderReviewBody(
  { change: { head } }: Pick<Review, 'change'>,
  comments: number,
  marker: string,
  rest: 'summary' | 'check run' = 'summary',
): string {
  const at = head.commit === null ? '' : ` at ${codeSpan(head.commit.slice(0, 7))}`;
  return commentBody([`${plural(comments, 'comment')}${at}. The ${rest} has the rest.`], marker);
}
