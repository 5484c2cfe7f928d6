import postgres, { type Sql } from 'postgres';
import { CodeAgentError, EXIT } from '../../code-agent-error.ts';
import { journalIds, takeJournal } from '../journal.ts';
import type { JournalRecord } from '../journal-record.ts';
import { storeSession } from './store-session.ts';
import { storedRecords } from './stored-sessions.ts';
import { textArray } from './text-array.ts';

/** What has become of the journals of a repository. */
export interface Moved {
  /** Ended and stored whole, or gone on with on another machine, and taken away here. */
  readonly moved: readonly string[];
  /** Stored as far as they go: they have not ended. Their journals stay. */
  readonly copied: readonly string[];
  /** Not stored, or not all of them. Their journals stay. */
  readonly left: readonly LeftJournal[];
}

export interface LeftJournal {
  readonly id: string;
  readonly why: string;
  /** True when it goes another time: another process works on it. */
  readonly retryable: boolean;
}

/**
 * Moves journals to the database, oldest first, each in a transaction of its own. A journal is taken away only when the
 * database has said that its last event is stored: whatever ends this in between, the next time goes on. `onMoved` hears of
 * each as soon as it is done.
 */
export async function moveJournals(
  sql: Sql,
  repository: string,
  commonDir: string,
  onMoved: (id: string) => void = () => undefined,
): Promise<Moved> {
  const ids = journalIds(commonDir);
  const stored = await storedLinks(sql, ids);
  const moved: string[] = [];
  const copied: string[] = [];
  const left: LeftJournal[] = [];
  for (const id of ids) {
    try {
      const isMoved = await moveJournal(sql, repository, commonDir, id, stored.get(id));
      (isMoved ? moved : copied).push(id);
      if (isMoved) onMoved(id);
    } catch (error) {
      const why = ownFault(error);
      if (why === null) throw error;
      left.push({ id, why, retryable: error instanceof CodeAgentError && error.retryable });
    }
  }
  return { moved, copied, left };
}

/** False when it stays. */
async function moveJournal(
  sql: Sql,
  repository: string,
  commonDir: string,
  id: string,
  stored: string | undefined,
): Promise<boolean> {
  const journal = onFile(() => takeJournal(commonDir, id));
  try {
    const { records, damage } = journal.content;
    const last = records.at(-1);
    if (last === undefined) throw new RangeError(damage?.why ?? 'nothing is in it yet');
    const added = stored === last.link ? 0 : await storeSession(sql, repository, id, records);
    if (stored !== last.link && added === 0 && (await hasGoneOn(sql, id, records))) {
      onFile(() => journal.remove());
      return true;
    }
    if (damage !== null && damage.kind !== 'torn')
      throw new RangeError(`stored up to event ${last.event.seq}, behind which it is damaged: ${damage.why}`);
    if (last.event.type !== 'session-ended' || damage !== null) return false;
    onFile(() => journal.remove());
    return true;
  } finally {
    onFile(() => journal.release());
  }
}

/** Whether another machine has gone on with the session from here: who goes on with it here is to begin behind that. */
async function hasGoneOn(sql: Sql, id: string, records: readonly JournalRecord[]): Promise<boolean> {
  const known = await storedRecords(sql, id);
  return known.length > records.length && records.every(({ json }, index) => json === known[index]?.json);
}

/** What a file of this machine is in the way of is not the database's fault: it may be another user's, or be no file. */
function onFile<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof CodeAgentError || !(error instanceof Error)) throw error;
    throw new CodeAgentError(error.message, { exitCode: EXIT.incomplete, cause: error });
  }
}

/** Data that a server refuses, whenever and however often it is sent (PostgreSQL's documentation, appendix A). */
const REFUSED_DATA = /^(22|23|54)/;

/** Why this session cannot be moved, when that keeps no other from being; null when nothing can be. */
function ownFault(error: unknown): string | null {
  if (error instanceof CodeAgentError || error instanceof RangeError) return error.message;
  return error instanceof postgres.PostgresError && REFUSED_DATA.test(error.code) ? error.message : null;
}

/** Where those that are stored end. */
async function storedLinks(sql: Sql, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const rows = await sql<{ id: string; link: string }[]>`
    select id, link from code_agent.sessions where id = any(${textArray(ids)}::uuid[])`;
  return new Map(rows.map(({ id, link }) => [id, link]));
}
