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
    const stored = await lockSession(step, repository, id, state);
    if (stored.lastSeq > 0 && records[stored.lastSeq - 1]?.link !== stored.link) {
      // What is stored may be ahead: another process has moved on with the same journal.
      if (stored.lastSeq <= records.length) throw otherEvents(id);
      return 0;
    }
    const added = records.slice(stored.lastSeq);
    if (added.length === 0) return 0;
    await insertEvents(step, id, added);
    await storeModels(step, id, state);
    if (added.some(({ event }) => event.type === 'session-ended'))
      await storeFindings(step, repository, id, state);
    await updateSession(step, id, state, last);
    return added.length;
  });
}

/** Nobody else stores events of it until the transaction has ended. */
async function lockSession(
  step: TransactionSql,
  repository: string,
  id: string,
  { started, startedAt }: SessionState,
): Promise<{ readonly lastSeq: number; readonly link: string }> {
  const { kind, door, tool, change, line } = started;
  await step`
    insert into code_agent.sessions ${step({
      id,
      repository_id: repository,
      kind,
      door,
      tool_version: tool.version,
      change_id: change?.id ?? null,
      base_commit: change?.base ?? null,
      head_commit: change?.head ?? null,
      line,
      started_at: startedAt,
      last_at: startedAt,
      last_seq: 0,
      link: '',
    })} on conflict (id) do nothing`;
  const [stored] = await step<{ lastSeq: number; link: string }[]>`
    select last_seq as "lastSeq", link from code_agent.sessions where id = ${id} for update`;
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
  for (const { model, calls, failures, usage, usd } of models) {
    const use = {
      ...{ calls, failures, usd },
      input_tokens: usage.input,
      output_tokens: usage.output,
      cache_read_tokens: usage.cacheRead,
      cache_write_tokens: usage.cacheWrite,
    };
    await step`
      insert into code_agent.session_models ${step({ session_id: id, model, ...use })}
      on conflict (session_id, model) do update set ${step(use)}`;
  }
}

async function updateSession(
  step: TransactionSql,
  id: string,
  { ended, lastAt }: SessionState,
  { event, link }: JournalRecord,
): Promise<void> {
  const end = {
    ended_at: ended === null ? null : lastAt,
    outcome: ended?.outcome ?? null,
    ms: ended?.ms ?? null,
    findings_kept: ended?.findings.kept ?? null,
    findings_suppressed: ended?.findings.suppressed ?? null,
    findings_dropped: ended?.findings.dropped ?? null,
  };
  await step`
    update code_agent.sessions set ${step({ ...end, last_at: lastAt, last_seq: event.seq, link })} where id = ${id}`;
}

const otherEvents = (id: string): CodeAgentError =>
  new CodeAgentError(`the database has other events under the id of session ${id} than its journal`, {
    exitCode: EXIT.incomplete,
    advice: 'Its repository was copied, and both went on with it. The journal stays where it is.',
  });
