import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { monotonicMs } from '../../src/agent/clock.ts';
import { boundCall } from '../../src/models/call-bounds.ts';

const later = () => monotonicMs() + 60_000;

describe('boundCall', () => {
  it('any number of calls may have one signal, without a word from Node', async () => {
    const warnings: Error[] = [];
    const listen = (warning: Error) => warnings.push(warning);
    process.on('warning', listen);
    const { signal } = new AbortController();
    const calls = Array.from({ length: 50 }, () => boundCall({ signal, deadline: later() }));
    await new Promise((resolve) => setTimeout(resolve, 20));
    for (const { release } of calls) release();
    process.off('warning', listen);
    expect(warnings).toEqual([]);
  });

  it('ends with the signal, at the deadline, or for a reason, and says which: the first', async () => {
    const stopped = new AbortController();
    const call = boundCall({ signal: stopped.signal, deadline: later() });
    expect(call.ended()).toBeNull();
    call.throwIfEnded();
    stopped.abort();
    expect(call.ended()).toMatchObject({ kind: 'aborted' });
    expect(() => call.throwIfEnded()).toThrow('it was stopped');
    call.release();

    const late = boundCall({ signal: new AbortController().signal, deadline: monotonicMs() + 30 });
    await once(late.signal, 'abort');
    expect(late.ended()).toMatchObject({ kind: 'deadline', message: 'the model gave no answer in 0.0 s' });
    late.release();
    expect(boundCall({ signal: stopped.signal, deadline: later() }).signal.aborted).toBe(true);
  });
});
