import { GitHubError } from '../../github/github-error.ts';
import type { Issue } from '../../github/issue.ts';
import { TASK_READ, TASK_WRITE } from '../../github/permissions.ts';
import type { RepositoryClient } from '../../github/repository-client.ts';
import { createMarkers, type Markers } from '../../report/pull-request/marker.ts';
import { findOverlappingSecrets } from '../../review/checks/secret/find-secrets.ts';
import { type Redact, redactSecrets } from '../../review/redact.ts';
import { externalWrites } from '../../sessions/postgres/external-writes.ts';
import { knowRepository } from '../../sessions/postgres/github-repositories.ts';
import { markerSecret } from '../../sessions/postgres/marker-secret.ts';
import type { PullRequestKey } from '../../sessions/postgres/pull-requests.ts';
import type { WriteOnce } from '../../sessions/write-once.ts';
import type { AppDoor } from '../app-door.ts';
import type { PullRequestAddress } from '../find-pull-request.ts';
import { isNotGranted, isOutOfReach } from '../job-failure.ts';
import { missingPermissions } from './missing-permissions.ts';

/** An issue, or a pull request as the issue that it is too, and how to talk there. */
export interface IssueSubject {
  readonly address: PullRequestAddress;
  readonly key: PullRequestKey;
  /** `owner/name` */
  readonly fullName: string;
  readonly defaultBranch: string;
  readonly issue: Issue;
  /** May only read. */
  readonly reader: RepositoryClient;
  /** May write comments and pull requests here, and nothing else: no file. */
  readonly writer: RepositoryClient;
  readonly writeOnce: WriteOnce;
  readonly markers: Markers;
  /** Of the texts of pull requests: they have no number yet when they are written. */
  readonly pullMarkers: Markers;
  readonly userId: number;
  readonly redact: Redact;
}

/** Null when it is gone, or not ours to see any more; or when the App may not do tasks there, which the log says. */
export async function findIssue(
  door: AppDoor,
  { installation, repository, number }: PullRequestAddress,
  signal: AbortSignal,
): Promise<IssueSubject | null> {
  const { github, sql, serverUrl, held } = door;
  const reader = github.client(installation, repository, TASK_READ, signal);
  try {
    const [issue, { fullName, defaultBranch }] = await Promise.all([
      reader.issue(number),
      reader.repository(),
      // Before anything is done that could not be answered.
      github.token(installation, repository, TASK_WRITE, { signal }),
    ]);
    const host = new URL(serverUrl).hostname;
    const id = await knowRepository(sql, { host, githubId: repository, fullName, installation });
    const secret = await markerSecret(sql);
    const redact: Redact = (text) => redactSecrets(text, findOverlappingSecrets, held);
    return {
      address: { installation, repository, number },
      key: { repository: id, number },
      ...{ fullName, defaultBranch, issue, reader, redact },
      writer: github.client(installation, repository, TASK_WRITE, signal),
      writeOnce: externalWrites(sql, id, `issue/${number}/`, redact),
      markers: createMarkers(secret, repository, number),
      pullMarkers: createMarkers(secret, repository, 0),
      userId: (await github.identity()).userId,
    };
  } catch (error) {
    if (!isOutOfReach(error)) throw error;
    if (error instanceof GitHubError && isNotGranted(error))
      await warn(door, { installation, repository, number }, signal);
    return null;
  }
}

/** Says what an installation has to accept before tasks can be done there. */
async function warn(door: AppDoor, address: PullRequestAddress, signal: AbortSignal): Promise<void> {
  const lacks = await missingPermissions(door, address, signal);
  if (lacks === null || lacks.missing.length === 0) return;
  const { fullName, missing } = lacks;
  door.log.warn(
    { repository: fullName, number: address.number, installation: address.installation, missing },
    `no work is done here: the installation has not accepted ${missing.join(', ')}. Its owner does so in the settings of the account, under the installed GitHub Apps`,
  );
}
