import * as z from 'zod/mini';
import type { Tool } from '../agent/tool.ts';

/** What the second look at a finding came to. */
export interface Judgement {
  readonly verdict: 'holds' | 'refuted' | 'unsure';
  readonly reason: string;
  readonly severity: 'error' | 'warning' | 'info' | null;
}

const input = z.strictObject({
  verdict: z
    .enum(['holds', 'refuted', 'unsure'])
    .check(
      z.describe(
        'holds: the code shows it. refuted: the code shows that it is wrong. unsure: you cannot tell.',
      ),
    ),
  reason: z
    .string()
    .check(
      z.minLength(1),
      z.maxLength(2_000),
      z.describe('One to three sentences that name the lines which decide it.'),
    ),
  severity: z.optional(
    z
      .enum(['error', 'warning', 'info'])
      .check(z.describe('Only if it holds and the severity that was given does not fit.')),
  ),
});

/** By this a validator gives its judgement, once. */
export function createJudgeFinding(judge: (judgement: Judgement) => void): Tool<z.infer<typeof input>> {
  return {
    name: 'judge_finding',
    description: 'Gives your judgement of the finding and ends your work. Call it once.',
    input,
    effect: 'report',
    async run({ verdict, reason, severity = null }) {
      judge({ verdict, reason, severity });
      return { content: 'The judgement is noted.', details: { verdict, reason, severity } };
    },
  };
}
