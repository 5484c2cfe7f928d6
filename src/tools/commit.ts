import * as z from 'zod/mini';
import { type Tool, ToolFailure } from '../agent/tool.ts';
import type { Turns } from './take-turns.ts';

const input = z.strictObject({
  message: z
    .string()
    .check(
      z.minLength(1),
      z.maxLength(2_000),
      z.describe(
        'In the style of the commits of this repository: a subject of at most 72 characters, and why, if it needs saying.',
      ),
    ),
});

/** Makes a commit of all that has changed. `commit` answers its id, or null when nothing has. */
export function createCommit(
  turns: Turns,
  commit: (message: string) => Promise<string | null>,
): Tool<z.infer<typeof input>> {
  return {
    name: 'commit',
    description:
      'Makes a commit of everything that has changed since the last one. No hook runs. Use it where a change is better read in parts: a failing test first, then the fix.',
    input,
    effect: 'write',
    async run({ message }, { signal }) {
      const id = await turns(() => commit(message), signal);
      if (id === null) throw new ToolFailure('Nothing has changed since the last commit.');
      return { content: `Committed as ${id.slice(0, 7)}.`, details: { commit: id } };
    },
  };
}
