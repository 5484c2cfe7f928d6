import type { PullRequest } from '../../github/pull-request.ts';
import { answerTask, openQuestions } from '../../sessions/postgres/task-questions.ts';
import {
  activeTask,
  cancelTask,
  lastTask,
  retryTask,
  type StoredTask,
  TaskActiveError,
} from '../../sessions/postgres/tasks.ts';
import { BRANCH_PREFIX } from '../../tasks/branch-name.ts';
import type { TaskVerb } from '../../tasks/comment-command.ts';
import type { JobPayload } from '../../tasks/job.ts';
import type { Queue } from '../../tasks/queue.ts';
import type { AppDoor } from '../app-door.ts';
import { operatorConfig } from '../operator-config.ts';
import type { IssueSubject } from './find-issue.ts';
import { openTaskComment } from './post-task.ts';
import { queueTask } from './queue-task.ts';
import { isWorkVerb, takeRequest } from './take-request.ts';
import { YES } from './task-person.ts';

export interface TaskCall {
  readonly door: AppDoor;
  readonly subject: IssueSubject;
  /** Null: an issue. */
  readonly pull: PullRequest | null;
  readonly job: JobPayload<'comment'>;
  readonly verb: TaskVerb;
  readonly text: string;
  readonly queue: Queue;
  /** Rejects when who gave the command may not any more: called before anything is done to the world. */
  readonly confirmAllowed: () => Promise<void>;
}

/** Does what a comment asks of work, and says what to answer; null when the comment of the task is the answer. */
export async function answerTaskCommand(call: TaskCall): Promise<string | null> {
  const { verb } = call;
  if (isWorkVerb(verb)) return beginWork(call);
  switch (verb) {
    case 'stop':
      return stop(call);
    case 'retry':
      return retry(call);
    case 'status':
      return status(call);
    case 'approve':
      return reply(call, true);
    case 'answer':
      return reply(call, false);
    case 'undo':
      return undo(call);
    default:
      return `\`/agent ${verb}\` is not there.`;
  }
}

async function beginWork({
  door,
  subject,
  pull,
  job,
  verb,
  text,
  queue,
  confirmAllowed,
}: TaskCall): Promise<string | null> {
  if (subject.issue.state === 'closed') return 'This is closed: open it again first.';
  if (pull !== null) {
    const isOurs =
      pull.head.ref.startsWith(BRANCH_PREFIX) && pull.head.repository?.id === subject.address.repository;
    if (!isOurs)
      return 'Work is done on pull requests that I have opened, and in issues. This branch is somebody else’s.';
  }
  await confirmAllowed();
  if (!isWorkVerb(verb)) throw new RangeError(`no work is called ${verb}`);
  const { id, login } = job.author;
  const branch = pull?.head.ref ?? null;
  return takeRequest(door, subject, queue, { verb, text, by: { id, login }, comment: job.comment, branch });
}

const NONE = 'There is no task here. `/agent fix …` begins one.';

async function stop({ door, subject, job, confirmAllowed }: TaskCall): Promise<string> {
  const { key } = subject;
  const task = await activeTask(door.sql, key.repository, key.number);
  if (task === null) return NONE;
  await confirmAllowed();
  await cancelTask(door.sql, task.id, job.author);
  const { linkHosts } = await operatorConfig(door);
  const hosts = [new URL(door.serverUrl).host, ...linkHosts];
  // One that is at work says it itself, with what it had come to.
  if (task.state !== 'in_progress')
    await openTaskComment(door.sql, subject, task, hosts).show(
      { state: 'cancelled', reason: 'It was stopped.' },
      { now: true },
    );
  return `Task ${task.id} is stopped. Nothing of it is pushed from now on.`;
}

async function retry({
  door,
  subject: { key, address },
  queue,
  confirmAllowed,
}: TaskCall): Promise<string | null> {
  const task = await lastTask(door.sql, key.repository, key.number);
  if (task === null) return NONE;
  await confirmAllowed();
  const again = await retryTask(door.sql, task.id).catch((error: unknown) => {
    if (error instanceof TaskActiveError) return error.active;
    throw error;
  });
  if (again === null) return `Task ${task.id} is ${stateText(task)}: there is nothing to try again.`;
  if (again.id !== task.id) return `Task ${again.id} works on the same branch: it has to end first.`;
  await queueTask(queue, address, again);
  return null;
}

async function status({ door, subject: { key } }: TaskCall): Promise<string> {
  const task = await lastTask(door.sql, key.repository, key.number);
  if (task === null) return NONE;
  const open = await openQuestions(door.sql, task.id);
  const waits = open.length === 0 ? '' : ` It waits for: ${open.map(({ id }) => `\`${id}\``).join(', ')}.`;
  const pull = task.pull === null ? '' : ` Its pull request is #${task.pull}.`;
  return `Task ${task.id} (${task.type}) is ${stateText(task)}.${waits}${pull}`;
}

const stateText = ({ state }: StoredTask): string =>
  state === 'dead' ? 'given up' : state.replace('_', ' ');

/** `approve <id>` or `answer <id> …`. Without an id it is meant for the only question that is open. */
async function reply(
  { door, subject: { key, address }, job, text, queue, confirmAllowed }: TaskCall,
  isYes: boolean,
): Promise<string> {
  const { sql } = door;
  const task = await activeTask(sql, key.repository, key.number);
  if (task === null) return NONE;
  const open = await openQuestions(sql, task.id);
  const [first = ''] = text.split(/\s/, 1);
  const named = open.find(({ id }) => id === first);
  const [only] = open;
  const question = named ?? (open.length === 1 && !isYes ? only : undefined);
  if (question === undefined)
    return open.length === 0
      ? 'Nothing is asked here.'
      : `Say which one: ${open.map(({ id, kind }) => `\`/agent ${kind === 'question' ? 'answer' : 'approve'} ${id}\``).join(', ')}.`;
  if (isYes !== (question.kind !== 'question'))
    return isYes
      ? `\`${question.id}\` is a question: \`/agent answer ${question.id} …\`.`
      : `\`${question.id}\` needs a yes to exactly what is shown: \`/agent approve ${question.id}\`, or \`/agent stop\`.`;
  const said = named === undefined ? text : text.slice(first.length).trim();
  if (!isYes && said === '') return `\`/agent answer ${question.id} …\`: the answer is missing.`;
  await confirmAllowed();
  const answer = isYes ? YES : said;
  const became = await answerTask(sql, { id: question.id, task: task.id, answer, by: job.author });
  switch (became) {
    case 'answered':
      await queueTask(queue, address, task);
      return isYes ? `\`${question.id}\` is agreed to. The task goes on.` : 'Thank you. The task goes on.';
    case 'known':
      return `\`${question.id}\` was answered before.`;
    case 'expired':
      return `\`${question.id}\` was open too long: it counts as a no.`;
    case 'unknown':
      return 'There is no such question.';
  }
}

async function undo({ door, subject, job, confirmAllowed }: TaskCall): Promise<string> {
  const { key, writer, reader } = subject;
  const task = await lastTask(door.sql, key.repository, key.number);
  if (task === null) return NONE;
  await confirmAllowed();
  await cancelTask(door.sql, task.id, job.author);
  const [pull] = task.branch === null ? [] : await reader.pullRequestsOf(task.branch);
  if (pull === undefined) return `Task ${task.id} has no open pull request.`;
  await writer.updatePullRequest(pull.number, { state: 'closed' });
  return `#${pull.number} is closed. Its branch \`${task.branch}\` is left: whoever may can delete it.`;
}
