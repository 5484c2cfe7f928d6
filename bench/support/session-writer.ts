/** A process that writes sessions into PostgreSQL through a connection of its own, as it is told by support/start-writers. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import postgres, { type Sql } from 'postgres';
import { createJournal, readJournal } from '../../src/sessions/journal.ts';
import { dataOf } from '../../src/sessions/journal-record.ts';
import { moveJournals } from '../../src/sessions/postgres/move-journals.ts';
import { repositoryId } from '../../src/sessions/postgres/store-session.ts';
import { withDatabase } from '../../src/sessions/postgres/with-database.ts';
import { createSessionId } from '../../src/sessions/session-id.ts';
import { benchSession } from './bench-session.ts';
import { PEER_TABLE, type ToWriter, type Way, type WriterTask } from './start-writers.ts';

const COLUMNS = ['session_id', 'seq', 'type', 'version', 'at', 'data'] as const;
type EventRow = Readonly<Record<(typeof COLUMNS)[number], string | number>>;

/** Writes the journals. Answers the rows of events that each comes to. */
function writeJournals(folder: string, { sessions, bytes }: WriterTask): EventRow[][] {
  return Array.from({ length: sessions }, () => {
    const id = createSessionId();
    const journal = createJournal(folder, id);
    for (const event of benchSession(id, bytes)) journal.append(event);
    journal.close();
    const { records = [] } = readJournal(folder, id) ?? {};
    return records.map((record) => {
      const { seq, type, version, at } = record.event;
      return { session_id: id, seq, type, version, at, data: dataOf(record) };
    });
  });
}

const moveAll = (folder: string, { url, sessions }: WriterTask): Promise<void> =>
  withDatabase(url, {}, async ({ sql }) => {
    const repository = await repositoryId(sql, 'github.com/bench/writers');
    await whenTold(async () => {
      const { moved, left } = await moveJournals(sql, repository, folder);
      if (moved.length !== sessions) throw new Error(`not moved: ${JSON.stringify(left)}`);
    });
  });

async function writeAll(
  way: keyof typeof WAYS,
  { url }: WriterTask,
  sessions: readonly EventRow[][],
): Promise<void> {
  const json = { to: 114, from: [114], serialize: String, parse: String };
  const sql = postgres(url, { max: 1, types: { json } });
  await sql`select 1`;
  await whenTold(() => WAYS[way](sql, sessions));
  await sql.end();
}

const WAYS = {
  async copy(sql: Sql, sessions: readonly EventRow[][]) {
    const lines = sessions.flat().map((row) => `${COLUMNS.map((name) => copied(row[name])).join('\t')}\n`);
    await pipeline(lines, await sql`copy ${sql(PEER_TABLE)} (${sql(COLUMNS)}) from stdin`.writable());
  },
  async 'insert a session'(sql: Sql, sessions: readonly EventRow[][]) {
    for (const rows of sessions) await sql`insert into ${sql(PEER_TABLE)} ${sql(rows)}`;
  },
  async 'insert an event'(sql: Sql, sessions: readonly EventRow[][]) {
    for (const row of sessions.flat()) await sql`insert into ${sql(PEER_TABLE)} ${sql(row)}`;
  },
} satisfies Record<Exclude<Way, 'move'>, unknown>;

/** As COPY reads text (PostgreSQL's documentation, COPY, "File Formats"); JSON has no tab and no newline in it. */
const copied = (value: string | number): string => String(value).replaceAll('\\', '\\\\');

async function whenTold(work: () => Promise<void>): Promise<void> {
  const told = new Promise((resolve) => process.once('message', resolve));
  process.send?.('ready');
  await told;
  await work();
  process.send?.('done');
}

async function perform(task: WriterTask): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'code-agent-bench-'));
  try {
    const rows = writeJournals(folder, task);
    await (task.way === 'move' ? moveAll(folder, task) : writeAll(task.way, task, rows));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

process.on('message', (message: ToWriter) => {
  if (message !== 'go') void perform(message);
});
