import { join } from 'node:path';
import { readLink } from './database-link.ts';
import { keepNewest } from './keep-newest.ts';

/** Where the journals of a repository are, of all its worktrees: never part of a commit. */
export const journalFolder = (commonDir: string): string => join(commonDir, 'code-agent', 'sessions');

/** The file of a session. `id` is one that was made or looked at: it becomes part of a path. */
export const journalFile = (commonDir: string, id: string): string =>
  join(journalFolder(commonDir), `${id}.journal`);

/** So many are kept where there is no database to move them to. */
const KEPT = 500;

/** Takes the oldest away when there are more. Where sessions are moved to a database none is: they wait for it. */
export function dropOldestJournals(commonDir: string): void {
  if (readLink(commonDir)?.moves !== true) keepNewest(journalFolder(commonDir), KEPT);
}
