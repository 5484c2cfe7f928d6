import * as z from 'zod/mini';
import type { Tool } from '../agent/tool.ts';

const input = z.strictObject({
  summary: z
    .string()
    .check(
      z.minLength(1),
      z.maxLength(2_000),
      z.describe('What the change does, and what you looked at, in a few sentences.'),
    ),
});

/** By this a model says that it is done: its silence would not say whether it has looked at everything. */
export function createFinishReview(finish: (summary: string) => void): Tool<z.infer<typeof input>> {
  return {
    name: 'finish_review',
    description:
      'Ends the review. Call it once, when you have looked at everything and reported every problem; also when there is none.',
    input,
    effect: 'report',
    async run({ summary }) {
      finish(summary);
      return { content: 'The review has ended.', details: { summary } };
    },
  };
}
