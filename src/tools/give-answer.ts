import * as z from 'zod/mini';
import type { Tool } from '../agent/tool.ts';

const input = z.strictObject({
  answer: z
    .string()
    .check(
      z.minLength(1),
      z.maxLength(8_000),
      z.describe(
        'What you say to the person: short, in Markdown, naming files and lines that you have read.',
      ),
    ),
});

/** By this a model answers a question, once. Prose beside its calls reaches nobody. */
export function createGiveAnswer(give: (answer: string) => void): Tool<z.infer<typeof input>> {
  return {
    name: 'give_answer',
    description: 'Gives your answer to the question and ends your work. Call it once.',
    input,
    effect: 'report',
    async run({ answer }) {
      give(answer);
      return { content: 'The answer is noted.', details: { answer } };
    },
  };
}
