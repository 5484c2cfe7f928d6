import { addUsage, NO_USAGE } from './budget.ts';
import type { Usage } from './model.ts';
import type { EventData, SessionEvent } from './session-event.ts';

/** What a session has come to. */
export interface SessionState {
  readonly started: EventData['session-started'];
  /** ISO 8601. */
  readonly startedAt: string;
  readonly lastAt: string;
  readonly runs: readonly RunState[];
  /** In the order in which they were first asked. */
  readonly models: readonly ModelState[];
  /** Answers that models gave. */
  readonly calls: number;
  readonly usage: Usage;
  /** US dollars, of the answers with a price. */
  readonly usd: number;
  readonly findings: readonly EventData['finding-made']['finding'][];
  /** Null while it goes on, or when it was interrupted. */
  readonly ended: EventData['session-ended'] | null;
}

/** What a model was asked for, and what it took. */
export interface ModelState {
  readonly model: string;
  /** Answers that it gave, and requests that it gave none to. */
  readonly calls: number;
  readonly failures: number;
  readonly usage: Usage;
  /** US dollars; null without a price. */
  readonly usd: number | null;
}

export interface RunState {
  readonly run: string;
  readonly persona: string;
  readonly paths: readonly string[];
  readonly turns: number;
  readonly toolCalls: number;
  /** Null while it has not. */
  readonly ended: string | null;
}

/** The state that events lead to. Pure: the same events, the same state. Throws RangeError when they are no session's. */
export function foldSession(events: readonly SessionEvent[]): SessionState {
  const [first, ...more] = events;
  if (first?.type !== 'session-started') throw new RangeError('a session begins with session-started');
  const begun: SessionState = {
    started: first.data,
    startedAt: first.at,
    lastAt: first.at,
    ...{ runs: [], models: [], calls: 0, usage: NO_USAGE, usd: 0, findings: [], ended: null },
  };
  return more.reduce((state, event) => ({ ...fold(state, event), lastAt: event.at }), begun);
}

function fold(state: SessionState, event: SessionEvent): SessionState {
  switch (event.type) {
    case 'run-started': {
      const { run, persona, paths } = event.data;
      return {
        ...state,
        runs: [...state.runs, { run, persona, paths, turns: 0, toolCalls: 0, ended: null }],
      };
    }
    case 'model-responded': {
      const { run, response, usd } = event.data;
      const counted = {
        ...state,
        calls: state.calls + 1,
        usage: addUsage(state.usage, response.usage),
        usd: state.usd + (usd ?? 0),
        models: withModel(state.models, event.data.model, (one) => ({
          ...one,
          calls: one.calls + 1,
          usage: addUsage(one.usage, response.usage),
          usd: usd === null ? one.usd : (one.usd ?? 0) + usd,
        })),
      };
      return inRun(counted, run, (one) => ({ ...one, turns: one.turns + 1 }));
    }
    case 'model-failed': {
      const { model, usage } = event.data;
      const failed = (one: ModelState): ModelState => ({
        ...one,
        failures: one.failures + 1,
        usage: usage === null ? one.usage : addUsage(one.usage, usage),
      });
      return { ...state, models: withModel(state.models, model, failed) };
    }
    case 'tool-called':
      return inRun(state, event.data.run, (one) => ({ ...one, toolCalls: one.toolCalls + 1 }));
    case 'run-ended':
      return inRun(state, event.data.run, (one) => ({ ...one, ended: event.data.ended }));
    case 'finding-made':
      return { ...state, findings: [...state.findings, event.data.finding] };
    case 'session-ended':
      return { ...state, ended: event.data };
    default:
      return state;
  }
}

function withModel(
  models: readonly ModelState[],
  model: string,
  change: (one: ModelState) => ModelState,
): readonly ModelState[] {
  if (models.some((one) => one.model === model))
    return models.map((one) => (one.model === model ? change(one) : one));
  return [...models, change({ model, calls: 0, failures: 0, usage: NO_USAGE, usd: null })];
}

const inRun = (state: SessionState, run: string, change: (one: RunState) => RunState): SessionState => ({
  ...state,
  runs: state.runs.map((one) => (one.run === run ? change(one) : one)),
});
