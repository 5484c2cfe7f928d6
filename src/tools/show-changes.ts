import * as z from 'zod/mini';
import type { Tool } from '../agent/tool.ts';
import type { Turns } from './take-turns.ts';

const input = z.strictObject({
  patch: z.optional(
    z.boolean().check(z.describe('Also what has changed in each file, as a unified diff. Default: false.')),
  ),
});

/** What has changed since the work began. `changes` answers a list of files, or a patch. */
export function createShowChanges(
  turns: Turns,
  changes: (patch: boolean) => Promise<string>,
): Tool<z.infer<typeof input>> {
  return {
    name: 'show_changes',
    description:
      'Shows which files have changed since the work began, and by how much. What git ignores is not among them.',
    input,
    effect: 'read',
    async run({ patch = false }, { signal }) {
      const content = await turns(() => changes(patch), signal);
      return { content: content === '' ? 'Nothing has changed.' : content };
    },
  };
}
