import { MirrorError, type MirrorFailure } from '../git/mirror-error.ts';
import { GitHubError } from '../github/github-error.ts';

/*
 * What a failure of GitHub's, or of a mirror, means for the job that met it.
 */

/** When to come back behind a limit; null: it is none. A mirror's server tells no time. */
export function retryAt(error: unknown, now: Date): Date | null {
  if (error instanceof GitHubError) return error.retryAt;
  const isLimited = error instanceof MirrorError && error.kind === 'rate-limited';
  return isLimited ? new Date(now.getTime() + 60_000) : null;
}

/** What was asked for is not there, or not for us. */
export const isGone = (error: unknown): boolean =>
  (error instanceof GitHubError || error instanceof MirrorError) && error.kind === 'gone';

/** That, or there is no token for it: by its permissions or, with the same answer, by its repository. */
export const isOutOfReach = (error: unknown): boolean =>
  isGone(error) || (error instanceof GitHubError && isNotGranted(error));

const FINAL: readonly MirrorFailure[] = ['too-large', 'refused', 'forbidden'];

/** What a person is to be told of, because nothing but their doing helps. */
export const isFinal = (error: unknown): boolean =>
  (error instanceof MirrorError && FINAL.includes(error.kind)) ||
  (error instanceof GitHubError && (error.kind === 'forbidden' || isNotGranted(error)));

/**
 * docs.github.com, "Create an installation access token for an app": 422 for a permission that the installation does not have, and
 * for a repository that is not in it any more.
 */
export const isNotGranted = ({ kind, operation }: GitHubError): boolean =>
  kind === 'refused' && operation === 'apps/create-installation-access-token';
