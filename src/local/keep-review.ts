import type { Door as PolicyDoor } from '../agent/policy.ts';
import type { Repository } from '../git/repository.ts';
import type { Review } from '../review/review.ts';
import { createSessionId } from '../sessions/session-id.ts';
import { writeJournal } from '../sessions/write-journal.ts';
import { beginningOf, endingOf } from './review-events.ts';

/**
 * Keeps a review in which no model was asked as a session that is over; with a model, it is kept already. Answers the review
 * with its session: without one when nothing was changed, and when the git directory cannot be written, which keeps nobody
 * from a review.
 */
export function keepReview(repository: Repository, review: Review, door: PolicyDoor, line?: string): Review {
  const { change, session, timing } = review;
  if (session !== null || change.files.length === 0) return review;
  const now = Date.now();
  const began = Math.round(now - timing.totalMs);
  const at = (time: number): string => new Date(time).toISOString();
  const id = createSessionId(began);
  try {
    writeJournal(repository.commonDir, id, [
      { ...beginningOf(repository, change, { door, models: [], nonce: '', line }), at: at(began) },
      ...endingOf(review).map((event) => ({ ...event, at: at(now) })),
    ]);
  } catch (error) {
    if (error instanceof Error && 'errno' in error) return review;
    throw error;
  }
  return { ...review, session: id };
}
