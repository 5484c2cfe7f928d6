import type { ReviewThread, ThreadComment } from '../github/review-thread.ts';
import type { StandingComment } from '../review/posts/standing-comment.ts';
import type { PostedFinding } from '../sessions/postgres/posted-findings.ts';
import type { Subject } from './find-pull-request.ts';

/** A thread that we began with a finding. */
export interface FindingThread {
  readonly fingerprint: string;
  readonly thread: ReviewThread;
  /** Its first comment: ours. */
  readonly comment: ThreadComment;
  /** We have said in it that the finding is fixed, or have resolved it: should it come back, it is told anew. */
  readonly isClosed: boolean;
}

export interface FindingThreads {
  readonly threads: readonly FindingThread[];
  /** False when there are more than can be read. */
  readonly complete: boolean;
}

/** Of the answer in a finding's thread that says that it is fixed. */
export const fixedKey = (fingerprint: string): string => `fixed-${fingerprint}`;

/** The threads of our findings, oldest first. What only looks like ours, by its text or by its author, is not among them. */
export async function findingThreads({
  reader,
  markers,
  userId,
  key: { number },
}: Subject): Promise<FindingThreads> {
  const isOurs = ({ author }: ThreadComment): boolean => author?.id === userId;
  const { items, complete } = await reader.threads(number);
  const threads = items.flatMap((thread): FindingThread[] => {
    const [comment] = thread.comments;
    if (comment === undefined || !isOurs(comment)) return [];
    const marker = markers.read(comment.body);
    if (marker?.kind !== 'finding') return [];
    const isSaid = thread.comments.some(
      (answer) => isOurs(answer) && markers.read(answer.body)?.key === fixedKey(marker.key),
    );
    const isClosed = isSaid || (thread.isResolved && thread.resolvedBy?.id === userId);
    return [{ fingerprint: marker.key, thread, comment, isClosed }];
  });
  return { threads, complete };
}

/** What stands, one for each fingerprint: by its thread, or by what was posted and is there no more. */
export function standingComments(
  { threads, complete }: FindingThreads,
  posted: readonly PostedFinding[],
): StandingComment[] {
  const byFingerprint = new Map<string, PostedFinding[]>();
  for (const one of posted)
    byFingerprint.set(one.fingerprint, [...(byFingerprint.get(one.fingerprint) ?? []), one]);
  const byComment = new Map(threads.map((one) => [one.comment.id, one]));
  return [...byFingerprint].flatMap(([fingerprint, all]): StandingComment[] => {
    const last = all.at(-1);
    if (last === undefined) return [];
    const alive = all.flatMap(({ commentId }) => byComment.get(commentId) ?? []);
    const open = alive.find(({ isClosed }) => !isClosed);
    if (open === undefined && alive.length === all.length) return [];
    const { kind, path, source, severity, title } = last;
    return [
      {
        ...{ fingerprint, kind, path, source, severity, title },
        commentId: open?.comment.id ?? last.commentId,
        threadId: open?.thread.id ?? null,
        resolved: open?.thread.isResolved ?? false,
        // Where not all could be read, what was not seen is taken to be there.
        deleted: open === undefined && complete,
        // Of those that are gone, each but the last was told again.
        recreated: all.length - alive.length - (open === undefined ? 1 : 0),
      },
    ];
  });
}
