import { readEnvironment } from '../config/environment.ts';
import { openRepository } from '../git/repository.ts';
import { movingOf, readLink } from '../sessions/database-link.ts';
import { placeOf } from '../sessions/database-place.ts';
import { isHeld } from '../sessions/hold-lock.ts';
import { leaveBehind } from './leave-behind.ts';
import type { Door } from './prepare-review.ts';

/** How long a database is left alone that was somebody else's, which may have been migrated since, or did not answer. */
const ASK_AGAIN_MS = { ready: 0, foreign: 3_600_000, unreachable: 60_000 };
/** How long it may take, and keep a process. */
const WITHIN = '20s';

/**
 * Moves journals to the database from a hook, in a process of its own that nobody waits for. Not in CI, where nothing may
 * outlive its step: there the next command moves them. One at a time: what comes while it is at work goes with the next.
 */
export async function moveInBackground({ cwd, env, signal }: Door): Promise<void> {
  const { ci, databaseUrl } = readEnvironment(env);
  if (databaseUrl === null || ci) return;
  const { commonDir } = await openRepository(cwd, env, signal);
  if (isHeld(movingOf(commonDir))) return;
  const link = readLink(commonDir);
  const isTried = link !== null && link.place === placeOf(databaseUrl);
  if (isTried && Date.now() - Date.parse(link.triedAt) < ASK_AGAIN_MS[link.state]) return;
  leaveBehind(['sessions', 'move', '--within', WITHIN], { cwd, env });
}
