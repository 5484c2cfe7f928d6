import { createHash } from 'node:crypto';
import { parseEvent, type SessionEvent } from '../agent/session-event.ts';
import { eventJson, LINK, type Seal } from './journal-line.ts';
import { isQuick, quickSeal } from './quick-seal.ts';

/**
 * A line of a journal: the link of its chain, a space, and the event. The link is made of the link before it and the
 * event, so a record that is cut, changed, left out or put elsewhere is seen.
 */
export interface JournalRecord {
  readonly event: SessionEvent;
  /** To the letter. */
  readonly json: string;
  readonly link: string;
}

/** What a journal holds. */
export interface JournalContent {
  /** Up to the first that is not whole. */
  readonly records: readonly JournalRecord[];
  readonly events: readonly SessionEvent[];
  /** Null when all of it was read. */
  readonly damage: JournalDamage | null;
}

export interface JournalDamage {
  /**
   * `torn`: the last write was not finished. `corrupt`: what was written has changed since. `newer`: a newer code-agent has
   * written what this one does not know.
   */
  readonly kind: 'torn' | 'corrupt' | 'newer';
  /** How many bytes are good, and how many are behind them. */
  readonly good: number;
  readonly lost: number;
  readonly why: string;
}

const NEWLINE = 10;

/** The data of an event as it was written, to the letter. Throws RangeError when it is not in the form of {@link eventJson}. */
export function dataOf({ event, json }: JournalRecord): string {
  const [before = '', after = ''] = eventJson(event, '\0').split('\0');
  const data = json.slice(before.length, json.length - after.length);
  if (eventJson(event, data) === json) return data;
  throw new RangeError(`event ${event.seq} is not written as code-agent writes events`);
}

/** Hexadecimal digits of sha256. */
export const chainSeal: Seal = (before, json) =>
  createHash('sha256').update(`${before}\n${json}`).digest('hex').slice(0, LINK);

/** Where a journal is read on: behind its record `seq`, whose link is `link`. */
export type JournalPlace = Pick<JournalRecord, 'link'> & Pick<SessionEvent, 'seq'>;

const BEGINNING: JournalPlace = { link: '', seq: 0 };

/** Reads records up to the first that is not whole. `behind`: the bytes are those behind that place. */
export function parseJournal(bytes: Buffer, behind: JournalPlace = BEGINNING): JournalContent {
  const records: JournalRecord[] = [];
  const contentWith = (damage: JournalDamage | null): JournalContent => ({
    records,
    events: records.map(({ event }) => event),
    damage,
  });
  let { link } = behind;
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf(NEWLINE, at);
    const record =
      end === -1
        ? { why: 'the last record has no end' }
        : parseRecord(bytes.toString('utf8', at, end), link, behind.seq + records.length + 1);
    if ('why' in record) {
      // What a crash leaves has nothing whole behind it.
      const torn = end === -1 || bytes.indexOf(NEWLINE, end + 1) === -1;
      const kind = record.kind ?? (torn ? 'torn' : 'corrupt');
      return contentWith({ kind, good: at, lost: bytes.length - at, why: record.why });
    }
    records.push(record);
    link = record.link;
    at = end + 1;
  }
  return contentWith(null);
}

function parseRecord(
  line: string,
  before: string,
  seq: number,
): JournalRecord | { readonly why: string; readonly kind?: 'newer' } {
  const json = line.slice(LINK + 1);
  const seal = isQuick(line.slice(0, LINK)) ? quickSeal : chainSeal;
  const link = seal(before, json);
  if (line.slice(0, LINK + 1) !== `${link} `) return { why: `record ${seq} does not fit its checksum` };
  try {
    const event = parseEvent(JSON.parse(json));
    return event.seq === seq ? { event, json, link } : { why: `record ${seq} has the number ${event.seq}` };
  } catch (error) {
    // Its checksum fits: this is what was written.
    if (error instanceof RangeError) return { why: error.message, kind: 'newer' };
    throw error;
  }
}
