import type { IncomingMessage } from 'node:http';
import { ModelError } from '../agent/model-error.ts';

/**
 * The body of an answer, as it arrives. `patience`: how many milliseconds to wait for the next bytes, asked before
 * each wait; Infinity waits until the request's signal ends it. Rejects with a ModelError when the connection breaks
 * or the patience is over. Whoever stops reading early closes the connection.
 */
export async function* receiveBytes(
  response: IncomingMessage,
  patience: () => number,
): AsyncGenerator<Uint8Array> {
  let timer: NodeJS.Timeout | undefined;
  let silent = 0;
  const startWaiting = () => {
    const milliseconds = patience();
    if (milliseconds === Number.POSITIVE_INFINITY) return;
    timer = setTimeout(() => {
      silent = milliseconds;
      response.destroy(new Error('silent'));
    }, milliseconds);
  };
  try {
    startWaiting();
    for await (const chunk of response) {
      clearTimeout(timer);
      yield chunk;
      startWaiting();
    }
  } catch (cause) {
    const what = silent > 0 ? `sent nothing for ${silent / 1000} s` : 'broke the connection';
    throw new ModelError('connection', `the model server ${what} within its answer`, {
      retryable: true,
      cause,
    });
  } finally {
    clearTimeout(timer);
  }
}
