import { ModelError } from '../agent/model-error.ts';

/** Characters of one event: a whole answer in one piece, many times over. */
const LONGEST_EVENT = 16_000_000;

/**
 * The data of each server-sent event, as they arrive (HTML standard, 9.2.6). Names, ids and comments are left out; an
 * event that the end cuts off is none. Rejects with a ModelError when an event has no end.
 */
export async function* readEventStream(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let line = '';
  let data: string | null = null;
  let afterReturn = false;
  for await (const chunk of bytes) {
    let text = decoder.decode(chunk, { stream: true });
    if (text === '') continue;
    // A line may end with \r\n, cut between the two.
    if (afterReturn && text.startsWith('\n')) text = text.slice(1);
    afterReturn = text.endsWith('\r');
    const [first = '', ...others] = text.split(/\r\n|[\r\n]/);
    line += first;
    for (const next of others) {
      if (line === '') {
        if (data !== null) yield data;
        data = null;
      } else if (line.startsWith('data:')) {
        const value = line.slice(line.startsWith('data: ') ? 6 : 5);
        data = data === null ? value : `${data}\n${value}`;
      }
      line = next;
    }
    if (line.length + (data?.length ?? 0) > LONGEST_EVENT)
      throw new ModelError('bad-answer', 'the model server sent an event without an end', {
        retryable: false,
      });
  }
}
