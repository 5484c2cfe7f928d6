import { EVENT_VERSIONS } from '../agent/event-versions.ts';
import type { NewEvent, SessionEvent } from '../agent/session-event.ts';

/** An event as it stands in a journal: its seal, a space, and the event. */
export interface JournalLine {
  readonly event: SessionEvent;
  readonly link: string;
  /** With its newline. */
  readonly text: string;
}

/** Characters of a seal. */
export const LINK = 32;

/** What a line is told by: made of the link of the line before it, '' before the first, and of its own event. */
export type Seal = (before: string, json: string) => string;

/** An event as it stands in a journal, with its data as it was written. */
export const eventJson = (
  { type, version, seq, at }: Pick<SessionEvent, 'type' | 'version' | 'seq' | 'at'>,
  data: string,
): string => `{"type":${JSON.stringify(type)},"data":${data},"version":${version},"seq":${seq},"at":"${at}"}`;

/** The line of an event that happens at a time, in ISO 8601, behind the link of the one before it. */
export function journalLine(
  happened: NewEvent,
  { seq, at, before }: { readonly seq: number; readonly at: string; readonly before: string },
  seal: Seal,
): JournalLine {
  const event: SessionEvent = { ...happened, version: EVENT_VERSIONS[happened.type], seq, at };
  const json = eventJson(event, JSON.stringify(event.data));
  const link = seal(before, json);
  return { event, link, text: `${link} ${json}\n` };
}
