import { createHash } from 'node:crypto';
import type { NewEvent, SessionEvent } from '../agent/session-event.ts';
import { redactJson } from './redact-json.ts';

/** Something that a session does to the world: a comment, a push, a pull request. */
export interface ExternalWrite<Result> {
  /** The same for this write whenever the session is gone on with, and of no other. It is stored as it is. */
  readonly key: string;
  /** Where to, for a person. */
  readonly target: string;
  /** What is written, to the byte. */
  readonly payload: string | Uint8Array;
  /**
   * Asks the other side for what was written under the key: resolves with what `write` resolves with, or with undefined
   * when it is not there. Asked only when an earlier attempt may have got through.
   */
  find(key: string): Promise<unknown>;
  /** Writes so that `find` knows it by the key. Resolves with JSON, once the other side has said that it is there. */
  write(key: string): Promise<unknown>;
  /** Of the result as it was recorded, without secrets. */
  parse(result: unknown): Result;
}

/**
 * Does a write once, however often the session is killed and gone on with: what was recorded is given back. Calls with one
 * key share one write; a write that rejects may have got through, so the next attempt looks first. Rejects with a
 * RangeError when something else was to be written under the key before.
 */
export type WriteOnce = <Result>(write: ExternalWrite<Result>) => Promise<Result>;

/** What was noted of writes: of a session, or of a pull request. */
export type WriteEvent = Extract<NewEvent, { type: 'write-begun' | 'write-done' }>;

/**
 * `events`: what is known so far, of which only writes count. `append`: what it is given is kept for good when it has returned,
 * or its promise is resolved, and what is known already is left out.
 */
export function createWriteOnce(
  events: readonly (WriteEvent | SessionEvent)[],
  append: (event: WriteEvent) => void | Promise<void>,
  redact: (text: string) => Promise<string>,
): WriteOnce {
  const begun = new Set<string>();
  const digests = new Map<string, string>();
  const results = new Map<string, Promise<unknown>>();
  for (const { type, data } of events) {
    if (type === 'write-begun') {
      begun.add(data.key);
      digests.set(data.key, data.digest);
    }
    if (type === 'write-done') results.set(data.key, Promise.resolve(data.result));
  }

  async function attempt(
    { key, target, find, write }: ExternalWrite<unknown>,
    digest: string,
  ): Promise<unknown> {
    const found = begun.has(key) ? await find(key) : undefined;
    await append({ type: 'write-begun', data: { key, target: await redact(target), digest } });
    begun.add(key);
    // JSON has no undefined: of a write with nothing to tell, null is recorded.
    const result = (await redactJson(found === undefined ? await write(key) : found, redact)) ?? null;
    await append({ type: 'write-done', data: { key, result } });
    return result;
  }

  return async (write) => {
    const { key, payload, parse } = write;
    const digest = createHash('sha256').update(payload).digest('hex');
    if ((digests.get(key) ?? digest) !== digest)
      throw new RangeError(`something else was to be written under the key ${JSON.stringify(key)}`);
    digests.set(key, digest);
    let result = results.get(key);
    if (result === undefined) {
      result = attempt(write, digest);
      results.set(key, result);
      result.catch(() => results.delete(key));
    }
    return parse(await result);
  };
}
