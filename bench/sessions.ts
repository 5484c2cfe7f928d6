/**
 * What it takes to remember sessions:
 *
 *     node scripts/run.mjs bench/sessions.ts [--runs 21] [--sessions 100000] [--events 10000000]
 *
 * - **The journal** (support/time-journal): appending events, beside bare writes of the same bytes into the same folder; and
 *   all of a session, as a share of a `git commit` with a hook that runs `node -e 0`.
 * - **Into PostgreSQL** (support/time-writers): writers, each a process with a connection of its own, move journals. Beside it
 *   the rows of events alone, into a table without triggers: in one `COPY`, and in an `INSERT` a session or an event,
 *   prepared, each a transaction. Every commit is on the disk (fsync, synchronous_commit). A row without the chain says what it costs.
 * - **Out of PostgreSQL** (support/time-reading): what lists, shows and counts sessions, over so many, beside a `count(*)` in
 *   the same run. One that reads a large table whole, and need not, is a limit that is not held.
 *
 * It needs the server programs of PostgreSQL 15 or later, and 8 GB of room for temporary files with as many events.
 */
import { startPostgres } from '../test/support/postgres-server.ts';
import { type Part, reportWhenMain } from './support/table.ts';
import { takeOption } from './support/take-option.ts';
import { timeAppends, timeJournals } from './support/time-journal.ts';
import { timeReading } from './support/time-reading.ts';
import { timeWriters } from './support/time-writers.ts';

/** Of a small server with a disk. */
const SETTINGS = {
  ...{ fsync: 'on', synchronous_commit: 'on', max_connections: '40' },
  ...{ shared_buffers: '1GB', work_mem: '16MB', max_wal_size: '4GB' },
};

/** Runs of what takes seconds. */
const ENOUGH = 3;

export const measureSessions: Part = async (workbench, runs) => {
  const journals = [timeAppends(workbench, runs), timeJournals(workbench, runs)];
  const server = await startPostgres(SETTINGS).catch((error: unknown) => String(error));
  if (typeof server === 'string') return [...journals, absent(server)];
  try {
    return [
      ...journals,
      ...(await timeWriters(workbench, server, Math.min(runs, ENOUGH))),
      ...(await timeReading(workbench, server, runs, AMOUNT)),
    ];
  } finally {
    await server.remove();
  }
};

const absent = (note: string) => ({
  title: 'PostgreSQL',
  rows: [{ what: 'a server', limit: { text: 'there', held: false }, note }],
});

const AMOUNT = {
  sessions: Number(takeOption('--sessions', '100000')),
  events: Number(takeOption('--events', '10000000')),
};

await reportWhenMain('sessions.ts', measureSessions);
