import { moveSessions } from '../local/move-sessions.ts';
import type { Door, OpenRepository } from '../local/prepare-review.ts';
import { sanitizeLine } from '../report/sanitize.ts';

/** Moves what there is to the database, behind what was asked for, and says on stderr what is in the way. */
export async function moveAndWarn(git: OpenRepository, door: Door): Promise<void> {
  const why = await moveSessions(git, door);
  if (why !== null) process.stderr.write(`code-agent: ${sanitizeLine(why)}\n`);
}
