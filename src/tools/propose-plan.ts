import * as z from 'zod/mini';
import { type Tool, ToolFailure } from '../agent/tool.ts';

/** How a task is to be done. */
export interface Plan {
  /** In order, each a line in the imperative. */
  readonly steps: readonly string[];
  /** How the tests are run, if the planner has found it. */
  readonly tests: string | null;
  /** What a person must say first. */
  readonly questions: readonly string[];
}

const line = (most: number) => z.string().check(z.minLength(1), z.maxLength(most), z.regex(/^[^\n\r]*$/));

const input = z.strictObject({
  steps: z
    .array(line(200))
    .check(
      z.minLength(1),
      z.maxLength(12),
      z.describe('In order, each one line in the imperative that names the file it is about.'),
    ),
  tests: z.optional(line(500).check(z.describe('The command that runs the tests, if you have found it.'))),
  questions: z.optional(
    z
      .array(line(500))
      .check(z.maxLength(5), z.describe('Only what changes the work, and nothing here answers.')),
  ),
});

/** By this a planner gives its plan, once. */
export function createProposePlan(propose: (plan: Plan) => void): Tool<z.infer<typeof input>> {
  return {
    name: 'propose_plan',
    description: 'Gives your plan and ends your work. Call it once.',
    input,
    effect: 'report',
    async run({ steps, tests = null, questions = [] }) {
      if (steps.some((step) => step.trim() === '')) throw new ToolFailure('A step says nothing.');
      propose({ steps: steps.map((step) => step.trim()), tests, questions });
      return { content: 'The plan is noted.', details: { steps } };
    },
  };
}
