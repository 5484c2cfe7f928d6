import { spawn } from 'node:child_process';
import { readEnvironment } from '../config/environment.ts';
import { openRepository } from '../git/repository.ts';
import { readLink } from '../sessions/database-link.ts';
import { placeOf } from '../sessions/database-place.ts';
import type { Door } from './prepare-review.ts';

/** A database that was somebody else's may be ours after so long: it may have been migrated. */
const ASK_AGAIN_MS = 3_600_000;

/**
 * Moves journals to the database from a hook, in a process of its own that nobody waits for. Not in CI, where nothing may
 * outlive its step: there the next command moves them.
 */
export async function moveInBackground({ cwd, env, signal }: Door): Promise<void> {
  const [, cli] = process.argv;
  const { ci, databaseUrl } = readEnvironment(env);
  if (databaseUrl === null || ci || cli === undefined) return;
  const { commonDir } = await openRepository(cwd, env, signal);
  const link = readLink(commonDir);
  if (
    link?.state === 'foreign' &&
    link.place === placeOf(databaseUrl) &&
    Date.now() - Date.parse(link.triedAt) < ASK_AGAIN_MS
  )
    return;
  const own = Object.entries(env).filter(([name]) => !/^GIT_(?!CONFIG|SSL)/.test(name));
  const child = spawn(process.execPath, [cli, 'sessions', 'move', '--within', '60s'], {
    cwd,
    env: Object.fromEntries(own),
    detached: true,
    stdio: 'ignore',
    windowsHide: true,
  });
  // What could not be started is moved by the next command.
  child.once('error', () => undefined);
  child.unref();
}
