import { CodeAgentError } from '../code-agent-error.ts';
import { readEnvironment } from '../config/environment.ts';
import { journalIds } from '../sessions/journal.ts';
import type { Door, OpenRepository } from './prepare-review.ts';
import { ForeignDatabase, withRepositoryDatabase } from './with-repository-database.ts';

/** Behind what a person has asked for. */
const WITHIN_MS = 3_000;

/**
 * Moves what journals there are to the database, at the end of a command, within a bounded time. Answers what a person should
 * know: null when all went well, or there is no database.
 */
export async function moveSessions(git: OpenRepository, { env }: Door): Promise<string | null> {
  const url = readEnvironment(env).databaseUrl;
  if (url === null) return null;
  try {
    const { left } = await withRepositoryDatabase(
      git,
      url,
      { within: WITHIN_MS },
      async ({ moved }) => moved,
    );
    const [first] = left.filter(({ retryable }) => !retryable);
    return first === undefined
      ? null
      : `session ${first.id} could not be moved to the database: ${first.why}`;
  } catch (error) {
    if (!(error instanceof CodeAgentError)) throw error;
    if (error instanceof ForeignDatabase) return null;
    const waiting = journalIds(git.repository.commonDir).length;
    return `${error.message}; ${waiting === 1 ? '1 session waits' : `${waiting} sessions wait`} here until ${waiting === 1 ? 'it' : 'they'} can be moved`;
  }
}
