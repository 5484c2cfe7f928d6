import * as z from 'zod/mini';
import { GitHubError } from '../github/github-error.ts';
import { codeSpan } from '../report/pull-request/code-text.ts';
import { plainMarkdown } from '../report/pull-request/sanitize-markdown.ts';
import { type CommentCommand, parseCommentCommand } from '../tasks/comment-command.ts';
import type { JobPayload } from '../tasks/job.ts';
import type { JobContext } from '../tasks/queue.ts';
import { answer } from './answer.ts';
import type { AppDoor } from './app-door.ts';
import { ask } from './commands/ask.ts';
import type { CommandAnswer, CommandCall, Reply } from './commands/command-call.ts';
import { config } from './commands/config.ts';
import { cost } from './commands/cost.ts';
import { dismiss } from './commands/dismiss.ts';
import { explain } from './commands/explain.ts';
import { help } from './commands/help.ts';
import { ignore, pause, resume } from './commands/pause.ts';
import { resolve } from './commands/resolve.ts';
import { review } from './commands/review.ts';
import { summary } from './commands/summary.ts';
import { findPullRequest, type Subject } from './find-pull-request.ts';
import { isFinal, retryAt } from './job-failure.ts';
import { mayCommand } from './may-command.ts';
import { operatorConfig } from './operator-config.ts';
import { problemText } from './problem-text.ts';
import { findingThreads } from './standing-comments.ts';
import { answerOnIssue } from './task/answer-on-issue.ts';

const ANSWERS: Readonly<Record<CommentCommand['verb'], CommandAnswer>> = {
  review,
  'review full': review,
  summary,
  explain,
  dismiss,
  resolve,
  pause,
  resume,
  ignore,
  config,
  cost,
  help,
  ask,
  // Answered before, by `answerOnIssue`.
  task: async () => '',
  unknown: async (call) => {
    const meant = call.command.verb === 'unknown' ? call.command.meant : null;
    const nearest = meant === null ? '' : ` Did you mean \`/agent ${meant}\`?`;
    return `There is no such command.${nearest}\n\n${await help(call)}`;
  },
  refused: async ({ command }) => (command.verb === 'refused' ? command.because : ''),
};

/**
 * Job `comment`: does what a comment asks, as it was when the webhook came, for somebody who may write here, and answers in
 * the same place, once.
 */
export async function answerComment(
  door: AppDoor,
  job: JobPayload<'comment'>,
  context: JobContext,
): Promise<void> {
  const { signal, queue } = context;
  const { slug } = await door.github.identity();
  const command = parseCommentCommand(job.body, slug);
  if (command === null) return;
  if (job.on === 'issue' || command.verb === 'task') return await answerOnIssue(door, job, context);
  const subject = await findPullRequest(door, job, signal);
  if (subject === null) return;
  const operator = await operatorConfig(door);
  if (job.author.type !== 'User' && !operator.trustedBots.includes(job.author.id)) return;
  const isAllowed = () => mayCommand(subject, job.author, operator.trustedBots);
  if (!(await isAllowed())) return await refuse(subject, job);
  await acknowledge(subject, job);

  const { threads } = await findingThreads(subject);
  const root = job.inReplyTo ?? job.comment;
  const reply = await replyOnce(subject, context, {
    ...{ door, subject, job, command, operator, queue, signal, threads },
    text: 'text' in command ? command.text : '',
    thread: threads.find(({ comment }) => comment.id === root) ?? null,
    async confirmAllowed() {
      if (!(await isAllowed())) throw new NotAllowedError(`${job.author.login} may not write any more`);
    },
  });
  if (reply === null || !(await isAllowed())) return;
  const cut =
    'cut' in command && command.cut > 0
      ? `\n\n(${command.cut} characters of the command were left out.)`
      : '';
  const body = (marker: string) => `${reply.text}${cut}\n\n${marker}`;
  const inConversation = { thread: null, key: reply.key, body };
  if (job.kind === 'issue') return await answer(subject, inConversation);
  try {
    await answer(subject, { ...inConversation, thread: root });
  } catch (error) {
    // Its first comment was deleted: nothing can be said in it any more.
    if (!(error instanceof GitHubError && error.kind === 'gone')) throw error;
    await answer(subject, inConversation);
  }
}

/** As it is noted, and read back. */
const replySchema = z.nullable(z.object({ text: z.string(), key: z.string() }));

/**
 * Does what is asked, and what is answered, once: a job that is begun again answers what is noted, and asks no model anew. Null
 * when who asked has lost the right to meanwhile.
 */
async function replyOnce(
  { writeOnce, key: { number } }: Subject,
  { attempt, maxAttempts }: JobContext,
  call: CommandCall,
): Promise<Reply | null> {
  const { job, command, signal } = call;
  const key = `command-${job.comment}`;
  const place = `pull/${number}/command/${job.comment}`;
  try {
    return await writeOnce({
      ...{ key: place, target: `what comment ${job.comment} asks for`, payload: place },
      find: async () => undefined,
      async write() {
        const reply = await ANSWERS[command.verb](call);
        return typeof reply === 'string' ? { text: reply, key } : reply;
      },
      parse: (noted) => replySchema.parse(noted),
    });
  } catch (error) {
    if (error instanceof NotAllowedError) return null;
    const isToBeTriedAgain = !isFinal(error) && attempt < maxAttempts;
    if (signal.aborted || retryAt(error, new Date()) !== null || isToBeTriedAgain) throw error;
    const problem = plainMarkdown(problemText(error, FAULT), { hosts: [], longest: 1_000 });
    return { text: `It did not work: ${problem}`, key };
  }
}

const FAULT = 'the command failed in a way that it should not, and the log of the App says how.';

/** Between the beginning and the act, who asked has lost the right to. */
class NotAllowedError extends Error {}

/** That it was seen, at once. A comment that is gone by now needs none. */
async function acknowledge({ writer }: Subject, { kind, comment }: JobPayload<'comment'>): Promise<void> {
  const to = kind === 'issue' ? 'issue-comment' : 'review-comment';
  try {
    await writer.react({ to, id: comment }, 'eyes');
  } catch (error) {
    if (!(error instanceof GitHubError && error.kind === 'gone')) throw error;
  }
}

/** Said once to each person in each pull request: who floods us with commands gets one answer, and no reaction. */
const refuse = (subject: Subject, { author }: JobPayload<'comment'>): Promise<void> =>
  answer(subject, {
    thread: null,
    key: `not-allowed-${author.id}`,
    body: (marker) =>
      `Commands are for people who may write to this repository, which ${codeSpan(author.login)} may not.\n\n${marker}`,
  });
