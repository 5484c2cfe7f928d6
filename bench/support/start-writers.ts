import { type ChildProcess, fork } from 'node:child_process';

/** `move`: as code-agent does it. The others write the same rows of events into a table without triggers. */
export type Way = 'copy' | 'insert a session' | 'insert an event' | 'move';

/** What each writer is to write. */
export interface WriterTask {
  readonly url: string;
  readonly way: Way;
  readonly sessions: number;
  /** Of an event. */
  readonly bytes: number;
}

/** What a writer hears: what to get ready for, and then to begin. It answers `ready` and `done`. */
export type ToWriter = WriterTask | 'go';

/** What the others write into. */
export const PEER_TABLE = 'public.peer_events';

/** Processes with a connection of their own each. */
export interface Writers {
  /** Milliseconds until each has written what it is to write, all at once. */
  race(task: WriterTask): Promise<number>;
  close(): Promise<void>;
}

/** Starts as many writers (support/session-writer). */
export function startWriters(count: number): Writers {
  const children = Array.from({ length: count }, () =>
    fork('scripts/run.mjs', ['bench/support/session-writer.ts']),
  );
  const ended = Promise.all(children.map(endOf));
  const tell = async (message: ToWriter, answer: 'ready' | 'done'): Promise<void> => {
    const heard = Promise.all(children.map((child) => says(child, answer)));
    for (const child of children) child.send(message);
    await Promise.race([heard, ended]);
  };
  return {
    async race(task) {
      await tell(task, 'ready');
      const start = performance.now();
      await tell('go', 'done');
      return performance.now() - start;
    },
    async close() {
      for (const child of children) child.disconnect();
      await ended;
    },
  };
}

function says(child: ChildProcess, word: string): Promise<void> {
  return new Promise((resolve) => {
    const listen = (said: unknown): void => {
      if (said !== word) return;
      child.off('message', listen);
      resolve();
    };
    child.on('message', listen);
  });
}

/** Rejects when it fails. */
function endOf(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('error', reject).once('exit', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`a writer ended with ${code}`));
    });
  });
}
