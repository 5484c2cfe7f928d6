import { monotonicMs } from '../agent/clock.ts';
import type { AskOptions } from '../agent/model.ts';
import { ModelError } from '../agent/model-error.ts';

/** What ends a call early: whoever asked for it, its deadline, or the knowledge that there is no use in it. */
export interface CallBounds {
  readonly signal: AbortSignal;
  /** Why the call was ended; null while it was not. */
  ended(): ModelError | null;
  end(why: ModelError): void;
  msLeft(): number;
  /** To be called when the call is over. */
  release(): void;
}

const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The bounds of one call, counted from now. */
export function boundCall({ signal, deadline }: Pick<AskOptions, 'signal' | 'deadline'>): CallBounds {
  const begun = monotonicMs();
  const controller = new AbortController();
  let ended: ModelError | null = null;
  const end = (why: ModelError) => {
    ended ??= why;
    controller.abort();
  };
  const onAbort = () => end(new ModelError('aborted', 'it was stopped', { retryable: false }));
  const onDeadline = () => {
    const seconds = Math.max(0, (deadline - begun) / 1000);
    end(
      new ModelError('deadline', `the model gave no answer in ${seconds.toFixed(1)} s`, { retryable: true }),
    );
  };
  const msLeft = () => deadline - monotonicMs();

  if (signal.aborted) onAbort();
  else if (msLeft() <= 0) onDeadline();
  signal.addEventListener('abort', onAbort, { once: true });
  const timer = setTimeout(onDeadline, Math.min(Math.max(1, msLeft()), LONGEST_TIMER_MS));
  return {
    signal: controller.signal,
    ended: () => ended,
    end,
    msLeft,
    release() {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    },
  };
}
