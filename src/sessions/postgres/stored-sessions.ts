import type { Sql } from 'postgres';
import type { Tokens } from '../../agent/model.ts';
import { parseEvent, type SessionEvent } from '../../agent/session-event.ts';
import { CodeAgentError, EXIT } from '../../code-agent-error.ts';
import { eventJson } from '../journal-line.ts';
import { chainSeal, type JournalRecord } from '../journal-record.ts';

/** A session as the database lists it. */
export interface StoredSession {
  readonly id: string;
  readonly repository: string;
  readonly door: string;
  readonly startedAt: Date;
  /** Null while it has not ended. */
  readonly outcome: string | null;
  readonly ms: number | null;
  /** Those that count; of a session that has not ended null. */
  readonly findings: number | null;
  readonly calls: number;
  readonly tokens: Tokens;
  /** US dollars, of the models with a price. */
  readonly usd: number;
}

/** The latest sessions, newest first: of one repository, or of all. */
export async function storedSessions(
  sql: Sql,
  { repository, limit }: { readonly repository: string | null; readonly limit: number },
): Promise<StoredSession[]> {
  const rows = await sql<StoredRow[]>`
    select s.id, r.identity as repository, s.door, s.started_at as "startedAt", s.outcome, s.ms,
      s.findings_kept as findings, m.*
    from code_agent.sessions s
    join code_agent.repositories r on r.id = s.repository_id
    cross join lateral (
      select coalesce(sum(calls), 0)::int as calls, coalesce(sum(input_tokens), 0)::float8 as input,
        coalesce(sum(output_tokens), 0)::float8 as output, coalesce(sum(cache_read_tokens), 0)::float8 as "cacheRead",
        coalesce(sum(cache_write_tokens), 0)::float8 as "cacheWrite", coalesce(sum(usd), 0)::float8 as usd
      from code_agent.session_models where session_id = s.id
    ) m
    ${repository === null ? sql`` : sql`where s.repository_id = ${repository}`}
    order by s.started_at desc, s.id desc limit ${limit}`;
  return rows.map(({ input, output, cacheRead, cacheWrite, ...row }) => ({
    ...row,
    tokens: { input, output, cacheRead, cacheWrite },
  }));
}

type StoredRow = Omit<StoredSession, 'tokens'> & StoredSession['tokens'];

/** The ids that begin so or end so; at most three, for one is wanted. */
export async function storedIds(sql: Sql, part: string): Promise<string[]> {
  if (!/^[0-9a-f-]{4,36}$/.test(part)) return [];
  const reversed = [...part].reverse().join('');
  const rows = await sql<{ id: string }[]>`
    select id from code_agent.sessions where id >= ${filled(part, '0')} and id <= ${filled(part, 'f')}
    union
    select id from code_agent.sessions where reverse(id::text) like ${`${reversed}%`}
    limit 3`;
  return rows.map(({ id }) => id);
}

/** The first or the last id that begins so. */
const filled = (part: string, digit: string): string => {
  const digits = part.replaceAll('-', '').slice(0, 32).padEnd(32, digit);
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
};

/** The events of a session, as its journal had them. None when it is not stored. */
export async function storedRecords(sql: Sql, id: string): Promise<JournalRecord[]> {
  const rows = await rowsBehind(sql, id, 0);
  let link = '';
  return rows.map(({ data, ...row }) => {
    const event = readEvent(row, data);
    const json = eventJson(event, data);
    link = chainSeal(link, json);
    return { event, json, link };
  });
}

/** Those of its events that are behind the number `seq`. */
export const storedEvents = async (sql: Sql, id: string, seq: number): Promise<SessionEvent[]> =>
  (await rowsBehind(sql, id, seq)).map(({ data, ...row }) => readEvent(row, data));

const rowsBehind = (sql: Sql, id: string, seq: number) =>
  sql<{ seq: number; type: string; version: number; at: string; data: string }[]>`
    select seq, type, version, to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at, data
    from code_agent.events where session_id = ${id} and seq > ${seq} order by seq`;

function readEvent(row: { readonly seq: number }, data: string): JournalRecord['event'] {
  try {
    return parseEvent({ ...row, data: JSON.parse(data) as unknown });
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new CodeAgentError(cause.message, {
      exitCode: EXIT.incomplete,
      advice: 'A newer code-agent has written it: update this one.',
      cause,
    });
  }
}
