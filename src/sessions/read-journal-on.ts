import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { isMissing } from './is-missing.ts';
import { journalFile } from './journal-folder.ts';
import { type JournalContent, type JournalPlace, parseJournal } from './journal-record.ts';

/**
 * Reads a journal piece by piece while another process writes it: each call answers what was added since the one before. Half a
 * record at its end, which is damage as long as nothing follows, is read again the next time. Null: it is not here, or not any more.
 */
export function readJournalOn(commonDir: string, id: string): () => JournalContent | null {
  const file = journalFile(commonDir, id);
  let at = 0;
  let place: JournalPlace = { link: '', seq: 0 };
  return () => {
    const bytes = bytesBehind(file, at);
    if (bytes === null) return null;
    const content = parseJournal(bytes, place);
    const last = content.records.at(-1);
    if (last !== undefined) place = { link: last.link, seq: last.event.seq };
    at += content.damage?.good ?? bytes.length;
    return content;
  };
}

function bytesBehind(file: string, at: number): Buffer | null {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
  try {
    const bytes = Buffer.alloc(Math.max(0, fstatSync(descriptor).size - at));
    let read = 0;
    while (read < bytes.length) {
      const count = readSync(descriptor, bytes, read, bytes.length - read, at + read);
      if (count === 0) break;
      read += count;
    }
    return bytes.subarray(0, read);
  } finally {
    closeSync(descriptor);
  }
}
