import { monotonicMs } from '../agent/clock.ts';
import { ModelError } from '../agent/model-error.ts';

/** A signal with a deadline. Its reason is a ModelError. */
export interface Ending {
  readonly signal: AbortSignal;
  /** Takes away the timer and the listener: nothing has to be ended any more. */
  forget(): void;
}

/** A longer one fires at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Ends with `signal`, and at `deadline` (by {@link monotonicMs}) at the latest. */
export function endAt(signal: AbortSignal, deadline: number): Ending {
  const ending = new AbortController();
  const stop = () =>
    ending.abort(
      signal.reason instanceof ModelError
        ? signal.reason
        : new ModelError('aborted', 'the request to the model was stopped', { retryable: false }),
    );
  const expire = () =>
    ending.abort(
      new ModelError('deadline', 'the model did not answer in the time that it had', { retryable: true }),
    );
  const left = deadline - monotonicMs();
  if (signal.aborted) stop();
  else if (left <= 0) expire();
  signal.addEventListener('abort', stop, { once: true });
  const timer = setTimeout(expire, Math.min(left, LONGEST_TIMER_MS));
  return {
    signal: ending.signal,
    forget() {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
    },
  };
}
