import type { MirroredPullRequest } from '../git/mirrors.ts';
import { remoteIdentity } from '../git/repository-identity.ts';
import { REVIEW_READ } from '../github/permissions.ts';
import type { AppDoor } from './app-door.ts';
import type { Subject } from './find-pull-request.ts';
import { gitToken } from './git-token.ts';

/** Works with a mirror that has the head of the pull request, fetched with a token that may do nothing but that. */
export function withMirror<T>(
  { github, mirrors, serverUrl }: AppDoor,
  { address, fullName, pull }: Subject,
  signal: AbortSignal,
  work: (mirror: MirroredPullRequest) => Promise<T>,
): Promise<T> {
  const url = `${serverUrl}/${fullName}`;
  return mirrors.withPullRequest(
    {
      key: { identity: remoteIdentity(url) ?? url, id: address.repository },
      url,
      token: gitToken(github, address, REVIEW_READ, signal),
      number: pull.number,
      head: pull.head.sha,
      base: { ref: pull.base.ref, sha: pull.base.sha },
      signal,
    },
    work,
  );
}
