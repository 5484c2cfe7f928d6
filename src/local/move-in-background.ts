import { readEnvironment } from '../config/environment.ts';
import { openRepository } from '../git/repository.ts';
import { readLink } from '../sessions/database-link.ts';
import { placeOf } from '../sessions/database-place.ts';
import { leaveBehind } from './leave-behind.ts';
import type { Door } from './prepare-review.ts';

/** A database that was somebody else's may be ours after so long: it may have been migrated. */
const ASK_AGAIN_MS = 3_600_000;

/**
 * Moves journals to the database from a hook, in a process of its own that nobody waits for. Not in CI, where nothing may
 * outlive its step: there the next command moves them.
 */
export async function moveInBackground({ cwd, env, signal }: Door): Promise<void> {
  const { ci, databaseUrl } = readEnvironment(env);
  if (databaseUrl === null || ci) return;
  const { commonDir } = await openRepository(cwd, env, signal);
  const link = readLink(commonDir);
  if (
    link?.state === 'foreign' &&
    link.place === placeOf(databaseUrl) &&
    Date.now() - Date.parse(link.triedAt) < ASK_AGAIN_MS
  )
    return;
  leaveBehind(['sessions', 'move', '--within', '60s'], { cwd, env });
}
