import { setTimeout as wait } from 'node:timers/promises';
import type { SessionEvent } from '../agent/session-event.ts';
import { isHeld } from '../sessions/hold-lock.ts';
import { journalFile } from '../sessions/journal-folder.ts';
import type { JournalDamage } from '../sessions/journal-record.ts';
import { readJournalOn } from '../sessions/read-journal-on.ts';
import { findSession } from './find-session.ts';
import { isAlive, readTask } from './local-tasks.ts';
import type { Door } from './prepare-review.ts';

const LOOK_MS = 200;

/** How the events of a task have come to their end. */
export interface FollowEnd {
  /** Null: the task was not gone so far that it had one. */
  readonly session: string | null;
  /** Whether its last event is there. */
  readonly isWhole: boolean;
  /** What is wrong with its journal; null when nothing is. */
  readonly damage: JournalDamage | null;
}

/**
 * The events of the session of a task of this machine, from the first on: those that there are, and with `follow` each new one too, until
 * the process that does it has ended.
 */
export async function* followTask(
  commonDir: string,
  door: Door,
  id: number,
  { follow }: { readonly follow: boolean },
): AsyncGenerator<SessionEvent, FollowEnd> {
  let read: ReturnType<typeof readJournalOn> | null = null;
  let last = 0;
  for (;;) {
    const task = readTask(commonDir, id);
    const session = task?.session ?? null;
    // Before it is read: behind its end nothing is added.
    const isOpen =
      session === null
        ? task?.state === 'in_progress' && isAlive(task.pid)
        : isHeld(journalFile(commonDir, session));
    if (session !== null) {
      read ??= readJournalOn(commonDir, session);
      const content = read();
      // It has ended, and was moved.
      const events = content?.events ?? (await findSession(commonDir, door, session)).events;
      let isWhole = false;
      for (const event of events.filter(({ seq }) => seq > last)) {
        yield event;
        last = event.seq;
        isWhole = event.type === 'session-ended';
      }
      const damage = content?.damage ?? null;
      const isBeingWritten = damage?.kind === 'torn' && isOpen;
      if (isWhole || content === null || (damage !== null && !isBeingWritten))
        return { session, isWhole, damage: isBeingWritten ? null : damage };
    }
    if (!follow || !isOpen) return { session, isWhole: false, damage: null };
    await wait(LOOK_MS);
  }
}
