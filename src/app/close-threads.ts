import { GitHubError } from '../github/github-error.ts';
import type { RepositoryClient } from '../github/repository-client.ts';
import type { PostPlan } from '../review/posts/plan-posts.ts';
import { answer } from './answer.ts';
import { isFinal } from './job-failure.ts';
import type { Posting } from './post-findings.ts';
import { fixedKey } from './standing-comments.ts';

/**
 * Says of findings that are gone that they are: in their threads or, where the operator wants it, by resolving those. Threads of
 * what was dismissed are resolved too, and nothing is said in them: who dismissed it knows. `resolver`: may resolve threads;
 * null: it is said. What a person has resolved or deleted is left alone.
 */
export async function closeThreads(
  { subject, head, confirm }: Posting,
  { fixed, dismissed }: Pick<PostPlan, 'fixed' | 'dismissed'>,
  resolver: RepositoryClient | null,
): Promise<void> {
  const comments = [
    ...fixed.map((comment) => ({ ...comment, isFixed: true })),
    ...dismissed.map(({ comment }) => ({ ...comment, isFixed: false })),
  ];
  for (const { commentId, threadId, resolved, deleted, fingerprint, isFixed } of comments) {
    if (resolved || deleted || (!isFixed && resolver === null)) continue;
    await confirm();
    try {
      if (resolver !== null && threadId !== null && (await isResolved(resolver, threadId))) continue;
      if (!isFixed) continue;
      await answer(subject, {
        thread: commentId,
        key: fixedKey(fingerprint),
        body: (marker) => `Fixed in \`${head.slice(0, 7)}\`.\n\n${marker}`,
      });
    } catch (error) {
      // The thread was deleted meanwhile.
      if (!(error instanceof GitHubError && error.kind === 'gone')) throw error;
    }
  }
}

/** False where the installation does not grant it, whatever the operator wants. */
async function isResolved(resolver: RepositoryClient, thread: string): Promise<boolean> {
  try {
    await resolver.resolveThread(thread);
    return true;
  } catch (error) {
    if (isFinal(error)) return false;
    throw error;
  }
}
