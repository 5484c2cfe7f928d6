import { monotonicMs } from '../agent/clock.ts';
import type { AskOptions } from '../agent/model.ts';
import { ModelError } from '../agent/model-error.ts';

/** What ends a call early: whoever asked for it, its deadline, or the knowledge that there is no use in it. */
export interface CallBounds {
  readonly signal: AbortSignal;
  /** Why the call was ended; null while it was not. */
  ended(): ModelError | null;
  /** Throws that. */
  throwIfEnded(): void;
  end(why: ModelError): void;
  msLeft(): number;
  /** To be called when the call is over. */
  release(): void;
}

/** A longer one fires at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The bounds of one call, counted from now. */
export function boundCall({ signal, deadline }: Pick<AskOptions, 'signal' | 'deadline'>): CallBounds {
  const msLeft = () => deadline - monotonicMs();
  const seconds = Math.max(0, msLeft() / 1000).toFixed(1);
  const controller = new AbortController();
  let why: ModelError | null = null;
  const end = (reason: ModelError) => {
    why ??= reason;
    controller.abort();
  };
  const expire = () =>
    end(new ModelError('deadline', `the model gave no answer in ${seconds} s`, { retryable: true }));
  if (msLeft() <= 0) expire();
  const timer = setTimeout(expire, Math.min(Math.max(1, msLeft()), LONGEST_TIMER_MS));
  const ended = () =>
    why ?? (signal.aborted ? new ModelError('aborted', 'it was stopped', { retryable: false }) : null);
  return {
    // No listener: any number of calls may have one signal.
    signal: AbortSignal.any([signal, controller.signal]),
    ended,
    throwIfEnded() {
      const reason = ended();
      if (reason !== null) throw reason;
    },
    end,
    msLeft,
    release: () => clearTimeout(timer),
  };
}
