import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Sql } from 'postgres';
import { storedFindings } from '../../src/sessions/postgres/stored-findings.ts';
import { storedIds, storedRecords, storedSessions } from '../../src/sessions/postgres/stored-sessions.ts';
import { storedStats } from '../../src/sessions/postgres/stored-stats.ts';
import type { PostgresServer } from '../../test/support/postgres-server.ts';
import { type Amount, addFindings, addSessions, DAYS } from './many-sessions.ts';
import { type Limit, median, type Row, ratioLimit, type Table } from './table.ts';
import { migrated } from './time-writers.ts';
import { readWhole, shortPlan, type WatchedDatabase, watchDatabase } from './watched-database.ts';
import type { Workbench } from './workbench.ts';

/** Milliseconds of a list or a session. */
const LIST_AT_MOST = 20;
/** Times a count of all sessions. */
const STATS_AT_MOST = 10;
const ALL_STATS_AT_MOST = 100;
/** Of four times as many. */
const GROWTH_AT_MOST = 8;

/** So few sessions are rightly read whole. */
const FEW = 50_000;

/** What a list, or the stats of some days, must find by an index. */
const LARGE = ['sessions', 'session_models', 'events', 'findings'];

const FINDINGS = 100_000;
const LISTED = 50;
/** Of what takes a second: counting the events. */
const ENOUGH = 3;

/** What lists, shows and counts sessions, over many of them, and what reads or takes away all. */
export async function timeReading(
  workbench: Workbench,
  server: PostgresServer,
  runs: number,
  amount: Amount,
): Promise<Table[]> {
  const database = watchDatabase(await migrated(workbench, server));
  try {
    const { sql } = database;
    const quarter = Math.round(amount.sessions / 4);
    await addSessions(sql, amount, { from: 0, to: quarter });
    const small = await timeVerify(sql);
    await addSessions(sql, amount, { from: quarter, to: amount.sessions });
    await addFindings(sql, FINDINGS);
    const large = await timeVerify(sql);
    return [
      await tableOfQueries(database, runs),
      { title: 'The audit chain is verified', rows: growthRows('links', small, large) },
      await tableOfPrune(sql, amount),
    ];
  } finally {
    await database.end();
  }
}

interface Query {
  readonly what: string;
  /** What is counted in the same run. */
  readonly table: keyof typeof COUNTED;
  readonly run: () => Promise<readonly unknown[]>;
  readonly limit?: (ms: number, ratio: number) => Limit;
  /** The large tables of which it asks for so much that they are rightly read whole. */
  readonly whole?: readonly string[];
}

/** How often, at most. */
const COUNTED = { sessions: 21, events: ENOUGH, findings: 21 };

async function tableOfQueries(database: WatchedDatabase, runs: number): Promise<Table> {
  const { sql } = database;
  const counts = new Map<string, number[]>();
  for (const [table, most] of Object.entries(COUNTED))
    counts.set(
      table,
      await timed(Math.min(runs, most), () => sql`select count(*) from code_agent.${sql(table)}`),
    );
  const rows: Row[] = [...counts].map(([table, times]) => ({
    what: `\`count(*)\` of ${table}`,
    times,
    ratio: 1,
  }));
  const [size] = await sql<{ sessions: number; events: number }[]>`
    select (select count(*)::int from code_agent.sessions) as sessions, (select count(*)::int from code_agent.events) as events`;
  const { sessions = 0, events = 0 } = size ?? {};
  const plans: string[] = [];
  for (const { what, table, run, limit, whole = [] } of await queriesOf(sql)) {
    if ((await run()).length === 0) throw new Error(`${what}: nothing was found`);
    const times = await timed(runs, run);
    const ratio = median(times) / median(counts.get(table) ?? []);
    const own = await database.plansOf(run);
    plans.push(...own.map((plan) => `${what}\n\n${plan}\n`));
    const isRead =
      sessions >= FEW && own.flatMap(readWhole).some((read) => LARGE.includes(read) && !whole.includes(read));
    const held = limit?.(median(times), ratio);
    rows.push({
      ...{ what, times, ratio, note: own.map(shortPlan).join('; ') },
      ...(isRead ? { limit: { text: 'an index', held: false } } : held && { limit: held }),
    });
  }
  const file = join(mkdtempSync(join(tmpdir(), 'code-agent-plans-')), 'plans.txt');
  writeFileSync(file, plans.join('\n'));
  process.stderr.write(`the plans of the queries are in ${file}\n`);
  return {
    title: `${english(sessions)} sessions with ${english(events)} events, ${english(FINDINGS)} findings, ${DAYS} days`,
    rows,
  };
}

