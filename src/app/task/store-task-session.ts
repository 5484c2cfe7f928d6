import { setTimeout as wait } from 'node:timers/promises';
import type { JournalRecord } from '../../sessions/journal-record.ts';
import { readJournalOn } from '../../sessions/read-journal-on.ts';
import type { AppDoor } from '../app-door.ts';
import { GoneOnElsewhere, keepTaskSession } from '../shared-memory.ts';

/** The session of a task, which is stored while it is worked on. */
export interface StoredOn {
  /** Stores what it has by now. Rejects with a GoneOnElsewhere. */
  now(): Promise<void>;
  /** Ends when what is under way is stored, and nothing is stored any more. */
  stop(): Promise<void>;
}

/**
 * Stores what is new in the session of a task again and again: a worker on another machine goes on from there when this one dies.
 * Nobody waits for it. `lost` is aborted, with a GoneOnElsewhere, when that has happened already: this worker was taken for dead.
 */
export function storeTaskSession(
  door: Pick<AppDoor, 'sql' | 'log' | 'storeEveryMs'>,
  { repository, gitDir, session }: { repository: string; gitDir: string; session: string },
  lost: AbortController,
): StoredOn {
  const readOn = readJournalOn(gitDir, session);
  const records: JournalRecord[] = [];
  let stored = 0;
  const store = async (): Promise<void> => {
    records.push(...(readOn()?.records ?? []));
    if (records.length === stored) return;
    try {
      await keepTaskSession(door, repository, session, records);
    } catch (error) {
      if (error instanceof GoneOnElsewhere) lost.abort(error);
      throw error;
    }
    stored = records.length;
  };
  /** One at a time. */
  let last = Promise.resolve();
  const now = (): Promise<void> => {
    last = last.catch(() => undefined).then(store);
    return last;
  };
  const over = new AbortController();
  const again = async (): Promise<void> => {
    while (!over.signal.aborted && !lost.signal.aborted) {
      await wait(door.storeEveryMs, undefined, { signal: over.signal, ref: false }).catch(() => undefined);
      if (over.signal.aborted) return;
      await now().catch((err: unknown) =>
        door.log.warn({ err }, 'the session of a task could not be stored'),
      );
    }
  };
  const ended = again();
  return {
    now,
    async stop() {
      over.abort();
      await ended;
    },
  };
}
