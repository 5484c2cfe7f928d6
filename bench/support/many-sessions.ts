import type { Sql } from 'postgres';
import { EVENT_VERSIONS } from '../../src/agent/event-versions.ts';
import type { NewEvent } from '../../src/agent/session-event.ts';
import { sampleFinding, sessionEvents } from '../../test/support/session-journal.ts';

/** How large a database is made. */
export interface Amount {
  readonly sessions: number;
  readonly events: number;
}

export const DAYS = 400;
export const REPOSITORIES = 3;
/** Of the sessions, in tenths. */
const WITH_MODELS = 6;
/** Of a session of the checks alone. */
const FEW = 4;

/**
 * Sessions as they would be after {@link DAYS} days in {@link REPOSITORIES} repositories: six of ten have asked models, over turns of
 * five events; the others have four events. Those with numbers in `(from, to]` of `sessions`, with their events and links of
 * the audit chain, which are those that the triggers would have made.
 */
export async function addSessions(
  sql: Sql,
  { sessions, events }: Amount,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<void> {
  const most = Math.round((events / sessions - FEW * (1 - WITH_MODELS / 10)) / (WITH_MODELS / 10));
  await sql.begin(async (step) => {
    await step.unsafe(`set local session_replication_role = replica; set local search_path = code_agent, public;
      set local synchronous_commit = off`);
    await step.unsafe(`insert into repositories (identity)
      select 'github.com/bench/' || n from generate_series(1, ${REPOSITORIES}) n on conflict do nothing`);
    await step.unsafe(`create temp table made on commit drop as
      select n, md5(n::text) as hash, n % 10 < ${WITH_MODELS} as asks,
        date_trunc('milliseconds', now() - interval '${DAYS} days' * (1 - n::float8 / ${sessions})) as at,
        -- Half of the average to one and a half times it, in whole turns.
        case when n % 10 < ${WITH_MODELS} then 2 + 5 * round((${most} - 2) / 5.0 * (0.5 + (n * 7919 % 1000) / 1000.0))::int
          else ${FEW} end as length,
        null::uuid as id
      from generate_series(${from + 1}, ${to}) n`);
    await step.unsafe(`update made set id =
      (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '7' || left(hash, 3) || '8' || right(hash, 15))::uuid`);
    await step.unsafe(`insert into sessions
      select id, (select min(id) from repositories) + n % ${REPOSITORIES}, 'review', (array['hook', 'cli', 'app'])[1 + n % 3], '0.1.0',
        hash || hash, left(hash || hash, 40), null, 'branch-' || n % 50, at, at + interval '2 s' * length, length, hash,
        at + interval '2 s' * length, case when n % 4 = 0 then 'fail' else 'pass' end, length * 2000, n % 5, n % 2, 0
      from made order by n`);
    await step.unsafe(`insert into session_models
      select id, model, length / 5, 0, 40 * length, 8 * length, 100 * length, 10 * length, 0.001 * length
      from made cross join unnest(array['claude-sonnet-5-5', 'qwen3-coder:30b']) with ordinality as of (model, place)
      where asks and (place = 1 or n % 5 = 0) order by n`);
    const samples = sampleEvents();
    await step`create temp table samples on commit drop as
      select * from json_to_recordset(${JSON.stringify(samples)}::text::json) as sample (type text, version smallint, data json)`;
    await step.unsafe(`insert into events
      select m.id, seq, s.type, s.version, m.at + interval '2 s' * seq, s.data
      from made m cross join generate_series(1, m.length) seq join samples s on s.type = case
        when seq = 1 then 'session-started' when seq = m.length then 'session-ended' when not m.asks then 'finding-made'
        else (array['model-requested', 'model-responded', 'tool-called', 'tool-decided', 'tool-returned'])[1 + (seq - 2) % 5] end
      order by m.n, seq`);
    await step.unsafe(`do $$
      declare chained audit[];
      begin
        for chained in
          select array_agg(row(null, 'event', s.repository_id, e.session_id, e.seq, null, e.at, null,
            event_digest(e.session_id, e.seq, e.type, e.version, e.at, e.data), null)::audit order by e.seq)
          from made m join sessions s using (id) join events e on e.session_id = m.id
          where is_audited(e.type) group by m.n / 100 order by m.n / 100
        loop
          perform add_links(chained);
        end loop;
      end $$`);
  });
  await sql`vacuum (analyze) code_agent.sessions, code_agent.session_models, code_agent.events, code_agent.audit, code_agent.audit_head`;
}

/** Findings of all repositories: of ten three are open, six fixed and one dismissed. */
export async function addFindings(sql: Sql, count: number): Promise<void> {
  await sql.unsafe(`insert into code_agent.findings (repository_id, fingerprint, state, title, path, start_line, end_line,
      severity, category, body, source, last_seen, line, base_commit, state_at, state_by, state_because)
    select (select min(id) from code_agent.repositories) + n % ${REPOSITORIES}, md5(n::text) || md5(n::text),
      (array['open', 'open', 'open', 'fixed', 'fixed', 'fixed', 'fixed', 'fixed', 'fixed', 'dismissed'])[1 + n % 10],
      'The retry loop never waits', 'src/' || n % 900 || '.ts', n % 400, n % 400 + 2, 'error', 'correctness', 'Nothing awaits it.', 'check',
      now() - interval '${DAYS} days' * random(), 'branch-' || n % 50, left(md5(n::text) || md5(n::text), 40), now(),
      case n % 10 when 9 then 'Ada <ada@example.com>' end, case n % 10 when 9 then 'it does' end
    from generate_series(1, ${count}) n`);
  await sql`vacuum (analyze) code_agent.findings`;
}

/** One of each type that is needed, small. */
function sampleEvents(): (NewEvent & { version: number })[] {
  const call = { type: 'tool-call', id: '1', name: 'read_file', input: { path: 'src/upload.ts' } } as const;
  const events: NewEvent[] = [
    ...sessionEvents({ turns: 1, content: 'const delay = 1;', line: 'main', findings: [sampleFinding('a')] }),
    { type: 'tool-called', data: { run: 'r', turn: 1, call } },
  ];
  return events.map((event) => ({ ...event, version: EVENT_VERSIONS[event.type] }));
}
