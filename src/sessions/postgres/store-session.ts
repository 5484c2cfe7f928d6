import type { Sql, TransactionSql } from 'postgres';
import { foldSession, type SessionState } from '../../agent/fold-session.ts';
import { CodeAgentError, EXIT } from '../../code-agent-error.ts';
import { dataOf, type JournalRecord } from '../journal-record.ts';
import { storeFindings } from './store-findings.ts';
import { transact } from './with-database.ts';

/** The number of a repository by what identifies it. It is made when there is none. */
export async function repositoryId(sql: Sql, identity: string): Promise<string> {
  const find = () =>
    sql<{ id: string }[]>`select id from code_agent.repositories where identity = ${identity}`;
  const [known] = await find();
  if (known !== undefined) return known.id;
  await sql`insert into code_agent.repositories (identity) values (${identity}) on conflict do nothing`;
  const [made] = await find();
  if (made === undefined) throw new RangeError('a repository that was stored is not there');
  return made.id;
}

/**
 * Stores the events of a session that are not stored yet, and what they come to, in one transaction: all or nothing, and
 * nothing twice, however often and by however many it is done. Answers how many were new. Rejects with exit code 3 when
 * the events that are stored under this id are others.
 */
export async function storeSession(
  sql: Sql,
  repository: string,
  id: string,
  records: readonly JournalRecord[],
): Promise<number> {
  const last = records.at(-1);
  if (last === undefined) return 0;
  const state = foldSession(records.map(({ event }) => event));
  return transact(sql, async (step) => {
    const stored = await lockSession(step, { id, repository_id: repository, ...rowOf(state, last) });
    if (stored.lastSeq > 0 && records[stored.lastSeq - 1]?.link !== stored.link) {
      // What is stored may be ahead: another process has moved on with the same journal.
      if (stored.lastSeq <= records.length) throw otherEvents(id);
      return 0;
    }
    const added = records.slice(stored.lastSeq);
    if (added.length === 0) return 0;
    if (stored.lastSeq > 0)
      await step`update code_agent.sessions set ${step(rowOf(state, last))} where id = ${id}`;
    await storeModels(step, id, state);
    if (added.some(({ event }) => event.type === 'session-ended'))
      await storeFindings(step, repository, id, state);
    // At the end: from here to the end of the transaction nobody else adds to the audit chain.
    await insertEvents(step, id, added);
    return added.length;
  });
}

/** What is known of a session by its last record. */
const rowOf = ({ started, startedAt, ended, lastAt }: SessionState, { event, link }: JournalRecord) => ({
  kind: started.kind,
  door: started.door,
  tool_version: started.tool.version,
  change_id: started.change?.id ?? null,
  base_commit: started.change?.base ?? null,
  head_commit: started.change?.head ?? null,
  line: started.line,
  started_at: startedAt,
  last_at: lastAt,
  last_seq: event.seq,
  link,
  ended_at: ended === null ? null : lastAt,
  outcome: ended?.outcome ?? null,
  ms: ended?.ms ?? null,
  findings_kept: ended?.findings.kept ?? null,
  findings_suppressed: ended?.findings.suppressed ?? null,
  findings_dropped: ended?.findings.dropped ?? null,
});

/** Nobody else stores events of it until the transaction has ended. Answers where it ends; a new one is stored and ends at 0. */
async function lockSession(
  step: TransactionSql,
  row: ReturnType<typeof rowOf> & { readonly id: string; readonly repository_id: string },
): Promise<{ readonly lastSeq: number; readonly link: string }> {
  const made =
    await step`insert into code_agent.sessions ${step(row)} on conflict (id) do nothing returning id`;
  if (made.length > 0) return { lastSeq: 0, link: '' };
  const [stored] = await step<{ lastSeq: number; link: string }[]>`
    select last_seq as "lastSeq", link from code_agent.sessions where id = ${row.id} for update`;
  if (stored === undefined) throw new RangeError('a session that was stored is not there');
  return stored;
}

/** In one statement: PostgreSQL takes 65,535 parameters and we give 6 a row; and so much text at once. */
const ROWS = 5_000;
const CHARACTERS = 4_000_000;

async function insertEvents(
  step: TransactionSql,
  id: string,
  records: readonly JournalRecord[],
): Promise<void> {
  for (const part of partsOf(records)) {
    const rows = part.map((record) => ({
      session_id: id,
      seq: record.event.seq,
      type: record.event.type,
      version: record.event.version,
      at: record.event.at,
      data: dataOf(record),
    }));
    await step`insert into code_agent.events ${step(rows)}`;
  }
}

function partsOf(records: readonly JournalRecord[]): JournalRecord[][] {
  const parts: JournalRecord[][] = [];
  let size = Number.POSITIVE_INFINITY;
  for (const record of records) {
    const part = parts.at(-1);
    size += record.json.length;
    if (part === undefined || part.length === ROWS || size > CHARACTERS) {
      parts.push([record]);
      size = record.json.length;
    } else part.push(record);
  }
  return parts;
}

async function storeModels(step: TransactionSql, id: string, { models }: SessionState): Promise<void> {
  if (models.length === 0) return;
  const rows = models.map(({ model, calls, failures, usage, usd }) => ({
    ...{ session_id: id, model, calls, failures, usd },
    input_tokens: usage.input,
    output_tokens: usage.output,
    cache_read_tokens: usage.cacheRead,
    cache_write_tokens: usage.cacheWrite,
  }));
  await step`
    insert into code_agent.session_models ${step(rows)}
    on conflict (session_id, model) do update set
      calls = excluded.calls, failures = excluded.failures, usd = excluded.usd,
      input_tokens = excluded.input_tokens, output_tokens = excluded.output_tokens,
      cache_read_tokens = excluded.cache_read_tokens, cache_write_tokens = excluded.cache_write_tokens`;
}

const otherEvents = (id: string): CodeAgentError =>
  new CodeAgentError(`the database has other events under the id of session ${id} than its journal`, {
    exitCode: EXIT.incomplete,
    advice: 'Its repository was copied, and both went on with it. The journal stays where it is.',
  });
