import type { SessionEvent } from '../agent/session-event.ts';

/** A request as it stands in a session: to be compared, not to be sent. */
export interface RecordedRequest {
  readonly model: string;
  readonly system: string;
  readonly tools: readonly unknown[];
  readonly messages: readonly unknown[];
  readonly maxOutput: number;
}

/** The requests of a session, each put together again from what was new in it. */
export function recordedRequests(events: readonly SessionEvent[]): RecordedRequest[] {
  const latest = new Map<string, RecordedRequest>();
  return events.flatMap((event) => {
    if (event.type !== 'model-requested') return [];
    const { run, model, added } = event.data;
    const before = latest.get(run);
    const { system = before?.system ?? '', tools = before?.tools ?? [], maxOutput } = added;
    const messages =
      added.system === undefined ? [...(before?.messages ?? []), ...added.messages] : added.messages;
    const request = { model, system, tools, messages, maxOutput };
    latest.set(run, request);
    return [request];
  });
}
