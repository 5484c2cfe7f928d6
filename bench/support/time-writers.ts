import { execFileSync } from 'node:child_process';
import postgres from 'postgres';
import type { PostgresServer } from '../../test/support/postgres-server.ts';
import { EVENTS } from './bench-session.ts';
import { PEER_TABLE, startWriters, type Way } from './start-writers.ts';
import { median, type Row, ratioLimit, type Table } from './table.ts';
import type { Workbench } from './workbench.ts';

/**
 * Times an INSERT for each event, by as many writers: what reads and checks a journal, and keeps findings and a chain, must not
 * take longer. Of 30 kB the reading and the compression weigh more than the transactions that are saved.
 */
const MOVE_AT_MOST = 1;
const LARGE_MOVE_AT_MOST = 1.5;

/** How many write, events of how many bytes, and how many sessions they write together in each way. */
const RACES = [
  { writers: 1, bytes: 1_000, sessions: 320, atMost: MOVE_AT_MOST },
  { writers: 4, bytes: 1_000, sessions: 640, atMost: MOVE_AT_MOST },
  { writers: 16, bytes: 1_000, sessions: 640, atMost: MOVE_AT_MOST },
  { writers: 4, bytes: 30_000, sessions: 64, atMost: LARGE_MOVE_AT_MOST },
];
/** Of what takes a transaction an event, as a share of them. */
const FEWER = 4;

/** Sessions into a server, by several ways and several writers at once. */
export async function timeWriters(
  workbench: Workbench,
  server: PostgresServer,
  runs: number,
): Promise<Table[]> {
  const url = await migrated(workbench, server);
  const sql = postgres(url, { max: 1, onnotice() {} });
  await sql.unsafe(`create table ${PEER_TABLE} (like code_agent.events including all)`);
  const tables: Table[] = [];
  for (const { writers, bytes, sessions, atMost } of RACES) {
    const started = startWriters(writers);
    const times: Record<Way | 'unchained', number[]> = {
      ...{ copy: [], 'insert a session': [], 'insert an event': [], move: [], unchained: [] },
    };
    /** Milliseconds for 1,000 events. */
    const race = async (way: Way, count: number): Promise<number> => {
      const each = Math.ceil(count / writers);
      return (await started.race({ url, way, sessions: each, bytes })) / ((each * writers * EVENTS) / 1_000);
    };
    for (let round = -1; round < runs; round += 1) {
      const one = {
        copy: await race('copy', sessions),
        'insert an event': await race('insert an event', sessions / FEWER),
        'insert a session': await race('insert a session', sessions),
        move: await race('move', sessions),
        unchained: await unchained(sql, () => race('move', sessions)),
      };
      // As autovacuum does within a minute: a planner that knows nothing of a new table reads all of it.
      if (round < 0) await sql`analyze`;
      else for (const way of WAYS) times[way].push(one[way]);
    }
    await started.close();
    tables.push(
      tableOf(
        `1,000 events of ${bytes / 1_000} kB into PostgreSQL, ${writers === 1 ? '1 writer' : `${writers} writers`}`,
        times,
        atMost,
      ),
    );
  }
  await sql.end();
  return tables;
}

const WAYS = ['copy', 'insert a session', 'insert an event', 'move', 'unchained'] as const;

function tableOf(
  title: string,
  times: Readonly<Record<(typeof WAYS)[number], number[]>>,
  atMost: number,
): Table {
  const base = median(times['insert an event']);
  const row = (what: string, way: (typeof WAYS)[number]): Row => {
    const ms = median(times[way]);
    const note = `${Math.round(1e6 / ms).toLocaleString('en')} events/s`;
    return { what, times: times[way], ratio: ms / base, note };
  };
  const move = row('**code-agent** moves journals', 'move');
  return {
    title,
    rows: [
      row('`COPY`, all in one transaction', 'copy'),
      row(`\`INSERT\` of ${EVENTS} rows, a transaction each`, 'insert a session'),
      row('`INSERT` of a row, a transaction each', 'insert an event'),
      { ...move, limit: ratioLimit(move.ratio ?? Number.NaN, atMost) },
      row('the same without the audit chain', 'unchained'),
    ],
  };
}

async function unchained<T>(sql: postgres.Sql, work: () => Promise<T>): Promise<T> {
  await sql`alter table code_agent.events disable trigger chained`;
  try {
    return await work();
  } finally {
    await sql`alter table code_agent.events enable trigger chained`;
  }
}

/** The URL of a new database with our tables. */
export async function migrated({ cli, env }: Workbench, server: PostgresServer): Promise<string> {
  const url = await server.createDatabase();
  execFileSync(process.execPath, [cli, 'db', 'migrate'], {
    env: { ...env, DATABASE_URL: url },
    stdio: 'pipe',
  });
  return url;
}
