import type { SessionEvent } from '../agent/session-event.ts';

/** An answer that was told, and what the worktree held behind its turn. */
export interface RecordedReturn {
  readonly content: string;
  readonly isError: boolean;
  readonly kept: { readonly tree: string; readonly patch: string } | null;
}

/**
 * The answers of turns that are whole: each call was answered, and all was kept. Of another turn, some of what it did may be
 * done and not kept: it is to be made anew, on what was kept before it. By {@link callKey}.
 */
export function recordedReturns(events: readonly SessionEvent[]): ReadonlyMap<string, RecordedReturn> {
  const calls = new Map<string, string[]>();
  const returned = new Map<string, Pick<RecordedReturn, 'content' | 'isError'>>();
  const kept = new Map<string, NonNullable<RecordedReturn['kept']>>();
  for (const { type, data } of events) {
    if (type === 'tool-called') {
      const turn = turnKey(data.run, data.turn);
      calls.set(turn, [...(calls.get(turn) ?? []), callKey(data.run, data.call.id)]);
    }
    if (type === 'tool-returned') returned.set(callKey(data.run, data.callId), data);
    if (type === 'worktree-kept') kept.set(turnKey(data.run, data.turn), data);
  }
  const whole = new Map<string, RecordedReturn>();
  for (const [turn, keys] of calls) {
    const answers = keys.map((key) => [key, returned.get(key)] as const);
    if (answers.some(([, answer]) => answer === undefined)) continue;
    for (const [key, answer] of answers)
      if (answer !== undefined)
        whole.set(key, { content: answer.content, isError: answer.isError, kept: kept.get(turn) ?? null });
  }
  return whole;
}

export const callKey = (run: string, callId: string): string => JSON.stringify([run, callId]);
const turnKey = (run: string, turn: number): string => JSON.stringify([run, turn]);
