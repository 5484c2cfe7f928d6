import * as z from 'zod/mini';
import { type Tool, ToolFailure } from '../agent/tool.ts';

const input = z.strictObject({
  step: z.int().check(z.gte(1), z.lte(100), z.describe('Its number in the plan, from 1.')),
});

/** By this a model says how far it is. */
export function createStepDone(steps: number, done: (step: number) => void): Tool<z.infer<typeof input>> {
  return {
    name: 'step_done',
    description: 'Says that a step of the plan is done, for the person who watches.',
    input,
    effect: 'report',
    async run({ step }) {
      if (step > steps) throw new ToolFailure(`The plan has ${steps} steps.`);
      done(step);
      return { content: 'Noted.', details: { step } };
    },
  };
}
