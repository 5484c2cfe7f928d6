import type { GitHubApp } from '../github/github-app.ts';
import type { Permissions } from '../github/permissions.ts';
import type { PullRequestAddress } from './find-pull-request.ts';

/** A token for git, with these permissions and in this repository alone; another one when the last was refused. */
export function gitToken(
  github: GitHubApp,
  { installation, repository }: Pick<PullRequestAddress, 'installation' | 'repository'>,
  permissions: Permissions,
  signal: AbortSignal,
): (refused: boolean) => Promise<string> {
  let last: string | undefined;
  return async (refused) => {
    const instead = refused && last !== undefined ? { instead: last } : {};
    const { token } = await github.token(installation, repository, permissions, { ...instead, signal });
    last = token;
    return token;
  };
}
