import { takeJournal } from '../sessions/journal.ts';
import type { Door, OpenRepository } from './prepare-review.ts';
import { reachDatabase } from './reach-database.ts';
import { listSessions } from './session-list.ts';

export interface Pruned {
  /** How many were only on this machine. */
  readonly journals: number;
  /** How many were in the database; null without one. */
  readonly stored: number | null;
  /** Why the database could not be pruned; null when it was, or there is none. */
  readonly missing: string | null;
}

/** Takes away the sessions of a repository whose last event is older, here and in the database. */
export async function pruneSessions(
  git: OpenRepository,
  door: Door,
  { before, dryRun }: { readonly before: Date; readonly dryRun: boolean },
): Promise<Pruned> {
  const { commonDir } = git.repository;
  const reached = await reachDatabase(git, door, async ({ sql, repository }) => {
    const [pruned] = dryRun
      ? await sql<{ count: number }[]>`
          select count(*)::int from code_agent.sessions where repository_id = ${repository} and last_at < ${before}`
      : await sql<{ count: number }[]>`select code_agent.prune_sessions(${before}, ${repository}) as count`;
    return pruned?.count ?? 0;
  });
  const old = listSessions(commonDir).filter(
    ({ state }) => state !== null && Date.parse(state.lastAt) < before.getTime(),
  );
  if (!dryRun) for (const { id } of old) removeJournal(commonDir, id);
  return {
    journals: old.length,
    stored: 'done' in reached ? reached.done : null,
    missing: 'done' in reached ? null : reached.missing,
  };
}

function removeJournal(commonDir: string, id: string): void {
  const journal = takeJournal(commonDir, id);
  journal.remove();
  journal.release();
}
