import { CodeAgentError } from '../code-agent-error.ts';
import { readEnvironment } from '../config/environment.ts';
import type { Door, OpenRepository } from './prepare-review.ts';
import {
  ForeignDatabase,
  type RepositoryDatabase,
  withRepositoryDatabase,
} from './with-repository-database.ts';

/** What was done in the database; or that there is none, or why it could not be. */
export type Reached<T> =
  | { readonly done: T }
  /** Null: nothing is left out, for there is none. */
  | { readonly missing: string | null };

const WITHIN_MS = 10_000;

/** Does `work` in the database, when there is one and it can be reached. What `work` itself rejects with is rejected with. */
export async function reachDatabase<T>(
  git: OpenRepository,
  { env }: Door,
  work: (database: RepositoryDatabase) => Promise<T>,
): Promise<Reached<T>> {
  const url = readEnvironment(env).databaseUrl;
  if (url === null) return { missing: null };
  let isThere = false;
  try {
    return {
      done: await withRepositoryDatabase(git, url, { within: WITHIN_MS }, (database) => {
        isThere = true;
        return work(database);
      }),
    };
  } catch (error) {
    if (!(error instanceof CodeAgentError) || isThere) throw error;
    return { missing: error instanceof ForeignDatabase ? null : error.message };
  }
}
