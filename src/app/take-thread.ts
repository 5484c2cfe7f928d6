import { storeDecision } from '../sessions/postgres/stored-findings.ts';
import { parseCommentCommand } from '../tasks/comment-command.ts';
import type { JobPayload } from '../tasks/job.ts';
import type { JobContext } from '../tasks/queue.ts';
import type { AppDoor } from './app-door.ts';
import { findPullRequest, type Subject } from './find-pull-request.ts';
import { judgeAnew } from './judge-anew.ts';
import { mayCommand } from './may-command.ts';
import { operatorConfig } from './operator-config.ts';
import { type FindingThread, findingThreads } from './standing-comments.ts';

/**
 * Job `thread`: who may write, and has said in the thread of a finding why it is none before they resolved it, has dismissed it.
 * Without a word it stays what it is: found, and not told again.
 */
export async function takeThread(
  door: AppDoor,
  job: JobPayload<'thread'>,
  { signal, queue }: JobContext,
): Promise<void> {
  if (!job.resolved) return;
  const subject = await findPullRequest(door, job, signal);
  if (subject === null) return;
  const { trustedBots } = await operatorConfig(door);
  const { threads } = await findingThreads(subject);
  const found = threads.find(({ thread }) => thread.id === job.thread);
  if (found === undefined || !found.thread.isResolved) return;
  const { slug } = await door.github.identity();
  const reason = lastWords(subject, found, job.sender.id, slug);
  if (reason === null || !(await mayCommand(subject, job.sender, trustedBots))) return;
  await storeDecision(door.sql, subject.key.repository, {
    fingerprint: found.fingerprint,
    title: '',
    state: 'dismissed',
    at: reason.at.toISOString(),
    by: job.sender.login,
    because: await subject.redact(reason.text),
  });
  await judgeAnew(door, subject, queue, job.sender);
}

const LONGEST_REASON = 1_000;

/** The last thing that who resolved it has said there; null when that is nothing, or a command. */
function lastWords(
  { userId }: Subject,
  { thread }: FindingThread,
  sender: number,
  slug: string,
): { readonly text: string; readonly at: Date } | null {
  const said = thread.comments.findLast(({ author }) => author?.id === sender && author.id !== userId);
  if (said === undefined || parseCommentCommand(said.body, slug) !== null) return null;
  const text = said.body.trim().slice(0, LONGEST_REASON);
  return text === '' ? null : { text, at: said.createdAt };
}
