import type { Account } from '../github/account.ts';
import type { RepositoryClient } from '../github/repository-client.ts';
import { storeDecision } from '../sessions/postgres/stored-findings.ts';
import type { AppDoor } from './app-door.ts';
import type { Subject } from './find-pull-request.ts';
import { isGone } from './job-failure.ts';
import { mayCommand } from './may-command.ts';
import type { FindingThreads } from './standing-comments.ts';

/**
 * A 👎 at a finding by somebody who may write dismisses it. GitHub tells of no reaction by a webhook: they are looked for when
 * the pull request is looked at.
 */
export async function takeReactions(
  door: AppDoor,
  subject: Subject,
  { threads }: FindingThreads,
  trustedBots: readonly number[],
): Promise<void> {
  if (threads.length === 0) return;
  const { reader, key } = subject;
  const { items } = await reader.reviewComments(key.number);
  const allowed = new Map<number, Promise<boolean>>();
  /** Asked once for each, however many findings somebody dislikes. */
  const isAllowed = (author: Account): Promise<boolean> => {
    const known = allowed.get(author.id) ?? mayCommand(subject, author, trustedBots);
    allowed.set(author.id, known);
    return known;
  };
  const disliked = new Set(items.flatMap(({ id, thumbsDown }) => (thumbsDown > 0 ? [id] : [])));
  for (const { comment, fingerprint } of threads) {
    if (!disliked.has(comment.id)) continue;
    const who = await firstOf(await whoDislikes(reader, comment.id), isAllowed);
    if (who === null) continue;
    await storeDecision(door.sql, key.repository, {
      ...{ fingerprint, title: '', state: 'dismissed', by: who.login, because: '👎' },
      // The same reaction is the same decision, however often it is seen.
      at: comment.createdAt.toISOString(),
    });
  }
}

/** Nobody, when the comment was deleted meanwhile. */
async function whoDislikes(reader: RepositoryClient, id: number): Promise<Account[]> {
  try {
    const { items } = await reader.reactions({ to: 'review-comment', id });
    return items.flatMap(({ content, author }) => (content === '-1' && author ? [author] : []));
  } catch (error) {
    if (isGone(error)) return [];
    throw error;
  }
}

async function firstOf(
  authors: readonly Account[],
  is: (author: Account) => Promise<boolean>,
): Promise<Account | null> {
  for (const author of authors) if (await is(author)) return author;
  return null;
}
