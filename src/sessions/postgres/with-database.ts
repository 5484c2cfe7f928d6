import postgres, { type Sql, type TransactionSql } from 'postgres';
import { CodeAgentError, EXIT } from '../../code-agent-error.ts';
import { parseDatabaseUrl, placeOf } from '../database-place.ts';
import { databaseError } from './database-error.ts';

/** A PostgreSQL server with our tables, or with room for them. */
export interface Database {
  readonly sql: Sql;
  /** For a person: `localhost:5432/reviews`. No user, no password. */
  readonly place: string;
}

export interface DatabaseOptions {
  /** All of it, from connecting on, has so many milliseconds: then it rejects with exit code 4. */
  readonly within?: number;
  /** Connections at once; 1. */
  readonly connections?: number;
}

/**
 * Opens what a URL names (PostgreSQL's documentation, 34.1.1.2), and closes it behind `work`. Rejects with exit code 2 when
 * the URL is none, or the server refuses the user; with 3, to be tried again, when it cannot be reached; with 4 when it
 * took too long. No message holds the user or the password.
 */
export async function withDatabase<T>(
  url: string,
  { within, connections = 1 }: DatabaseOptions,
  work: (database: Database) => Promise<T>,
): Promise<T> {
  const place = placeOf(url);
  const { bare, socket } = addressOf(url);
  const sql = postgres(bare, {
    ...(socket !== null && { path: socket }),
    max: connections,
    // Named statements are what poolers in front of a server, and the embedded one, do not have.
    prepare: false,
    fetch_types: false,
    // To the letter, both ways. The client would parse it and write it anew.
    types: { json: { to: 114, from: [114], serialize: String, parse: String } },
    connect_timeout: within === undefined ? 30 : Math.max(1, Math.ceil(within / 1000)),
    onnotice() {},
    // The client reads no other dates. Poolers let both through.
    connection: { application_name: 'code-agent', DateStyle: 'ISO' },
  });
  let late = false;
  const timer =
    within === undefined
      ? undefined
      : setTimeout(() => {
          late = true;
          // What is under way is rejected, and its transaction rolled back by the server.
          void sql.end({ timeout: 0 });
        }, within);
  try {
    return await work({ sql, place });
  } catch (error) {
    throw late ? tooSlow(place, within) : databaseError(error, place);
  } finally {
    clearTimeout(timer);
    await sql.end({ timeout: 1 });
  }
}

const tooSlow = (place: string, within: number | undefined): CodeAgentError =>
  new CodeAgentError(`the database at ${place} took longer than ${within} ms`, {
    exitCode: EXIT.timeout,
    retryable: true,
  });

/**
 * What of its parameters the client, or a server, is to know. It hands all others to the server, which refuses what it does not
 * know: `?schema=public&pgbouncer=true` are for the program whose URL it is.
 */
const PARAMETERS = ['sslmode', 'sslnegotiation', 'ssl', 'options'];

/** libpq takes a host, or the folder of a socket, as `?host=`, the client a folder as an option. */
function addressOf(url: string): { readonly bare: string; readonly socket: string | null } {
  const parsed = parseDatabaseUrl(url);
  const host = parsed.searchParams.get('host');
  const isFolder = host?.startsWith('/') === true;
  if (host !== null && !isFolder) parsed.hostname = host;
  // The client takes no certificates of a file: those of Node.js count (NODE_EXTRA_CA_CERTS), and one that they do not is refused.
  if (parsed.searchParams.has('sslrootcert')) parsed.searchParams.set('sslmode', 'verify-full');
  for (const name of [...parsed.searchParams.keys()])
    if (!PARAMETERS.includes(name)) parsed.searchParams.delete(name);
  return { bare: parsed.href, socket: isFolder ? `${host}/.s.PGSQL.${parsed.port || 5432}` : null };
}

/**
 * PostgreSQL's documentation, 13.5: what is to be tried again (serialization_failure, deadlock_detected), and what may come of
 * another one that looked for the same row before either had made it (unique_violation).
 */
const CONFLICTS: ReadonlySet<unknown> = new Set(['40001', '40P01', '23505']);
const ATTEMPTS = 5;

/** One transaction, begun again as a whole when it stood in the way of another. */
export async function transact<T>(sql: Sql, work: (sql: TransactionSql) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      // Its type unwraps arrays of promises, of which there are none here.
      return (await sql.begin(work)) as T;
    } catch (error) {
      const code = error instanceof postgres.PostgresError ? error.code : null;
      if (!CONFLICTS.has(code) || attempt === ATTEMPTS) throw error;
    }
  }
}
