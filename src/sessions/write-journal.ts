import { writeFileSync } from 'node:fs';
import type { NewEvent } from '../agent/session-event.ts';
import { dropOldestJournals, journalFile, journalFolder } from './journal-folder.ts';
import { journalLine } from './journal-line.ts';
import { quickSeal } from './quick-seal.ts';
import { withFolder } from './with-folder.ts';

/** An event, and when it happened, in ISO 8601. */
export type PastEvent = NewEvent & { readonly at: string };

/**
 * Writes the journal of a session that is over, in one write. Only for one that nothing was paid for: it has no lock, for nobody
 * goes on with it, and is not on the disk when this returns. A kill before the write loses what another review says
 * again; one amid it leaves a journal that is read as torn. Throws when the git directory cannot be written.
 */
export function writeJournal(commonDir: string, id: string, events: readonly PastEvent[]): void {
  let [text, before] = ['', ''];
  for (const [index, { at, ...event }] of events.entries()) {
    const line = journalLine(event, { seq: index + 1, at, before }, quickSeal);
    text += line.text;
    before = line.link;
  }
  withFolder(journalFolder(commonDir), () =>
    writeFileSync(journalFile(commonDir, id), text, { flag: 'wx', mode: 0o600 }),
  );
  // The last digit is drawn: one in sixteen reads the folder, which takes as long as the write.
  if (id.endsWith('0')) dropOldestJournals(commonDir);
}
