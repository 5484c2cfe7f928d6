import { MirrorError } from '../git/mirror-error.ts';
import { GitHubError } from '../github/github-error.ts';

/** When to come back behind a limit of GitHub's; null: it is none. A mirror's server tells no time. */
export function retryAt(error: unknown, now: Date): Date | null {
  if (error instanceof GitHubError) return error.retryAt;
  const isLimited = error instanceof MirrorError && error.kind === 'rate-limited';
  return isLimited ? new Date(now.getTime() + 60_000) : null;
}
