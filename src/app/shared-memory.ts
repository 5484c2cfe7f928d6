import { CodeAgentError, EXIT } from '../code-agent-error.ts';
import { type ReviewSession, reopenSession } from '../local/review-session.ts';
import type { Redact } from '../review/redact.ts';
import { readJournal, restoreJournal, takeJournal } from '../sessions/journal.ts';
import type { JournalRecord } from '../sessions/journal-record.ts';
import { moveJournals } from '../sessions/postgres/move-journals.ts';
import { shareDismissals } from '../sessions/postgres/share-dismissals.ts';
import { shareResults } from '../sessions/postgres/share-results.ts';
import { storeSession } from '../sessions/postgres/store-session.ts';
import { storedRecords } from '../sessions/postgres/stored-sessions.ts';
import { unfinishedSession } from '../sessions/postgres/unfinished-session.ts';
import { readSharedAt, writeSharedAt } from '../sessions/results-shared.ts';
import { createUnitResults } from '../sessions/unit-results.ts';
import type { AppDoor } from './app-door.ts';

/** Brings a mirror up to what all others know: what was dismissed, and what models answered. */
export async function takeMemory(
  { sql }: Pick<AppDoor, 'sql'>,
  repository: string,
  gitDir: string,
): Promise<void> {
  await shareDismissals(sql, repository, gitDir);
  const { host, port, database } = sql.options;
  const of = { place: `${host}:${port}/${database}`, repository };
  const at = await shareResults(sql, repository, createUnitResults(gitDir), readSharedAt(gitDir, of));
  writeSharedAt(gitDir, { ...of, at });
}

/** Gives what was reviewed and answered in a mirror to all others: also of a review that was cut off. */
export async function giveMemory(door: AppDoor, repository: string, gitDir: string): Promise<void> {
  const { left } = await moveJournals(door.sql, repository, gitDir);
  for (const { id, why, retryable } of left)
    if (!retryable) door.log.warn({ session: id, why }, 'the journal of a session cannot be stored');
  await takeMemory(door, repository, gitDir);
}

/**
 * The session of a task that a worker here or on another machine has left, with its journal in place; null when there is none
 * that can be gone on with. `noted`: the one that was begun, as far as that is known.
 */
export async function leftTaskSession(
  { sql }: Pick<AppDoor, 'sql'>,
  gitDir: string,
  noted: string | null,
): Promise<string | null> {
  if (noted === null) return null;
  const stored = await storedRecords(sql, noted);
  const last = stored.at(-1);
  const here = readJournal(gitDir, noted);
  // Another machine has gone on with it, from where it was stored: what is here beyond that has led to nothing.
  const isBehind = last !== undefined && here?.records[stored.length - 1]?.link !== last.link;
  if (here !== null && isBehind) dropJournal(gitDir, noted);
  if (isBehind) restoreJournal(gitDir, noted, stored);
  const content = readJournal(gitDir, noted);
  if (content === null || (content.damage !== null && content.damage.kind !== 'torn')) return null;
  return content.events.some(({ type }) => type === 'session-ended') ? null : noted;
}

/** Another worker has gone on with a session, from where it was stored: what this one has done since leads to nothing. */
export class GoneOnElsewhere extends CodeAgentError {
  constructor(session: string, cause: unknown) {
    super(`another worker has gone on with session ${session}`, {
      exitCode: EXIT.incomplete,
      advice: 'It took this one for dead.',
      retryable: true,
      cause,
    });
  }
}

/**
 * Stores what the session of a task has so far, while it is worked on: from here on a worker on another machine would go on with it, and
 * not begin anew. Of two workers that go on from the same event, who stores first has it: rejects with a GoneOnElsewhere for the other.
 */
export async function keepTaskSession(
  { sql }: Pick<AppDoor, 'sql'>,
  repository: string,
  session: string,
  records: readonly JournalRecord[],
): Promise<void> {
  let failure: unknown = null;
  try {
    await storeSession(sql, repository, session, records);
  } catch (error) {
    failure = error;
  }
  const [stored] = await sql<{ seq: number; link: string }[]>`
    select last_seq as seq, link from code_agent.sessions where id = ${session}`;
  if (stored !== undefined && records[stored.seq - 1]?.link !== stored.link)
    throw new GoneOnElsewhere(session, failure);
  if (failure !== null) throw failure;
}

/** Takes the journal of a session away that nobody goes on with here. */
export function dropJournal(gitDir: string, session: string): void {
  const journal = takeJournal(gitDir, session);
  journal.remove();
  journal.release();
}

/** The session of this change that a worker here or on another machine has left, to go on with; null when there is none. */
export async function leftSession(
  { sql }: AppDoor,
  repository: string,
  gitDir: string,
  changeId: string,
  redact: Redact,
): Promise<ReviewSession | null> {
  const id = await unfinishedSession(sql, repository, changeId);
  if (id !== null && readJournal(gitDir, id) === null)
    restoreJournal(gitDir, id, await storedRecords(sql, id));
  return reopenSession(gitDir, changeId, redact);
}
