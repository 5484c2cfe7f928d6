import { CodeAgentError, EXIT } from '../code-agent-error.ts';
import { readEnvironment } from '../config/environment.ts';
import { followTask } from '../local/follow-task.ts';
import { findTask, isAlive, type LocalTask, listTasks } from '../local/local-tasks.ts';
import { type Door, type OpenRepository, openGit } from '../local/prepare-review.ts';
import { undoTask } from '../local/undo-task.ts';
import { sanitizeJson, sanitizeLine } from '../report/sanitize.ts';
import { printEvents } from './print-events.ts';

type Flags = Record<string, unknown>;

/**
 * `code-agent tasks list | show | logs | cancel | undo` of this machine's own; and of the GitHub App's in the database at
 * DATABASE_URL, whose ids begin with `app-`: `list | show | logs | cancel | retry | approve | answer | priority`.
 */
export async function tasks(
  verb: string,
  id: string | undefined,
  more: readonly string[],
  flags: Flags,
  door: Door,
): Promise<number> {
  const [, stored] = /^app-(\d{1,15})$/.exec(id ?? '') ?? [];
  const url = readEnvironment(door.env).databaseUrl;
  if (stored !== undefined || (verb === 'list' && flags['app'] === true)) {
    if (url === null)
      throw new CodeAgentError(
        "DATABASE_URL names no PostgreSQL server: the App's tasks are in its database",
        {
          exitCode: EXIT.usage,
        },
      );
    const { appTasks } = await import('./app-tasks.ts');
    return appTasks(url, verb, stored === undefined ? null : Number(stored), more, flags);
  }
  const git = await openGit(door);
  try {
    if (verb === 'list') return list(git, flags);
    if (id === undefined) throw usage(`which task? code-agent tasks ${verb} <id>`);
    const task = findTask(git.repository.commonDir, id);
    switch (verb) {
      case 'show':
        return show(task, flags);
      case 'logs':
        return await logs(git, task, flags, door);
      case 'cancel':
        return cancel(task);
      case 'undo':
        return await undo(git, task);
      default:
        throw refusal(verb, task);
    }
  } finally {
    git.close();
  }
}

function list({ repository }: OpenRepository, flags: Flags): number {
  const all = listTasks(repository.commonDir);
  if (flags['json'] === true) process.stdout.write(`${sanitizeJson(JSON.stringify(all, null, 2))}\n`);
  else if (all.length === 0) process.stdout.write('No task was run here yet: code-agent run "…"\n');
  else
    for (const task of all)
      process.stdout.write(
        `${String(task.id).padStart(4)}  ${stateOf(task).padEnd(11)}  ${task.startedAt.slice(0, 16).replace('T', ' ')}  ${sanitizeLine(task.text).slice(0, 80)}\n`,
      );
  return EXIT.pass;
}

/** One whose process is gone was killed. */
const stateOf = ({ state, pid }: LocalTask): string =>
  state === 'in_progress' && !isAlive(pid) ? 'killed' : state.replace('_', ' ');

function show(task: LocalTask, flags: Flags): number {
  if (flags['json'] === true) {
    process.stdout.write(`${sanitizeJson(JSON.stringify(task, null, 2))}\n`);
    return EXIT.pass;
  }
  const rows: [string, string | null][] = [
    ['task', `${task.id}: ${task.text}`],
    ['type', task.type],
    ['state', stateOf(task)],
    ['why', task.reason],
    ['began', task.startedAt],
    ['ended', task.endedAt],
    ['base', task.base],
    ['branch', task.branch],
    ['session', task.session],
  ];
  for (const [name, value] of rows)
    if (value !== null) process.stdout.write(`${name.padEnd(8)} ${sanitizeLine(value)}\n`);
  return EXIT.pass;
}

/** Ends with the task, or as `tail -f` does: by Ctrl-C, which the task does not feel. */
async function logs(
  { repository }: OpenRepository,
  task: LocalTask,
  flags: Flags,
  door: Door,
): Promise<number> {
  const [json, follow] = [flags['json'] === true, flags['follow'] === true];
  if (!json && task.session !== null) process.stdout.write(`Session   ${task.session}\n`);
  const print = printEvents({ json });
  const events = followTask(repository.commonDir, door, task.id, { follow });
  for (;;) {
    const next = await events.next();
    if (!next.done) {
      print(next.value);
      continue;
    }
    const { session, isWhole, damage } = next.value;
    if (session === null)
      throw new CodeAgentError(`task ${task.id} has no session`, {
        exitCode: EXIT.incomplete,
        advice: 'It ended before it had one, or has only just begun.',
      });
    const problem =
      damage !== null
        ? `the session is damaged: ${damage.why}`
        : follow && !isWhole
          ? `task ${task.id} was killed: its session has no end`
          : null;
    if (problem === null) return EXIT.pass;
    process.stderr.write(`code-agent: ${sanitizeLine(problem)}\n`);
    return EXIT.incomplete;
  }
}

function cancel(task: LocalTask): number {
  if (task.state !== 'in_progress' || !isAlive(task.pid))
    throw new CodeAgentError(`task ${task.id} is not under way`, { exitCode: EXIT.usage });
  // As Ctrl-C would: it ends what it has started, and says what it has come to.
  process.kill(task.pid, 'SIGTERM');
  process.stdout.write(`Task ${task.id} was told to stop.\n`);
  return EXIT.pass;
}

async function undo({ repository }: OpenRepository, task: LocalTask): Promise<number> {
  const head = await undoTask(repository, task);
  process.stdout.write(
    `The branch ${task.branch} is gone. Have it back: git branch ${task.branch} ${head.slice(0, 12)}\n`,
  );
  return EXIT.pass;
}

/** What a task of this machine has no need of, or no way to, and what there is instead. */
function refusal(verb: string, { id, type }: LocalTask): CodeAgentError {
  const here = `task ${id} is of this machine`;
  const ofApp = "The id of one of the App's begins with app-.";
  switch (verb) {
    case 'retry':
      return usage(
        `${here}: it is not gone on with`,
        `\`code-agent ${type === 'design' ? 'interactive' : 'run'}\` with the same words begins it anew.`,
      );
    case 'approve':
    case 'answer':
      return usage(`${here}: it asks in the terminal in which it runs`, `Answer it there. ${ofApp}`);
    case 'priority':
      return usage(`${here}, where none waits for another: it has no priority`, ofApp);
    default:
      return usage(
        `tasks has no verb ${JSON.stringify(verb)} for a task of this machine: list, show, logs, cancel or undo`,
      );
  }
}

const usage = (message: string, advice?: string): CodeAgentError =>
  new CodeAgentError(message, { exitCode: EXIT.usage, ...(advice !== undefined && { advice }) });
