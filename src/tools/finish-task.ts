import * as z from 'zod/mini';
import type { Tool } from '../agent/tool.ts';

/** What the one who did a task says of it. */
export interface TaskEnd {
  /** False: it could not be done, or should not be. */
  readonly done: boolean;
  /** For the people who read the change: Markdown. */
  readonly summary: string;
  /** Of what is not in a commit yet. */
  readonly commitMessage: string;
}

const input = z.strictObject({
  done: z.boolean().check(z.describe('False: it could not be done, or should not be.')),
  summary: z
    .string()
    .check(
      z.minLength(1),
      z.maxLength(4_000),
      z.describe(
        'For the people who read the change: the cause, what was changed and why, and what was left alone. Where it was not done: why not.',
      ),
    ),
  commit_message: z
    .string()
    .check(
      z.minLength(1),
      z.maxLength(2_000),
      z.describe(
        'For what is not in a commit yet, in the style of the commits of this repository (history shows them): a subject of at most 72 characters, and why, if it needs saying.',
      ),
    ),
});

/** By this a model says that it is done: its silence would not say whether it is. */
export function createFinishTask(finish: (end: TaskEnd) => void): Tool<z.infer<typeof input>> {
  return {
    name: 'finish_task',
    description: 'Ends the task. Call it once, when everything is done, or when it cannot be done.',
    input,
    effect: 'report',
    async run({ done, summary, commit_message: commitMessage }) {
      finish({ done, summary, commitMessage });
      return { content: 'The task has ended.', details: { done } };
    },
  };
}