async function queriesOf(sql: Sql): Promise<Query[]> {
  const [one] = await sql<{ id: string; repository: string }[]>`
    select id, repository_id as repository from code_agent.sessions
    where last_seq between 90 and 110 order by started_at limit 1 offset 100`;
  if (one === undefined) throw new Error('there is no session of about 100 events');
  const { id, repository } = one;
  const since = (days: number) => new Date(Date.now() - days * 86_400_000);
  const list = (ms: number): Limit => ({ text: `${LIST_AT_MOST} ms`, held: ms <= LIST_AT_MOST });
  const stats = (_ms: number, ratio: number): Limit => ratioLimit(ratio, STATS_AT_MOST);
  return [
    {
      ...{ what: `**the list** of ${LISTED} of a repository`, table: 'sessions', limit: list },
      run: () => storedSessions(sql, { repository, limit: LISTED }),
    },
    {
      ...{ what: `**the list** of ${LISTED} of all`, table: 'sessions', limit: list },
      run: () => storedSessions(sql, { repository: null, limit: LISTED }),
    },
    {
      ...{
        what: '**stats** of 30 days of a repository',
        table: 'sessions',
        limit: stats,
      },
      run: () => storedStats(sql, { repository, since: since(30) }),
    },
    {
      ...{ what: '**stats** of 30 days of all', table: 'sessions', limit: stats },
      run: () => storedStats(sql, { repository: null, since: since(30) }),
    },
    {
      ...{ what: `**stats** of all ${DAYS} days`, table: 'sessions', whole: ['sessions', 'session_models'] },
      limit: (_ms, ratio) => ratioLimit(ratio, ALL_STATS_AT_MOST),
      run: () => storedStats(sql, { repository: null, since: since(DAYS + 1) }),
    },
    {
      ...{ what: '**a session** by the end of its id', table: 'sessions', limit: list },
      run: () => storedIds(sql, id.slice(-8)),
    },
    {
      ...{ what: '**a session** by the beginning of its id', table: 'sessions', limit: list },
      run: () => storedIds(sql, id.slice(0, 13)),
    },
    {
      ...{ what: '**the events** of a session, 100 of them', table: 'events', limit: list },
      run: () => storedRecords(sql, id),
    },
    {
      ...{ what: `**the findings**, ${LISTED} open ones`, table: 'findings', limit: list },
      run: () => storedFindings(sql, repository, { states: ['open'], limit: LISTED }),
    },
    {
      ...{ what: `**the findings**, ${LISTED} in any state`, table: 'findings', limit: list },
      run: () => storedFindings(sql, repository, { states: ['open', 'fixed', 'dismissed'], limit: LISTED }),
    },
  ];
}

/** How long it took, and over how many. */
interface Timed {
  readonly count: number;
  readonly ms: number;
}

async function timeVerify(sql: Sql): Promise<Timed> {
  const [ms = Number.NaN] = await timed(1, async () => {
    const problems = await sql`select problem from code_agent.verify_audit()`;
    if (problems.length > 0) throw new Error(`the chain is broken: ${JSON.stringify(problems[0])}`);
  });
  const [audit] = await sql<{ links: number }[]>`select count(*)::int as links from code_agent.audit`;
  return { count: audit?.links ?? 0, ms };
}

async function tableOfPrune(sql: Sql, { sessions }: Amount): Promise<Table> {
  const prune = async (share: number): Promise<Timed> => {
    const [last] = await sql<{ at: Date }[]>`
      select last_at as at from code_agent.sessions order by last_at offset ${Math.round(sessions * share)} limit 1`;
    let count = 0;
    const [ms = Number.NaN] = await timed(1, async () => {
      const [pruned] = await sql<
        { count: number }[]
      >`select code_agent.prune_sessions(${last?.at ?? fail()}) as count`;
      count = pruned?.count ?? 0;
    });
    return { count, ms };
  };
  return {
    title: 'Sessions are pruned',
    rows: growthRows('sessions', await prune(1 / 40), await prune(1 / 10)),
  };
}

/** Four times as many take a little more than four times as long, for not all fits into memory. Sixteen times were quadratic. */
const growthRows = (things: string, small: Timed, large: Timed): Row[] => {
  const ratio = large.ms / small.ms;
  const each = ({ count, ms }: Timed) => `${((ms * 1_000) / count).toFixed(0)} µs each`;
  return [
    { what: `${english(small.count)} ${things}`, times: [small.ms], ratio: 1, note: each(small) },
    {
      ...{ what: `${english(large.count)} ${things}`, times: [large.ms], ratio, note: each(large) },
      limit: ratioLimit(ratio, GROWTH_AT_MOST),
    },
  ];
};

/** Milliseconds of each run. */
async function timed(runs: number, work: () => Promise<unknown>): Promise<number[]> {
  const times: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    const start = performance.now();
    await work();
    times.push(performance.now() - start);
  }
  return times;
}

const english = (count: number): string => count.toLocaleString('en');

function fail(): never {
  throw new Error('there are fewer sessions than that');
}
