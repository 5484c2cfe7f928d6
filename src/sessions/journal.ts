import { createHash } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { type NewEvent, parseEvent, type SessionEvent, versionOf } from '../agent/session-event.ts';
import { CodeAgentError, EXIT } from '../code-agent-error.ts';
import { holdLock } from './hold-lock.ts';
import { isMissing } from './is-missing.ts';
import { keepNewest } from './keep-newest.ts';
import { namesIn } from './names-in.ts';

/** The events of one session, written by the process that works on it. */
export interface Journal {
  readonly id: string;
  /** What was in it when it was opened. */
  readonly events: readonly SessionEvent[];
  /** Bytes at its end that were no whole record and were cut off. */
  readonly cut: number;
  /** Writes an event behind the others. `durable`: it is on the disk when this returns, for it decides what is done next. */
  append(event: NewEvent, options?: { readonly durable?: boolean }): SessionEvent;
  close(): void;
}

/** What a journal holds. */
export interface JournalContent {
  /** Up to the first record that is not whole. */
  readonly events: readonly SessionEvent[];
  /** Null when all of it was read. */
  readonly damage: JournalDamage | null;
}

export interface JournalDamage {
  /** `torn`: the last write was not finished. `corrupt`: what was written has changed since. */
  readonly kind: 'torn' | 'corrupt';
  /** How many bytes are good, and how many are behind them. */
  readonly good: number;
  readonly lost: number;
  readonly why: string;
}

const folderOf = (commonDir: string): string => join(commonDir, 'code-agent', 'sessions');
const fileOf = (commonDir: string, id: string): string => join(folderOf(commonDir), `${named(id)}.journal`);

function named(id: string): string {
  if (/^[0-9a-f-]{36}$/.test(id)) return id;
  throw new CodeAgentError(`${JSON.stringify(id)} is no id of a session`, { exitCode: EXIT.usage });
}

/** The ids of the sessions that have a journal here, oldest first: they begin with the time. */
export function journalIds(commonDir: string): string[] {
  const names = namesIn(folderOf(commonDir)).filter((name) => name.endsWith('.journal'));
  return names.map((name) => name.slice(0, -'.journal'.length)).sort();
}

/** So many are kept, until they can be moved to a database. */
const KEPT = 500;

/** Begins the journal of a new session. */
export function createJournal(commonDir: string, id: string): Journal {
  const file = fileOf(commonDir, id);
  mkdirSync(folderOf(commonDir), { recursive: true });
  keepNewest(folderOf(commonDir), KEPT);
  const release = holdLock(file);
  const descriptor = openSync(file, 'ax', 0o600);
  // The name too must be there after a crash.
  syncFolder(dirname(file));
  return writing(id, descriptor, [], '', 0, release);
}

/**
 * Goes on with a journal: what is behind its last whole record is cut off. Rejects with exit code 2 when there is none
 * or another process has it, with 3 when what was written has changed since.
 */
export function openJournal(commonDir: string, id: string): Journal {
  const file = fileOf(commonDir, id);
  const release = holdLock(file);
  try {
    const { events, damage, chain } = parse(readOrRefuse(file, id));
    if (damage?.kind === 'corrupt') throw corrupt(id, damage);
    const descriptor = openSync(file, 'r+');
    if (damage !== null) {
      ftruncateSync(descriptor, damage.good);
      fsyncSync(descriptor);
    }
    closeSync(descriptor);
    return writing(id, openSync(file, 'a'), events, chain, damage?.lost ?? 0, release);
  } catch (error) {
    release();
    throw error;
  }
}

/** Reads a journal, also one that another process is writing. Rejects with exit code 2 when there is none. */
export function readJournal(commonDir: string, id: string): JournalContent {
  const { events, damage } = parse(readOrRefuse(fileOf(commonDir, id), id));
  return { events, damage };
}

/** Takes a journal away. */
export function removeJournal(commonDir: string, id: string): void {
  const file = fileOf(commonDir, id);
  const release = holdLock(file);
  rmSync(file, { force: true });
  release();
}

function writing(
  id: string,
  descriptor: number,
  events: readonly SessionEvent[],
  start: string,
  cut: number,
  release: () => void,
): Journal {
  let chain = start;
  let seq = events.length;
  return {
    id,
    events,
    cut,
    append(event, { durable = false } = {}) {
      seq += 1;
      const version = versionOf(event.type);
      const made: SessionEvent = { ...event, version, seq, at: new Date().toISOString() };
      const json = JSON.stringify(made);
      chain = link(chain, json);
      const record = Buffer.from(`${chain} ${json}\n`);
      for (let at = 0; at < record.length; ) at += writeSync(descriptor, record, at);
      if (durable) fsyncSync(descriptor);
      return made;
    },
    close() {
      closeSync(descriptor);
      release();
    },
  };
}

/**
 * A record is the link of its chain, a space, and the event: 32 hexadecimal digits of sha256 over the link before it
 * and the event. So a record that is cut, changed, left out or put elsewhere is seen.
 */
const link = (before: string, json: string): string =>
  createHash('sha256').update(`${before}\n${json}`).digest('hex').slice(0, LINK);
const LINK = 32;
const NEWLINE = 10;

function parse(bytes: Buffer): JournalContent & { readonly chain: string } {
  const events: SessionEvent[] = [];
  let chain = '';
  let at = 0;
  while (at < bytes.length) {
    const end = bytes.indexOf(NEWLINE, at);
    const record = end === -1 ? null : parseRecord(bytes.toString('utf8', at, end), chain, events.length + 1);
    if (record === null || 'why' in record) {
      // What a crash leaves has nothing whole behind it.
      const torn = end === -1 || bytes.indexOf(NEWLINE, end + 1) === -1;
      const why = record?.why ?? 'the last record has no end';
      const damage = {
        kind: torn ? ('torn' as const) : ('corrupt' as const),
        good: at,
        lost: bytes.length - at,
        why,
      };
      return { events, damage, chain };
    }
    events.push(record.event);
    chain = record.chain;
    at = end + 1;
  }
  return { events, damage: null, chain };
}

function parseRecord(
  record: string,
  before: string,
  seq: number,
): { readonly event: SessionEvent; readonly chain: string } | { readonly why: string } {
  const json = record.slice(LINK + 1);
  const chain = link(before, json);
  if (record.slice(0, LINK + 1) !== `${chain} `) return { why: `record ${seq} does not fit its checksum` };
  const event = parseEvent(JSON.parse(json));
  return event.seq === seq ? { event, chain } : { why: `record ${seq} has the number ${event.seq}` };
}

function readOrRefuse(file: string, id: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    if (!isMissing(error)) throw error;
    throw new CodeAgentError(`there is no session ${id}`, {
      exitCode: EXIT.usage,
      advice: '`code-agent sessions list` shows those that there are.',
    });
  }
}

const corrupt = (id: string, { good, lost, why }: JournalDamage): CodeAgentError =>
  new CodeAgentError(`the journal of session ${id} is damaged: ${why}`, {
    exitCode: EXIT.incomplete,
    advice: `Its first ${good} bytes are good, ${lost} are behind them. It is read up to there, and not gone on with.`,
  });

/** After a crash a file may be there without its name, but for this. Windows cannot, and need not. */
function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
