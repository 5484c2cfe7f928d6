import * as z from 'zod/mini';
import type { Tool } from '../agent/tool.ts';

/** What changed in a file, in a line. */
export interface FileWalkthrough {
  readonly path: string;
  readonly change: string;
}

const summary = z
  .string()
  .check(
    z.minLength(1),
    z.maxLength(2_000),
    z.describe('What the change does, and what you looked at, in a few sentences.'),
  );

const files = z
  .array(z.strictObject({ path: z.string(), change: z.string().check(z.maxLength(300)) }))
  .check(
    z.maxLength(200),
    z.describe(
      'For each file of the part that you were shown, what changed in it: one short line in plain words, such as "retry with backoff around `put`".',
    ),
  );

const input = z.strictObject({ summary });
const inputWithFiles = z.strictObject({ summary, files: z.optional(files) });

/**
 * By this a model says that it is done: its silence would not say whether it has looked at everything. `withFiles`: it is also
 * asked what changed in each file, for those who read a summary of the change.
 */
export function createFinishReview(
  finish: (summary: string, files: readonly FileWalkthrough[]) => void,
  { withFiles = false }: { readonly withFiles?: boolean } = {},
): Tool<z.infer<typeof inputWithFiles>> {
  return {
    name: 'finish_review',
    description:
      'Ends the review. Call it once, when you have looked at everything and reported every problem; also when there is none.',
    input: withFiles ? inputWithFiles : input,
    effect: 'report',
    async run({ summary, files = [] }) {
      finish(summary, files);
      return { content: 'The review has ended.', details: { summary } };
    },
  };
}
