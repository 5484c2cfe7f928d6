import { GitHubError } from '../github/github-error.ts';
import { plainMarkdown } from '../report/pull-request/sanitize-markdown.ts';
import { type CommentCommand, parseCommentCommand } from '../tasks/comment-command.ts';
import type { JobPayload } from '../tasks/job.ts';
import type { JobContext } from '../tasks/queue.ts';
import { answer } from './answer.ts';
import type { AppDoor } from './app-door.ts';
import { ask } from './commands/ask.ts';
import type { CommandAnswer } from './commands/command-call.ts';
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
import { mayCommand } from './may-command.ts';
import { operatorConfig } from './operator-config.ts';
import { findingThreads } from './standing-comments.ts';

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
  later: async ({ command }) =>
    `\`/agent ${command.verb === 'later' ? command.named : ''}\` is not there yet: this release reviews. \`/agent help\` lists what it does.`,
  unknown: async (call) => {
    const meant = call.command.verb === 'unknown' ? call.command.meant : null;
    return `That is no command.${meant === null ? '' : ` Did you mean \`/agent ${meant}\`?`}\n\n${await help(call)}`;
  },
  refused: async ({ command }) => (command.verb === 'refused' ? command.because : null),
};

/**
 * Job `comment`: does what a comment asks, as it was when the webhook came, for somebody who may write here, and answers in
 * the same place, once.
 */
export async function answerComment(
  door: AppDoor,
  job: JobPayload<'comment'>,
  { signal, queue }: JobContext,
): Promise<void> {
  const { slug } = await door.github.identity();
  const command = parseCommentCommand(job.body, slug);
  if (command === null) return;
  const subject = await findPullRequest(door, job, signal);
  if (subject === null) return;
  const operator = await operatorConfig(door);
  if (job.author.type !== 'User' && !operator.trustedBots.includes(job.author.id)) return;
  await acknowledge(subject, job);

  const isAllowed = () => mayCommand(subject, job.author, operator.trustedBots);
  if (!(await isAllowed())) return await refuse(subject, job);
  const { threads } = await findingThreads(subject);
  const root = job.inReplyTo ?? job.comment;
  const text = await ANSWERS[command.verb]({
    ...{ door, subject, job, command, operator, queue, signal, threads },
    text: 'text' in command ? command.text : '',
    thread: threads.find(({ comment }) => comment.id === root) ?? null,
    async confirmAllowed() {
      if (!(await isAllowed())) throw new NotAllowedError(`${job.author.login} may not write any more`);
    },
  }).catch((error: unknown) => {
    if (error instanceof NotAllowedError) return null;
    throw error;
  });
  if (text === null) return;
  const cut =
    'cut' in command && command.cut > 0
      ? `\n\n(${command.cut} characters of the command were left out.)`
      : '';
  await answer(subject, {
    thread: job.kind === 'review' ? root : null,
    key: `command-${job.comment}`,
    body: (marker) => `${text}${cut}\n\n${marker}`,
  });
}

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

/** Said once to each person in each pull request: who floods us with commands gets one answer. */
const refuse = (subject: Subject, { author }: JobPayload<'comment'>): Promise<void> =>
  answer(subject, {
    thread: null,
    key: `not-allowed-${author.id}`,
    body: (marker) =>
      `${plainMarkdown(author.login, { hosts: [] })}, commands are for those who may write to this repository.\n\n${marker}`,
  });
