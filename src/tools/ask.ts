import * as z from 'zod/mini';
import { type Tool, ToolFailure } from '../agent/tool.ts';

/** Asks a person. Null: nobody is there, or nobody wants to answer. */
export type AskPerson = (
  question: { readonly text: string; readonly choices: readonly string[] },
  signal: AbortSignal,
) => Promise<string | null>;

const input = z.strictObject({
  question: z.string().check(z.minLength(1), z.maxLength(1_000), z.describe('One question, in plain words.')),
  choices: z.optional(
    z
      .array(z.string().check(z.minLength(1), z.maxLength(200)))
      .check(
        z.maxLength(6),
        z.describe('The answers that are likely, if there are few. Another one may be given.'),
      ),
  ),
});

/** Asks the person whose task it is. */
export function createAsk(ask: AskPerson): Tool<z.infer<typeof input>> {
  return {
    name: 'ask',
    description:
      'Asks the person whose task this is, and waits for the answer. Only where you cannot go on without it: it may take hours.',
    input,
    effect: 'report',
    async run({ question, choices = [] }, { signal }) {
      const answer = await ask({ text: question, choices }, signal);
      if (answer === null)
        throw new ToolFailure(
          'Nobody answers. Do what is right without, or end the task and say what is missing.',
        );
      return { content: answer, details: { question, answer } };
    },
  };
}
