import { monotonicMs } from '../agent/clock.ts';
import { pause, until } from './abortable.ts';

/** Writes one after the other, with a pause between: rejects as the write does, or with the signal's reason before it began. */
export type WriteQueue = <Value>(write: () => Promise<Value>, signal: AbortSignal) => Promise<Value>;

/**
 * GitHub's advice is no two requests at once, and a second between those that write (docs.github.com, "Best practices for using
 * the REST API"); it counts by installation.
 */
export function createWriteQueue(gapMs: number): WriteQueue {
  let last: Promise<unknown> = Promise.resolve();
  let freeAt = 0;
  return (write, signal) => {
    const before = last;
    const turn = (async () => {
      await until(before, signal);
      const ms = freeAt - monotonicMs();
      if (ms > 0) await pause(ms, signal);
      signal.throwIfAborted();
      try {
        return await write();
      } finally {
        freeAt = monotonicMs() + gapMs;
      }
    })();
    // Who gave up waiting does not let the next one before those that wait. Nothing of what came of it is kept.
    last = Promise.allSettled([before, turn]).then(() => undefined);
    return turn;
  };
}
