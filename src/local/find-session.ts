import { foldSession, type SessionState } from '../agent/fold-session.ts';
import type { SessionEvent } from '../agent/session-event.ts';
import { CodeAgentError, EXIT } from '../code-agent-error.ts';
import { readEnvironment } from '../config/environment.ts';
import { journalIds, readJournal } from '../sessions/journal.ts';
import type { JournalDamage, JournalRecord } from '../sessions/journal-record.ts';
import { hasTables } from '../sessions/postgres/migrate.ts';
import { storedIds, storedRecords } from '../sessions/postgres/stored-sessions.ts';
import { withDatabase } from '../sessions/postgres/with-database.ts';
import type { Door } from './prepare-review.ts';

/** A session, wherever it is kept. */
export interface FoundSession {
  readonly id: string;
  readonly records: readonly JournalRecord[];
  readonly events: readonly SessionEvent[];
  /** Null when not even its beginning can be read. */
  readonly state: SessionState | null;
  readonly damage: JournalDamage | null;
  /** Whether its journal is here; else it comes from the database. */
  readonly isHere: boolean;
}

/** How long a database may take to say what it has. */
const WITHIN_MS = 10_000;

/**
 * The session whose id begins so, or ends so, for the beginnings of a day are alike: that of a journal here, else that in the
 * database. Rejects with exit code 2 when there is none, or more than one.
 */
export async function findSession(commonDir: string, { env }: Door, part: string): Promise<FoundSession> {
  const here = journalIds(commonDir).filter((id) => id.startsWith(part) || id.endsWith(part));
  const content = here.length === 0 ? null : readJournal(commonDir, only(here, part));
  if (content !== null)
    return { id: only(here, part), ...content, state: stateOf(content.events), isHere: true };
  const url = readEnvironment(env).databaseUrl;
  if (url === null) throw notOne([], part);
  return withDatabase(url, { within: WITHIN_MS }, async (database) => {
    if (!(await hasTables(database))) throw notOne([], part);
    const { sql } = database;
    const id = only(await storedIds(sql, part), part);
    const records = await storedRecords(sql, id);
    const events = records.map(({ event }) => event);
    return { id, records, events, state: stateOf(events), damage: null, isHere: false };
  });
}

/** What a session has come to that can be gone on with or run again. Rejects with exit code 3 when nothing of it can be read. */
export function begunState({ id, state, damage }: FoundSession): SessionState {
  if (state !== null) return state;
  throw new CodeAgentError(`nothing of the session ${id} can be read: ${damage?.why ?? 'it is empty'}`, {
    exitCode: EXIT.incomplete,
    advice: '`code-agent review` begins anew.',
  });
}

/**
 * The same of a session that `verb` is for: a review. Rejects with exit code 2 for that of a task, or of a question, and says what
 * there is instead.
 */
export function begunReview(session: FoundSession, verb: 'resume' | 'replay'): SessionState {
  const state = begunState(session);
  const { kind, door, line } = state.started;
  if (kind === 'review') return state;
  const [what, advice] = insteadOfReview(door, line ?? '');
  throw new CodeAgentError(`the session ${session.id} is of ${what}: ${verb} is for reviews`, {
    exitCode: EXIT.usage,
    advice,
  });
}

/** Of what a session is that is none of a review, and how that is gone on with or done again. */
function insteadOfReview(door: string, line: string): readonly [what: string, advice: string] {
  const [, task] = /^task\/(\d+)$/.exec(line) ?? [];
  if (line.startsWith('design/'))
    return ['a conversation', '`code-agent interactive` with the same words goes on with it.'];
  if (task === undefined) return ['a question', 'It is answered anew when it is asked again: `/agent ask`.'];
  if (door !== 'app') return [`task ${task}`, '`code-agent run` with the same words begins it anew.'];
  return [
    `task app-${task}`,
    `It goes on by itself when its worker has died. \`/agent retry\`, or \`code-agent tasks retry app-${task}\`, begins it anew.`,
  ];
}

const stateOf = (events: readonly SessionEvent[]): SessionState | null =>
  events.length === 0 ? null : foldSession(events);

function only(ids: readonly string[], part: string): string {
  const [id] = ids;
  if (id !== undefined && ids.length === 1) return id;
  throw notOne(ids, part);
}

const notOne = (ids: readonly string[], part: string): CodeAgentError =>
  new CodeAgentError(
    ids.length === 0
      ? `there is no session ${JSON.stringify(part)}`
      : `${JSON.stringify(part)} is part of the ids of ${ids.length > 2 ? 'several' : 'two'} sessions`,
    { exitCode: EXIT.usage, advice: '`code-agent sessions list` shows them.' },
  );
