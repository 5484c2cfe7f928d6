import * as z from 'zod/mini';
import { GitHubError } from '../../github/github-error.ts';
import { codeSpan } from '../../report/pull-request/code-text.ts';
import { type CommentCommand, parseCommentCommand } from '../../tasks/comment-command.ts';
import type { JobPayload } from '../../tasks/job.ts';
import type { JobContext } from '../../tasks/queue.ts';
import { answer } from '../answer.ts';
import type { AppDoor } from '../app-door.ts';
import { helpOnIssue } from '../commands/help.ts';
import { findPullRequest } from '../find-pull-request.ts';
import { mayCommand } from '../may-command.ts';
import { operatorConfig } from '../operator-config.ts';
import { answerTaskCommand } from './answer-task-command.ts';
import { findIssue, type IssueSubject } from './find-issue.ts';
import { missingPermissions } from './missing-permissions.ts';

/** Of a job `comment`: what is asked of work, in an issue or in a pull request, answered in the conversation, once. */
export async function answerOnIssue(
  door: AppDoor,
  job: JobPayload<'comment'>,
  { signal, queue }: JobContext,
): Promise<void> {
  const { slug } = await door.github.identity();
  const command = parseCommentCommand(job.body, slug);
  if (command === null) return;
  const subject = await findIssue(door, job, signal);
  const { trustedBots } = await operatorConfig(door);
  if (subject === null) return sayNotGranted(door, job, trustedBots, signal);
  if (job.author.type !== 'User' && !trustedBots.includes(job.author.id)) return;
  const isAllowed = () => mayCommand(subject, job.author, trustedBots);
  if (!(await isAllowed()))
    return say(
      subject,
      `not-allowed-${job.author.id}`,
      `Commands are for people who may write to this repository, which ${codeSpan(job.author.login)} may not.`,
    );
  await acknowledge(subject, job);
  const place = `issue/${subject.key.number}/command/${job.comment}`;
  const reply = await subject.writeOnce({
    ...{ key: place, target: `what comment ${job.comment} asks for`, payload: place },
    find: async () => undefined,
    write: () =>
      replyTo(command, door, job, subject, queue, async () => {
        if (!(await isAllowed())) throw new RangeError(`${job.author.login} may not write any more`);
      }),
    parse: (noted) => z.parse(z.nullable(z.string()), noted),
  });
  if (reply !== null) await say(subject, `command-${job.comment}`, reply);
}

/**
 * Where a pull request can be answered with what reviews need, and work cannot be done for what they do not need: says so, once. An
 * issue cannot be answered then.
 */
async function sayNotGranted(
  door: AppDoor,
  job: JobPayload<'comment'>,
  trustedBots: readonly number[],
  signal: AbortSignal,
): Promise<void> {
  if (job.on === 'issue') return;
  const subject = await findPullRequest(door, job, signal);
  if (subject === null || !(await mayCommand(subject, job.author, trustedBots))) return;
  const lacks = await missingPermissions(door, job, signal);
  if (lacks === null || lacks.missing.length === 0) return;
  const [owner = ''] = lacks.fullName.split('/');
  await answer(subject, {
    thread: null,
    key: 'not-granted',
    body: (marker) =>
      `I cannot do work here: who owns ${codeSpan(owner)} has not accepted the permission ${lacks.missing.map(codeSpan).join(', ')} of this App yet, which is done in the settings of that account, under the installed GitHub Apps.\n\n${marker}`,
  });
}

async function replyTo(
  command: CommentCommand,
  door: AppDoor,
  job: JobPayload<'comment'>,
  subject: IssueSubject,
  queue: JobContext['queue'],
  confirmAllowed: () => Promise<void>,
): Promise<string | null> {
  switch (command.verb) {
    case 'task': {
      const pull = subject.issue.isPullRequest ? await subject.reader.pullRequest(subject.key.number) : null;
      const { named: verb, text } = command;
      return answerTaskCommand({ door, subject, pull, job, verb, text, queue, confirmAllowed });
    }
    case 'help':
      return helpOnIssue(door);
    case 'unknown': {
      const nearest = command.meant === null ? '' : ` Did you mean \`/agent ${command.meant}\`?`;
      return `There is no such command.${nearest}\n\n${await helpOnIssue(door)}`;
    }
    case 'refused':
      return command.because;
    default:
      return `\`/agent ${command.verb}\` is for pull requests. \`/agent help\` lists what there is in an issue.`;
  }
}

/** That it was seen, at once. A comment that is gone by now needs none. */
async function acknowledge(
  { writer }: IssueSubject,
  { kind, comment }: JobPayload<'comment'>,
): Promise<void> {
  try {
    await writer.react({ to: kind === 'issue' ? 'issue-comment' : 'review-comment', id: comment }, 'eyes');
  } catch (error) {
    if (!(error instanceof GitHubError && error.kind === 'gone')) throw error;
  }
}

/** Says something in the conversation once. */
async function say(
  { writer, markers, userId, writeOnce, key: { number } }: IssueSubject,
  key: string,
  text: string,
): Promise<void> {
  const marker = markers.write('answer', key);
  await writeOnce({
    key: `issue/${number}/answer/${key}`,
    target: `answer in issue ${number}`,
    payload: key,
    async find() {
      const { items } = await writer.issueComments(number);
      return items.find((one) => one.author?.id === userId && markers.read(one.body)?.key === key)?.id;
    },
    write: async () => (await writer.createIssueComment(number, `${text}\n\n${marker}`)).id,
    parse: (id) => z.int().parse(id),
  });
}
