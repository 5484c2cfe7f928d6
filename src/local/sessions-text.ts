import { CodeAgentError } from '../code-agent-error.ts';
import { readEnvironment } from '../config/environment.ts';
import { readLink } from '../sessions/database-link.ts';
import { placeOf } from '../sessions/database-place.ts';
import { journalIds } from '../sessions/journal.ts';

/** Where the sessions of a repository are, as `status` says it. */
export function sessionsText(commonDir: string, env: NodeJS.ProcessEnv): string {
  const count = journalIds(commonDir).length;
  const here = count === 1 ? '1 journal' : `${count} journals`;
  const url = readEnvironment(env).databaseUrl;
  if (url === null) return `${here} here; with DATABASE_URL they move to PostgreSQL`;
  const place = placeOrNull(url);
  if (place === null) return `${here} here; DATABASE_URL is no URL of a PostgreSQL server`;
  const link = readLink(commonDir);
  if (link === null || link.place !== place) return `${here} here, to be moved to ${place}`;
  const tried = `${link.triedAt.slice(0, 16).replace('T', ' ')} UTC`;
  if (link.state === 'ready')
    return count === 0 ? `moved to ${place}, last at ${tried}` : `${here} here, the others moved to ${place}`;
  return `${here} here; not moved, at ${tried}: ${link.why}`;
}

function placeOrNull(url: string): string | null {
  try {
    return placeOf(url);
  } catch (error) {
    if (error instanceof CodeAgentError) return null;
    throw error;
  }
}
