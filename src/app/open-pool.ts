import { Pool, type PoolConfig } from 'pg';
import { parseDatabaseUrl } from '../sessions/database-place.ts';
import type { Log } from '../tasks/log.ts';

export interface PoolOptions {
  /** Connections at most. */
  readonly max: number;
  readonly log: Log;
  /** The role to be in each of them, instead of the user. */
  readonly role?: string;
}

/**
 * Connections for the queue, to what `withDatabase` would open under this URL. They are made when they are needed. Throws with
 * exit code 2 when the URL is none. End it when done.
 */
export function openPool(url: string, { max, log, role }: PoolOptions): Pool {
  const pool = new Pool({
    ...addressOf(parseDatabaseUrl(url)),
    max,
    connectionTimeoutMillis: 30_000,
    // A worker that is cut off is not to wait for an answer for ever.
    keepAlive: true,
    application_name: 'code-agent',
  });
  const lost = (err: Error): void => log.warn({ err }, 'a connection to the database was lost');
  pool.on('error', lost);
  pool.on('connect', (client) => {
    client.on('error', lost);
    // The first of all that this connection does: those that follow wait for it, and fail when it fails.
    if (role !== undefined) client.query(`set role ${client.escapeIdentifier(role)}`).catch(() => {});
  });
  return pool;
}

/** Nothing of the environment (PGHOST, PGPASSWORD) is to fill in what the URL leaves out, but for what has a name here. */
function addressOf(url: URL): PoolConfig {
  const { searchParams } = url;
  const host = searchParams.get('host') ?? decodeURIComponent(url.hostname);
  const user = decodeURIComponent(url.username);
  return {
    host: host || 'localhost',
    port: Number(url.port || 5432),
    database: decodeURIComponent(url.pathname.slice(1)) || user,
    ...(user !== '' && { user }),
    password: decodeURIComponent(url.password),
    ssl: sslOf(searchParams),
    ...(searchParams.has('options') && { options: searchParams.get('options') ?? '' }),
  };
}

/** As the client of `withDatabase` reads it: who asks for a verified server gets one, or none. */
function sslOf(parameters: URLSearchParams): PoolConfig['ssl'] {
  if (parameters.has('sslrootcert')) return true;
  const mode = parameters.get('sslmode') ?? parameters.get('ssl') ?? 'disable';
  if (mode === 'disable' || mode === 'false' || mode === 'prefer' || mode === 'allow') return false;
  return mode === 'require' || mode === 'no-verify' ? { rejectUnauthorized: false } : true;
}
