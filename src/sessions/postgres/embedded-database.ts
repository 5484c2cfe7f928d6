import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CodeAgentError, EXIT } from '../../code-agent-error.ts';
import { holdLock } from '../hold-lock.ts';

/** A PostgreSQL of this process, in a folder. */
export interface EmbeddedDatabase {
  /** For `withDatabase`. It leads to a socket that only this user can open. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Starts PGlite in a folder, behind a socket that speaks PostgreSQL's protocol: the same client and the same SQL as with a
 * server. It has one session for all, so one connection is to be used. Rejects with exit code 2 when another process has
 * the folder, or the package is not installed.
 */
export async function startEmbeddedDatabase(folder: string): Promise<EmbeddedDatabase> {
  const { PGlite, PGLiteSocketServer } = await loadPGlite();
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const release = holdLock(join(folder, 'owner'), `the embedded database in ${folder}`);
  // Short: the path of a socket has about a hundred characters (unix(7)). The folder is this user's alone.
  const socketFolder = mkdtempSync(join(tmpdir(), 'code-agent-'));
  try {
    const database = await PGlite.create(join(folder, 'data'));
    const server = new PGLiteSocketServer({ db: database, path: join(socketFolder, '.s.PGSQL.5432') });
    await server.start();
    return {
      url: `postgres://postgres@localhost/postgres?host=${encodeURIComponent(socketFolder)}`,
      async close() {
        await server.stop();
        await database.close();
        rmSync(socketFolder, { recursive: true, force: true });
        release();
      },
    };
  } catch (error) {
    rmSync(socketFolder, { recursive: true, force: true });
    release();
    throw error;
  }
}

/** Of 27 MB, and only a server without a database of its own needs it: it is installed beside this package (docs/decisions/0010). */
async function loadPGlite() {
  try {
    const [{ PGlite }, { PGLiteSocketServer }] = await Promise.all([
      import('@electric-sql/pglite'),
      import('@electric-sql/pglite-socket'),
    ]);
    return { PGlite, PGLiteSocketServer };
  } catch (cause) {
    throw new CodeAgentError('the embedded database is not installed', {
      exitCode: EXIT.usage,
      advice:
        '`npm install @electric-sql/pglite @electric-sql/pglite-socket`, or set DATABASE_URL to a PostgreSQL server.',
      cause,
    });
  }
}
