import type { SessionState } from '../agent/fold-session.ts';
import type { Tokens } from '../agent/model.ts';
import type { StoredSession } from '../sessions/postgres/stored-sessions.ts';
import type { ListedSession } from './session-list.ts';

/** A session in a list. */
export interface SessionSummary {
  readonly id: string;
  /** As the database knows it; null: it is in a journal of this one. */
  readonly repository: string | null;
  /** Null, as all but the damage, when not even its beginning can be read. */
  readonly door: string | null;
  /** ISO 8601. */
  readonly startedAt: string | null;
  /** Null while it has not ended. */
  readonly outcome: string | null;
  readonly ms: number | null;
  readonly findings: number;
  readonly calls: number;
  readonly tokens: Tokens;
  /** US dollars, of the answers with a price. */
  readonly usd: number;
  /** What is wrong with its journal; null when nothing is. */
  readonly damage: string | null;
}

const NO_TOKENS = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 };

export function summaryOfJournal({ id, state, damage }: ListedSession): SessionSummary {
  const why = damage?.why ?? (state === null ? 'it is empty' : null);
  if (state === null)
    return {
      ...{ id, repository: null, door: null, startedAt: null, outcome: null, ms: null },
      ...{ findings: 0, calls: 0, tokens: NO_TOKENS, usd: 0, damage: why },
    };
  const { started, startedAt, ended, calls, usd } = state;
  return {
    ...{ id, repository: null, door: started.door, startedAt, calls, usd, damage: why },
    ...{ outcome: ended?.outcome ?? null, ms: ended?.ms ?? null },
    findings: countOf(state),
    tokens: tokensOf(state),
  };
}

const countOf = ({ findings }: SessionState): number =>
  findings.filter(({ suppressed }) => suppressed === null).length;

const tokensOf = ({ usage: { input, output, cacheRead, cacheWrite } }: SessionState) => ({
  ...{ input, output, cacheRead, cacheWrite },
});

export const summaryOfStored = ({ startedAt, findings, ...stored }: StoredSession): SessionSummary => ({
  ...stored,
  startedAt: startedAt.toISOString(),
  findings: findings ?? 0,
  damage: null,
});
