import { setTimeout as wait } from 'node:timers/promises';
import { CodeAgentError, EXIT } from '../code-agent-error.ts';
import { storedEvents } from '../sessions/postgres/stored-sessions.ts';
import { isOver, readTask, type StoredTask } from '../sessions/postgres/tasks.ts';
import type { Database } from '../sessions/postgres/with-database.ts';
import { printEvents } from './print-events.ts';

const LOOK_MS = 1_000;
/** The end of a session is stored behind that of its task: so often it is looked for. */
const LAST_LOOKS = 5;

/**
 * `code-agent tasks logs app-7`: the events of the task's session, as far as they are stored; with `follow` also those that are stored
 * from now on, and what becomes of the task, until it is over. One that is begun anew has another session.
 */
export async function appTaskLogs(
  { sql }: Database,
  { id }: StoredTask,
  { json, follow }: { readonly json: boolean; readonly follow: boolean },
): Promise<number> {
  const told = json ? process.stderr : process.stdout;
  let print = printEvents({ json });
  let [session, state, seq, looks] = ['', '', 0, 0];
  let isWhole = false;
  for (;;) {
    const task = await readTask(sql, id);
    if (task === null) throw new CodeAgentError(`there is no task app-${id}`, { exitCode: EXIT.usage });
    if (task.session !== null && task.session !== session) {
      [session, seq, isWhole] = [task.session, 0, false];
      print = printEvents({ json });
      told.write(`Session   ${session}\n`);
    }
    const events = session === '' ? [] : await storedEvents(sql, session, seq);
    for (const event of events) {
      print(event);
      seq = event.seq;
      isWhole = event.type === 'session-ended';
    }
    if (task.state !== state) {
      state = task.state;
      if (follow) told.write(`${stateText(task)}\n`);
    }
    if (!follow && seq === 0) throw notStored(task);
    if (isOver(task)) looks = isWhole || session === '' ? LAST_LOOKS : looks + 1;
    if (!follow || looks === LAST_LOOKS) return EXIT.pass;
    await wait(LOOK_MS);
  }
}

const stateText = ({ id, state }: StoredTask): string =>
  `app-${id} is ${state.replace('_', ' ')}${
    state === 'waiting' ? `: \`code-agent tasks show app-${id}\` says for what` : ''
  }`;

function notStored(task: StoredTask): CodeAgentError {
  const { id, session, state } = task;
  const [message, advice] =
    session === null
      ? [`app-${id} has no session: it was not begun`, `It is ${state}.`]
      : isOver(task)
        ? [`nothing of the session of app-${id} is stored`, `It is ${state}: its session may be pruned.`]
        : [
            `nothing of the session of app-${id} is stored yet: the machine that works on it has it`,
            `\`code-agent tasks logs app-${id} --follow\` shows it as it is stored.`,
          ];
  return new CodeAgentError(message, { exitCode: EXIT.incomplete, advice });
}
