import {
  closeSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import type { NewEvent, SessionEvent } from '../agent/session-event.ts';
import { CodeAgentError, EXIT } from '../code-agent-error.ts';
import { holdLock } from './hold-lock.ts';
import { isMissing } from './is-missing.ts';
import { dropOldestJournals, journalFile, journalFolder } from './journal-folder.ts';
import { journalLine } from './journal-line.ts';
import {
  chainSeal,
  type JournalContent,
  type JournalDamage,
  type JournalRecord,
  parseJournal,
} from './journal-record.ts';
import { namesIn } from './names-in.ts';
import { isSessionId } from './session-id.ts';

/** The events of one session, written by the process that works on it. */
export interface Journal {
  readonly id: string;
  /** What was in it when it was opened. */
  readonly events: readonly SessionEvent[];
  /** Bytes at its end that were no whole record and were cut off. */
  readonly cut: number;
  /**
   * Writes an event behind the others; throws when the disk does not take it, and has written nothing then. `durable`: it is on
   * the disk when this returns, for it decides what is done next.
   */
  append(event: NewEvent, options?: { readonly durable?: boolean }): SessionEvent;
  close(): void;
}

const fileOf = (commonDir: string, id: string): string => journalFile(commonDir, named(id));

function named(id: string): string {
  if (isSessionId(id)) return id;
  throw new CodeAgentError(`${JSON.stringify(id)} is no id of a session`, { exitCode: EXIT.usage });
}

/** The ids of the sessions that have a journal here, oldest first: they begin with the time. What somebody has put there is none. */
export function journalIds(commonDir: string): string[] {
  const names = namesIn(journalFolder(commonDir)).filter((name) => name.endsWith('.journal'));
  return names
    .map((name) => name.slice(0, -'.journal'.length))
    .filter(isSessionId)
    .sort();
}

/** Begins the journal of a new session. */
export function createJournal(commonDir: string, id: string): Journal {
  const file = fileOf(commonDir, id);
  mkdirSync(journalFolder(commonDir), { recursive: true });
  dropOldestJournals(commonDir);
  const release = holdLock(file);
  const descriptor = openSync(file, 'ax', 0o600);
  // The name too must be there after a crash.
  syncFolder(dirname(file));
  return writing(id, descriptor, [], 0, release);
}

/**
 * Goes on with a journal: what is behind its last whole record is cut off. Rejects with exit code 2 when there is none
 * or another process has it, with 3 when what was written has changed since.
 */
export function openJournal(commonDir: string, id: string): Journal {
  const file = fileOf(commonDir, id);
  const release = holdLock(file);
  try {
    const { records, damage } = parseJournal(readOrRefuse(file, id));
    if (damage !== null && damage.kind !== 'torn') throw unfit(id, damage);
    const descriptor = openSync(file, 'r+');
    if (damage !== null) {
      ftruncateSync(descriptor, damage.good);
      fsyncSync(descriptor);
    }
    closeSync(descriptor);
    return writing(id, openSync(file, 'a'), records, damage?.lost ?? 0, release);
  } catch (error) {
    release();
    throw error;
  }
}

/** Reads a journal, also one that another process is writing. Null when there is none: it may have just been moved. */
export function readJournal(commonDir: string, id: string): JournalContent | null {
  const bytes = readOrNull(fileOf(commonDir, id));
  return bytes === null ? null : parseJournal(bytes);
}

/** Writes the journal of a session that another machine has begun, to go on with it. Rejects when there is one. */
export function restoreJournal(commonDir: string, id: string, records: readonly JournalRecord[]): void {
  const file = fileOf(commonDir, id);
  mkdirSync(journalFolder(commonDir), { recursive: true });
  const text = records.map(({ link, json }) => `${link} ${json}\n`).join('');
  writeFileSync(file, text, { flag: 'wx', mode: 0o600, flush: true });
  syncFolder(dirname(file));
}

/** A journal that no other process writes until it is released. */
export interface TakenJournal {
  readonly content: JournalContent;
  /** Takes it away. */
  remove(): void;
  release(): void;
}

/** Takes a journal as it is, to read it whole or take it away. Rejects with exit code 2 when another process has it. */
export function takeJournal(commonDir: string, id: string): TakenJournal {
  const file = fileOf(commonDir, id);
  const release = holdLock(file);
  try {
    const content = parseJournal(readOrRefuse(file, id));
    return { content, remove: () => rmSync(file, { force: true }), release };
  } catch (error) {
    release();
    throw error;
  }
}

function writing(
  id: string,
  descriptor: number,
  records: readonly JournalRecord[],
  cut: number,
  release: () => void,
): Journal {
  let link = records.at(-1)?.link ?? '';
  let seq = records.length;
  let size = fstatSync(descriptor).size;
  return {
    id,
    events: records.map(({ event }) => event),
    cut,
    append(event, { durable = false } = {}) {
      const at = new Date().toISOString();
      const line = journalLine(event, { seq: seq + 1, at, before: link }, chainSeal);
      const record = Buffer.from(line.text);
      try {
        for (let done = 0; done < record.length; ) done += writeSync(descriptor, record, done);
      } catch (error) {
        // The disk may be full for one record and not for the next: behind half a record that would be read as damage.
        ftruncateSync(descriptor, size);
        throw error;
      }
      seq += 1;
      size += record.length;
      link = line.link;
      if (durable) fsyncSync(descriptor);
      return line.event;
    },
    close() {
      closeSync(descriptor);
      release();
    },
  };
}

function readOrNull(file: string): Buffer | null {
  try {
    return readFileSync(file);
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

function readOrRefuse(file: string, id: string): Buffer {
  const bytes = readOrNull(file);
  if (bytes !== null) return bytes;
  throw new CodeAgentError(`there is no session ${id}`, {
    exitCode: EXIT.usage,
    advice: '`code-agent sessions list` shows those that there are.',
  });
}

const unfit = (id: string, { kind, good, lost, why }: JournalDamage): CodeAgentError =>
  new CodeAgentError(`the journal of session ${id} ${kind === 'newer' ? 'holds' : 'is damaged:'} ${why}`, {
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
