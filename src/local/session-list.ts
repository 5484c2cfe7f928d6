import { foldSession, type SessionState } from '../agent/fold-session.ts';
import { CodeAgentError, EXIT } from '../code-agent-error.ts';
import { journalIds, readJournal } from '../sessions/journal.ts';
import type { JournalDamage } from '../sessions/journal-record.ts';

/** A session of this repository, as far as its journal can be read. */
export interface ListedSession {
  readonly id: string;
  /** Null when not even its beginning can be read. */
  readonly state: SessionState | null;
  readonly damage: JournalDamage | null;
}

/** Newest first. */
export const listSessions = (commonDir: string): ListedSession[] =>
  journalIds(commonDir)
    .reverse()
    .map((id) => readSession(commonDir, id));

/** Rejects with exit code 2 when there is no such session. */
export function readSession(commonDir: string, id: string): ListedSession {
  const { events, damage } = readJournal(commonDir, id);
  return { id, state: events.length === 0 ? null : foldSession(events), damage };
}

/** The id that begins so, or ends so: the beginnings of sessions of one day are alike. Rejects with exit code 2. */
export function sessionId(commonDir: string, part: string): string {
  const found = journalIds(commonDir).filter((id) => id.startsWith(part) || id.endsWith(part));
  const [id] = found;
  if (id !== undefined && found.length === 1) return id;
  throw new CodeAgentError(
    id === undefined
      ? `there is no session ${JSON.stringify(part)}`
      : `${JSON.stringify(part)} is part of the ids of ${found.length} sessions`,
    { exitCode: EXIT.usage, advice: '`code-agent sessions list` shows them.' },
  );
}
