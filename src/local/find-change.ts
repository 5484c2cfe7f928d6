import type { EventData } from '../agent/session-event.ts';
import { CodeAgentError, EXIT } from '../code-agent-error.ts';
import { type Comparison, changeId, readRawDiff } from '../git/read-change.ts';
import { resolveRange, resolveStaged } from '../git/resolve-range.ts';
import type { Door, OpenRepository } from './prepare-review.ts';

/**
 * The change of a session: its commits, what is staged, or the commit that it has become. The same change has the same id.
 * Rejects with exit code 2 when it is none of them.
 */
export async function findChange(
  git: OpenRepository,
  door: Door,
  change: EventData['session-started']['change'],
): Promise<Comparison> {
  const { repository, reader } = git;
  const isIt = async (comparison: Comparison): Promise<boolean> =>
    changeId(comparison.base.tree, await readRawDiff(repository, comparison)) === change?.id;
  const { base, head } = change ?? { base: null, head: null };
  if (head !== null) {
    const range = await resolveRange(repository, reader, base === null ? head : `${base}..${head}`);
    if (await isIt(range)) return range;
  }
  const staged = await resolveStaged(repository, reader, door.env);
  if (await isIt(staged)) return staged;
  const last = await resolveRange(repository, reader, 'HEAD');
  if (await isIt(last)) return last;
  throw new CodeAgentError('the change of this session is neither staged nor the last commit any more', {
    exitCode: EXIT.usage,
    advice: 'Its answers are for that change alone. `code-agent review` begins anew.',
  });
}
