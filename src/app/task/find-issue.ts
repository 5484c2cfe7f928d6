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
import { isOutOfReach } from '../job-failure.ts';

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
  readonly userId: number;
  readonly redact: Redact;
}

/** Null when it is gone, or not ours to see any more. */
export async function findIssue(
  { github, sql, serverUrl, held }: AppDoor,
  { installation, repository, number }: PullRequestAddress,
  signal: AbortSignal,
): Promise<IssueSubject | null> {
  const reader = github.client(installation, repository, TASK_READ, signal);
  try {
    const [issue, { fullName, defaultBranch }] = await Promise.all([
      reader.issue(number),
      reader.repository(),
    ]);
    const host = new URL(serverUrl).hostname;
    const id = await knowRepository(sql, { host, githubId: repository, fullName, installation });
    const redact: Redact = (text) => redactSecrets(text, findOverlappingSecrets, held);
    return {
      address: { installation, repository, number },
      key: { repository: id, number },
      ...{ fullName, defaultBranch, issue, reader, redact },
      writer: github.client(installation, repository, TASK_WRITE, signal),
      writeOnce: externalWrites(sql, id, `issue/${number}/`, redact),
      markers: createMarkers(await markerSecret(sql), repository, number),
      userId: (await github.identity()).userId,
    };
  } catch (error) {
    if (isOutOfReach(error)) return null;
    throw error;
  }
}
