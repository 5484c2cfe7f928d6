import { foldSession, type SessionState } from '../agent/fold-session.ts';
import { journalIds, readJournal } from '../sessions/journal.ts';
import type { JournalDamage } from '../sessions/journal-record.ts';

/** A session of this repository, as far as its journal can be read. */
export interface ListedSession {
  readonly id: string;
  /** Null when not even its beginning can be read. */
  readonly state: SessionState | null;
  readonly damage: JournalDamage | null;
}

/** Those with a journal here, newest first; at most so many. */
export const listSessions = (commonDir: string, most = Number.POSITIVE_INFINITY): ListedSession[] =>
  journalIds(commonDir)
    .reverse()
    .slice(0, most)
    .flatMap((id) => {
      const content = readJournal(commonDir, id);
      if (content === null) return [];
      const { events, damage } = content;
      return [{ id, state: events.length === 0 ? null : foldSession(events), damage }];
    });
