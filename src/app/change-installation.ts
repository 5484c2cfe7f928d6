import { removeRepositories } from '../sessions/postgres/github-repositories.ts';
import type { JobPayload } from '../tasks/job.ts';
import type { AppDoor } from './app-door.ts';

/**
 * Job `installation`: the App was taken out, or a repository is gone. Its mirrors are removed, and the jobs that wait for
 * it end by themselves: GitHub gives no token for it. What was found and decided stays in the database, for those who audit it.
 * A new name needs nothing: it is learned at the next look.
 */
export async function changeInstallation(door: AppDoor, job: JobPayload<'installation'>): Promise<void> {
  const { installation, what, repositories } = job;
  if (what === 'renamed' || what === 'transferred') return;
  const host = new URL(door.serverUrl).hostname;
  const removed = await removeRepositories(door.sql, host, {
    installation,
    githubIds: repositories.length === 0 ? null : repositories,
  });
  for (const id of removed) await door.mirrors.remove({ identity: `${host}/`, id });
}
