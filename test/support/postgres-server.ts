import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres from 'postgres';

/** A throwaway PostgreSQL server. */
export interface PostgresServer {
  /** The URL of a new database: an empty one, or a copy of one with our tables, to which nobody may be connected. */
  createDatabase(copyOf?: string): Promise<string>;
  /** The URL of a database for another user. */
  as(url: string, user: string): string;
  readonly port: number;
  start(): Promise<void>;
  /** `immediate`: as a crash would end it. */
  stop(how?: 'fast' | 'immediate'): Promise<void>;
  remove(): Promise<void>;
}

/** Debian keeps them out of PATH. */
const FOLDERS = ['/usr/lib/postgresql', '/usr/local/pgsql'];

function binaries(): string | null {
  const versions = FOLDERS.filter(existsSync).flatMap((folder) =>
    readdirSync(folder).map((version) => join(folder, version, 'bin')),
  );
  const found = [...versions.sort().reverse(), ...(process.env['PATH'] ?? '').split(':')];
  return found.find((folder) => existsSync(join(folder, 'initdb'))) ?? null;
}

/**
 * False where there are no server programs, which is said: what needs them is not exercised there. In CI that is a failure:
 * `startPostgres` throws.
 */
export function hasPostgres(): boolean {
  if (binaries() !== null || process.env['CI']) return true;
  console.warn(`NOT EXERCISED: ${MISSING}`);
  return false;
}

const MISSING =
  'PostgreSQL: initdb and postgres, 15 or later, are not there (Debian: apt-get install postgresql)';

/** Throws where there is no PostgreSQL. */
export async function startPostgres(
  settings: Readonly<Record<string, string>> = {},
): Promise<PostgresServer> {
  const folder = binaries();
  if (folder === null) throw new Error(MISSING);
  const home = mkdtempSync(join(tmpdir(), 'ca-pg-'));
  const data = join(home, 'data');
  // initdb refuses root.
  const nobody = 65534;
  const isRoot = process.getuid?.() === 0;
  if (isRoot) chownSync(home, nobody, nobody);
  const own = {
    ...(isRoot && { uid: nobody, gid: nobody }),
    env: { PATH: process.env['PATH'], LC_ALL: 'C' },
    cwd: home,
  };
  execFileSync(
    join(folder, 'initdb'),
    [
      '--pgdata',
      data,
      '--username',
      'postgres',
      '--auth',
      'trust',
      '--encoding',
      'UTF8',
      '--no-sync',
      '--no-instructions',
    ],
    { ...own, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const port = await freePort();
  const all = { port, listen_addresses: '127.0.0.1', unix_socket_directories: '', fsync: 'off', ...settings };
  let child: ChildProcess | null = null;
  const server: PostgresServer = {
    port,
    async start() {
      const args = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
      child = spawn(join(folder, 'postgres'), ['-D', data, ...args], {
        ...own,
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      const log: string[] = [];
      child.stderr?.setEncoding('utf8').on('data', (text: string) => log.push(text));
      for (let attempt = 0; ; attempt += 1) {
        const sql = postgres(urlOf(port, 'postgres', 'postgres'), { max: 1, onnotice() {} });
        try {
          await sql`select 1`;
          return;
        } catch (error) {
          if (attempt === 200 || child.exitCode !== null)
            throw new Error(`no PostgreSQL: ${log.join('')}`, { cause: error });
          await new Promise((resolve) => setTimeout(resolve, 50));
        } finally {
          await sql.end();
        }
      }
    },
    async stop(how = 'fast') {
      if (child === null) return;
      const ended = new Promise((resolve) => child?.once('exit', resolve));
      // https://www.postgresql.org/docs/current/server-shutdown.html
      child.kill(how === 'fast' ? 'SIGINT' : 'SIGQUIT');
      await ended;
      child = null;
    },
    async createDatabase(copyOf) {
      const name = `test_${Math.random().toString(36).slice(2)}`;
      const template = copyOf === undefined ? 'template1' : new URL(copyOf).pathname.slice(1);
      const sql = postgres(urlOf(port, 'postgres', 'postgres'), { max: 1 });
      await sql.unsafe(`create database ${name} template ${template}`);
      await sql.end();
      return urlOf(port, 'postgres', name);
    },
    as: (url, other) => url.replace('//postgres@', `//${other}@`),
    async remove() {
      await server.stop('immediate');
      rmSync(home, { recursive: true, force: true });
    },
  };
  await server.start();
  return server;
}

const urlOf = (port: number, user: string, database: string): string =>
  `postgres://${user}@127.0.0.1:${port}/${database}`;

async function freePort(): Promise<number> {
  const { createServer } = await import('node:net');
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
