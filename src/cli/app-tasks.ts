import { CodeAgentError, EXIT } from '../code-agent-error.ts';
import { sanitizeJson, sanitizeLine } from '../report/sanitize.ts';
import { answerTask, openQuestions } from '../sessions/postgres/task-questions.ts';
import {
  cancelTask,
  listTasks,
  readTask,
  retryTask,
  type StoredTask,
  setTaskPriority,
} from '../sessions/postgres/tasks.ts';
import { wakeTask } from '../sessions/postgres/wake-task.ts';
import { type Database, withDatabase } from '../sessions/postgres/with-database.ts';
import { placedJob } from '../tasks/job.ts';
import { appTaskLogs } from './app-task-logs.ts';
import { flagNumber } from './flags.ts';

type Flags = Record<string, unknown>;

/** Somebody who may reach the database is the operator; GitHub knows no such account. */
const OPERATOR = { id: 0, login: 'operator' };
const WITHIN_MS = 15_000;

/** What the operator of the App can do with its tasks. `id` null: `list`. */
export async function appTasks(
  url: string,
  verb: string,
  id: number | null,
  more: readonly string[],
  flags: Flags,
): Promise<number> {
  const follow = verb === 'logs' && flags['follow'] === true;
  return withDatabase(url, follow ? {} : { within: WITHIN_MS }, async (database) => {
    if (id === null) return list(database, flags);
    const task = await readTask(database.sql, id);
    if (task === null) throw new CodeAgentError(`there is no task app-${id}`, { exitCode: EXIT.usage });
    switch (verb) {
      case 'show':
        return show(database, task, flags);
      case 'logs':
        return appTaskLogs(database, task, { json: flags['json'] === true, follow });
      case 'cancel':
        return told(
          (await cancelTask(database.sql, id, OPERATOR)) !== null,
          `app-${id} is cancelled`,
          'it is over',
        );
      case 'retry':
        if ((await retryTask(database.sql, id)) === null)
          return told(false, '', 'there is nothing to try again');
        return wake(database, id, `app-${id} is tried again`);
      case 'approve':
      case 'answer':
        return answer(database, task, verb, more);
      case 'priority':
        return setPriority(database, task, more);
      case 'undo':
        throw new CodeAgentError(`what app-${id} has made is on GitHub`, {
          exitCode: EXIT.usage,
          advice: `\`/agent undo\` in #${task.number} closes its pull request.`,
        });
      default:
        throw new CodeAgentError(
          `tasks has no verb ${JSON.stringify(verb)} for a task of the App: list, show, logs, cancel, retry, approve, answer or priority`,
          { exitCode: EXIT.usage },
        );
    }
  });
}

async function list({ sql }: Database, flags: Flags): Promise<number> {
  const all = await listTasks(sql, { limit: flagNumber(flags, 'limit') ?? 50 });
  if (flags['json'] === true) process.stdout.write(`${sanitizeJson(JSON.stringify(all, null, 2))}\n`);
  else
    for (const { id, state, number, request, createdAt, priority } of all)
      process.stdout.write(
        `${`app-${id}`.padEnd(9)} ${state.padEnd(11)}  ${createdAt.toISOString().slice(0, 16).replace('T', ' ')}  #${number}  ${priority === 0 ? '' : `(${priorityText(priority)}) `}${sanitizeLine(request).slice(0, 70)}\n`,
      );
  return EXIT.pass;
}

async function show({ sql }: Database, task: StoredTask, flags: Flags): Promise<number> {
  const questions = await openQuestions(sql, task.id);
  if (flags['json'] === true) {
    process.stdout.write(`${sanitizeJson(JSON.stringify({ ...task, questions }, null, 2))}\n`);
    return EXIT.pass;
  }
  const rows: [string, string | null][] = [
    ['task', `app-${task.id}: ${task.request}`],
    ['type', task.type],
    ['state', task.state],
    ['priority', task.priority === 0 ? null : priorityText(task.priority)],
    ['why', task.reason],
    ['asked', `by ${task.asked.login} in #${task.number}`],
    ['attempts', String(task.attempts)],
    ['branch', task.branch],
    ['pull', task.pull === null ? null : `#${task.pull}`],
    ['session', task.session],
    ...questions.map(({ id, kind, text }): [string, string] => [
      kind === 'question' ? 'answer' : 'approve',
      `${id}: ${text}`,
    ]),
  ];
  for (const [name, value] of rows)
    if (value !== null) process.stdout.write(`${name.padEnd(9)} ${sanitizeLine(value)}\n`);
  return EXIT.pass;
}

const PRIORITIES: ReadonlyMap<string, number> = new Map([
  ['high', 1],
  ['normal', 0],
  ['low', -1],
]);

const priorityText = (priority: number): string =>
  [...PRIORITIES].find(([, value]) => value === priority)?.[0] ?? String(priority);

async function setPriority(
  { sql }: Database,
  { id }: StoredTask,
  [word = '']: readonly string[],
): Promise<number> {
  const priority = PRIORITIES.get(word);
  if (priority === undefined)
    throw new CodeAgentError(`code-agent tasks priority app-${id} ${[...PRIORITIES.keys()].join('|')}`, {
      exitCode: EXIT.usage,
    });
  const isSet = (await setTaskPriority(sql, id, priority)) !== null;
  return told(isSet, `app-${id} has the priority ${word}`, 'it is over');
}

async function answer(
  database: Database,
  task: StoredTask,
  verb: 'approve' | 'answer',
  [question, ...words]: readonly string[],
): Promise<number> {
  if (question === undefined || (verb === 'answer' && words.length === 0))
    throw new CodeAgentError(
      `code-agent tasks ${verb} app-${task.id} <question>${verb === 'answer' ? ' <words>' : ''}`,
      {
        exitCode: EXIT.usage,
      },
    );
  const asked = (await openQuestions(database.sql, task.id)).find(({ id }) => id === question);
  if (asked !== undefined && (asked.kind === 'question') !== (verb === 'answer'))
    throw new CodeAgentError(
      `${question} is ${asked.kind === 'question' ? 'a question: answer it' : 'to be approved'}`,
      {
        exitCode: EXIT.usage,
      },
    );
  const said = verb === 'approve' ? 'yes' : words.join(' ');
  const became = await answerTask(database.sql, { id: question, task: task.id, answer: said, by: OPERATOR });
  if (became !== 'answered')
    return told(false, '', became === 'unknown' ? 'there is no such question' : `it is ${became}`);
  return wake(database, task.id, 'the task goes on');
}

async function wake({ sql }: Database, id: number, message: string): Promise<number> {
  await wakeTask(sql, id, (payload) => placedJob('task', payload));
  return told(true, message, '');
}

function told(isDone: boolean, message: string, problem: string): number {
  process.stdout.write(`${isDone ? message : problem}\n`);
  return isDone ? EXIT.pass : EXIT.incomplete;
}
