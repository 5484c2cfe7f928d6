import * as z from 'zod/mini';
import type { Subject } from './find-pull-request.ts';

export interface Answer {
  /** The first comment of the thread that it goes into; null: the conversation. */
  readonly thread: number | null;
  /** Of its marker: the same for the same answer in the same place, and for no other. */
  readonly key: string;
  /** Sanitised, and with the marker behind it. */
  readonly body: (marker: string) => string;
}

/** Answers once, however often it is begun. */
export async function answer(subject: Subject, { thread, key, body: textWith }: Answer): Promise<void> {
  const { writer, markers, userId, writeOnce } = subject;
  const { number } = subject.key;
  const body = textWith(markers.write('answer', key));
  const isIt = (one: { readonly author: { readonly id: number } | null; readonly body: string }): boolean =>
    one.author?.id === userId && markers.read(one.body)?.key === key;
  await writeOnce({
    key: `pull/${number}/answer/${thread ?? 'conversation'}/${key}`,
    target: `answer in pull request ${number}`,
    payload: key,
    async find() {
      if (thread === null) return (await writer.issueComments(number)).items.find(isIt)?.id;
      const { items } = await writer.reviewComments(number);
      return items.find((one) => one.inReplyTo === thread && isIt(one))?.id;
    },
    write: async () =>
      thread === null
        ? (await writer.createIssueComment(number, body)).id
        : (await writer.replyTo(number, thread, body)).id,
    parse: (result) => z.int().parse(result),
  });
}
