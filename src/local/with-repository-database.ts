import type { Sql } from 'postgres';
import { CodeAgentError, EXIT } from '../code-agent-error.ts';
import { repositoryIdentity } from '../git/repository-identity.ts';
import { type DatabaseLink, readLink, writeLink } from '../sessions/database-link.ts';
import { placeOf } from '../sessions/database-place.ts';
import { hasTables } from '../sessions/postgres/migrate.ts';
import { type Moved, moveJournals } from '../sessions/postgres/move-journals.ts';
import { shareDismissals } from '../sessions/postgres/share-dismissals.ts';
import { shareResults } from '../sessions/postgres/share-results.ts';
import { repositoryId } from '../sessions/postgres/store-session.ts';
import { type Database, withDatabase } from '../sessions/postgres/with-database.ts';
import { createUnitResults } from '../sessions/unit-results.ts';
import type { OpenRepository } from './prepare-review.ts';

/** The database, up to date with this repository. */
export interface RepositoryDatabase {
  readonly sql: Sql;
  readonly place: string;
  /** Its number there. */
  readonly repository: string;
  /** What has just become of its journals. */
  readonly moved: Moved;
}

export interface ReachOptions {
  /** All of it has so many milliseconds; no limit when it is not given. */
  readonly within?: number;
  readonly onMoved?: (id: string) => void;
}

/**
 * Moves the journals of a repository to the database, shares what was dismissed and answered, and does `work` there. Rejects
 * as `withDatabase` does, and with exit code 2 when the database has no tables of ours. What has become of it is noted.
 */
export async function withRepositoryDatabase<T>(
  { repository }: OpenRepository,
  url: string,
  { within, onMoved }: ReachOptions,
  work: (database: RepositoryDatabase) => Promise<T>,
): Promise<T> {
  const { commonDir } = repository;
  const place = placeOf(url);
  const before = readLink(commonDir);
  const note = (link: Pick<DatabaseLink, 'state' | 'why' | 'sharedAt'>): void =>
    writeLink(commonDir, {
      ...{ place, triedAt: new Date().toISOString() },
      ...link,
      moves: link.state === 'ready' || before?.moves === true,
    });
  const sharedAt = before?.place === place ? before.sharedAt : null;
  let isMoved = false;
  try {
    const identity = await repositoryIdentity(repository);
    if (identity === null) throw nameless();
    return await withDatabase(url, within === undefined ? {} : { within }, async (database) => {
      if (!(await hasTables(database))) throw foreign(database);
      const { sql } = database;
      const id = await repositoryId(sql, identity);
      const moved = await moveJournals(sql, id, commonDir, onMoved);
      await shareDismissals(sql, id, commonDir);
      const now = await shareResults(sql, id, createUnitResults(commonDir), sharedAt);
      note({ state: 'ready', why: null, sharedAt: now });
      isMoved = true;
      return work({ sql, place, repository: id, moved });
    });
  } catch (error) {
    if (error instanceof CodeAgentError && !isMoved) {
      const state = error instanceof ForeignDatabase ? 'foreign' : 'unreachable';
      note({ state, why: error.message, sharedAt });
    }
    throw error;
  }
}

/** Not a word is said of it when it is not asked for: the variable may be another program's. */
export class ForeignDatabase extends CodeAgentError {}

const foreign = ({ place }: Database): ForeignDatabase =>
  new ForeignDatabase(`the database at ${place} has no tables of code-agent`, {
    exitCode: EXIT.usage,
    advice:
      "`code-agent db migrate` makes them. Another program's? CODE_AGENT_DATABASE_URL names one for code-agent.",
  });

const nameless = (): CodeAgentError =>
  new CodeAgentError('this repository has no commit and no remote yet: nothing tells it from others', {
    exitCode: EXIT.usage,
  });
