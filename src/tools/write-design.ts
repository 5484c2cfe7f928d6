import * as z from 'zod/mini';
import { type Tool, ToolFailure } from '../agent/tool.ts';

/** A design that a person has talked over. */
export interface Design {
  /** Of letters, digits and dashes: the document is `docs/<topic>-design.md`. */
  readonly topic: string;
  readonly markdown: string;
}

const input = z.strictObject({
  topic: z
    .string()
    .check(
      z.regex(/^[a-z0-9]+(?:-[a-z0-9]+){0,7}$/, { error: 'small letters, digits and single dashes' }),
      z.maxLength(60),
      z.describe('What it is about, as part of a file name: "inventory-system".'),
    ),
  markdown: z.string().check(z.minLength(1), z.maxLength(60_000), z.describe('The whole document.')),
});

/** By this an analyst shows the design. `show` answers null when the person agrees, else what they want changed. */
export function createWriteDesign(
  show: (design: Design, signal: AbortSignal) => Promise<string | null>,
): Tool<z.infer<typeof input>> {
  return {
    name: 'write_design',
    description:
      'Shows the whole design to the person. They agree to it, which ends your work, or say what is to be changed.',
    input,
    effect: 'report',
    async run(design, { signal }) {
      const wanted = await show(design, signal);
      if (wanted === '') throw new ToolFailure('The person has said nothing. Ask what is to be changed.');
      return { content: wanted === null ? 'Agreed. You are done.' : `Not yet. The person says: ${wanted}` };
    },
  };
}
