import type { SessionState } from './fold-session.ts';
import type { Tokens } from './model.ts';

/** What the sessions of a repository took on one day, by the model that answered them most. */
export interface StatsRow {
  /** As the database knows it; null: this one. */
  readonly repository: string | null;
  /** `2026-11-21`, in UTC. */
  readonly day: string;
  /** Null: the checks alone. */
  readonly model: string | null;
  readonly sessions: number;
  readonly findings: { readonly kept: number; readonly suppressed: number; readonly dropped: number };
  /** Answers of the model, also in sessions that another one answered more of. */
  readonly calls: number;
  readonly failures: number;
  readonly tokens: Tokens;
  /** US dollars, where the model has a price. */
  readonly usd: number;
  /** Of the sessions, from beginning to end. */
  readonly ms: number;
}

/** By day, the latest first, and by model. Sessions count for the model that answered them most. */
export function statsOf(states: readonly SessionState[]): StatsRow[] {
  const rows = new Map<string, StatsRow>();
  const add = (day: string, model: string | null, more: Partial<Omit<StatsRow, 'day' | 'model'>>): void => {
    const key = `${day} ${model ?? ''}`;
    rows.set(key, sum(rows.get(key) ?? { ...NOTHING, day, model }, more));
  };
  for (const { startedAt, models, ended } of states) {
    const day = startedAt.slice(0, 10);
    const [most] = [...models].sort(
      (one, other) => other.calls - one.calls || (one.model < other.model ? -1 : 1),
    );
    add(day, most?.model ?? null, {
      sessions: 1,
      ms: ended?.ms ?? 0,
      ...(ended !== null && { findings: ended.findings }),
    });
    for (const { model, calls, failures, usage, usd } of models)
      add(day, model, { calls, failures, tokens: usage, usd: usd ?? 0 });
  }
  return [...rows.values()].sort(byDayAndModel);
}

const NOTHING = {
  ...{ repository: null, sessions: 0, calls: 0, failures: 0, usd: 0, ms: 0 },
  findings: { kept: 0, suppressed: 0, dropped: 0 },
  tokens: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 },
};

const sum = (row: StatsRow, more: Partial<StatsRow>): StatsRow => ({
  ...row,
  sessions: row.sessions + (more.sessions ?? 0),
  calls: row.calls + (more.calls ?? 0),
  failures: row.failures + (more.failures ?? 0),
  usd: row.usd + (more.usd ?? 0),
  ms: row.ms + (more.ms ?? 0),
  findings: {
    kept: row.findings.kept + (more.findings?.kept ?? 0),
    suppressed: row.findings.suppressed + (more.findings?.suppressed ?? 0),
    dropped: row.findings.dropped + (more.findings?.dropped ?? 0),
  },
  tokens: {
    input: row.tokens.input + (more.tokens?.input ?? 0),
    output: row.tokens.output + (more.tokens?.output ?? 0),
    cacheRead: row.tokens.cacheRead + (more.tokens?.cacheRead ?? 0),
    cacheWrite: row.tokens.cacheWrite + (more.tokens?.cacheWrite ?? 0),
  },
});

/** The latest day first; the checks alone before models. */
export const byDayAndModel = (one: StatsRow, other: StatsRow): number =>
  other.day.localeCompare(one.day) ||
  (one.repository ?? '').localeCompare(other.repository ?? '') ||
  (one.model ?? '').localeCompare(other.model ?? '');
