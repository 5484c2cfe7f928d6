import { CodeAgentError } from '../code-agent-error.ts';
import { journalIds, readJournal, type TakenJournal, takeJournal } from '../sessions/journal.ts';
import type { JournalContent } from '../sessions/journal-record.ts';
import { pruneStored } from '../sessions/postgres/prune-stored.ts';
import type { Door, OpenRepository } from './prepare-review.ts';
import { reachDatabase } from './reach-database.ts';

export interface Pruned {
  /** How many were only on this machine. */
  readonly journals: number;
  /** How many were in the database; null without one. */
  readonly stored: number | null;
  /** Why the database could not be pruned; null when it was, or there is none. */
  readonly missing: string | null;
}

/** Takes away the sessions of a repository whose last event is older, here and in the database. */
export async function pruneSessions(
  git: OpenRepository,
  door: Door,
  { before, dryRun }: { readonly before: Date; readonly dryRun: boolean },
): Promise<Pruned> {
  const { commonDir } = git.repository;
  const reached = await reachDatabase(git, door, ({ sql, repository }) =>
    pruneStored(sql, repository, { before, dryRun }),
  );
  const isOld = ({ events }: Pick<JournalContent, 'events'>): boolean =>
    events.length > 0 && events.every(({ at }) => Date.parse(at) < before.getTime());
  const old = journalIds(commonDir).filter((id) => isOld(readJournal(commonDir, id) ?? { events: [] }));
  const removed = dryRun ? old : old.filter((id) => removeJournal(commonDir, id, isOld));
  return {
    journals: removed.length,
    stored: 'done' in reached ? reached.done : null,
    missing: 'done' in reached ? null : reached.missing,
  };
}

/** False when it stays: another process works on it or has gone on with it, or has taken it away. */
function removeJournal(commonDir: string, id: string, isOld: (content: JournalContent) => boolean): boolean {
  let journal: TakenJournal;
  try {
    journal = takeJournal(commonDir, id);
  } catch (error) {
    if (error instanceof CodeAgentError) return false;
    throw error;
  }
  try {
    const isStillOld = isOld(journal.content);
    if (isStillOld) journal.remove();
    return isStillOld;
  } finally {
    journal.release();
  }
}
