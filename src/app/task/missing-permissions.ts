import { GitHubError } from '../../github/github-error.ts';
import { type Permissions, TASK_READ, TASK_WRITE } from '../../github/permissions.ts';
import type { AppDoor } from '../app-door.ts';
import type { PullRequestAddress } from '../find-pull-request.ts';
import { isNotGranted } from '../job-failure.ts';

/** What is done for tasks, but for the push, which says so itself. */
const NEEDED: Permissions = { ...TASK_READ, ...TASK_WRITE };

/** What an installation lacks. */
export interface MissingPermissions {
  /** `owner/name` */
  readonly fullName: string;
  /** `issues: write`; empty: it is something else that is in the way. */
  readonly missing: readonly string[];
}

/**
 * What tasks need that an installation has not accepted: GitHub refuses a token for it with a 422, and does not say for what of it.
 * Null when the repository is not in the installation any more, which it refuses in the same way.
 */
export async function missingPermissions(
  { github }: Pick<AppDoor, 'github'>,
  { installation, repository }: PullRequestAddress,
  signal: AbortSignal,
): Promise<MissingPermissions | null> {
  const isRefused = (error: unknown): boolean => error instanceof GitHubError && isNotGranted(error);
  const tokenFor = (permissions: Permissions) =>
    github.token(installation, repository, permissions, { signal }).catch((error: unknown) => {
      if (isRefused(error)) return null;
      throw error;
    });
  const known = await tokenFor({ metadata: 'read' });
  if (known === null) return null;
  const missing: string[] = [];
  for (const [name, level] of Object.entries(NEEDED))
    if ((await tokenFor({ metadata: 'read', [name]: level })) === null) missing.push(`${name}: ${level}`);
  return { fullName: known.fullName, missing };
}
