import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecProtocolOptionsStream, PGlite, QueryOptions, Results } from '@electric-sql/pglite';
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
 * server. It has one session for all connections: they take turns, and what is set, prepared under a name or listened to
 * in one is so in all. `connections`: at once; one more is cut off. Rejects with exit code 2 when another process has the folder, or the package is not installed.
 */
export async function startEmbeddedDatabase(
  folder: string,
  { connections = CONNECTIONS }: { readonly connections?: number } = {},
): Promise<EmbeddedDatabase> {
  const { PGlite, PGLiteSocketServer } = await loadPGlite();
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const release = holdLock(join(folder, 'owner'), `the embedded database in ${folder}`);
  // Short: the path of a socket has about a hundred characters (unix(7)). The folder is this user's alone.
  const socketFolder = mkdtempSync(join(tmpdir(), 'code-agent-'));
  try {
    const database = new (takingTurns(PGlite))(join(folder, 'data'));
    await database.waitReady;
    const server = new PGLiteSocketServer({
      db: database,
      path: join(socketFolder, '.s.PGSQL.5432'),
      maxConnections: connections,
    });
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

/** More than a command opens. */
const CONNECTIONS = 32;

/** PostgreSQL's documentation, 55.7: Sync has no content, Terminate is the last that a client says. */
const SYNC = Uint8Array.of(0x53, 0, 0, 0, 4);
const TERMINATE = 0x58;
/** ReadyForQuery, before the byte that says in which state. */
const READY = Buffer.of(0x5a, 0, 0, 0, 5);

/**
 * The server's queue goes on with the connection that was last while the database is in a transaction, and otherwise with
 * whichever message came first. A query with parameters is several messages (Parse, Bind, Execute, Sync), and between two of
 * them another connection's Parse would take the place of the unnamed statement: one would be answered with the other's rows.
 * So the database says that it is in a transaction until it has said that it is ready for the next query.
 */
function takingTurns(base: typeof PGlite): typeof PGlite {
  return class extends base {
    #isAmid = false;

    override isInTransaction(): boolean {
      return this.#isAmid || super.isInTransaction();
    }

    override async execProtocolRawStream(
      message: Uint8Array,
      options: ExecProtocolOptionsStream,
    ): Promise<void> {
      let end = Buffer.alloc(0);
      await super.execProtocolRawStream(message, {
        ...options,
        onRawData(data) {
          end = Buffer.concat([end, data.subarray(-6)]).subarray(-6);
          options.onRawData(data);
        },
      });
      const isReady = end.length === 6 && end.subarray(0, 5).equals(READY);
      this.#isAmid = !isReady && message[0] !== TERMINATE;
    }

    /** The server rolls back so for a connection that is gone. What it was amid is ended first. */
    override async exec(query: string, options?: QueryOptions): Promise<Results[]> {
      if (this.#isAmid) {
        this.#isAmid = false;
        await this.runExclusive(() => this.execProtocolRaw(SYNC));
      }
      return super.exec(query, options);
    }
  };
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
