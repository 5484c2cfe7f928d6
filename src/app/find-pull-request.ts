import { REVIEW_READ, REVIEW_WRITE } from '../github/permissions.ts';
import type { PullRequest } from '../github/pull-request.ts';
import type { RepositoryClient } from '../github/repository-client.ts';
import { createMarkers, type Markers } from '../report/pull-request/marker.ts';
import { findOverlappingSecrets } from '../review/checks/secret/find-secrets.ts';
import { type Redact, redactSecrets } from '../review/redact.ts';
import { externalWrites } from '../sessions/postgres/external-writes.ts';
import { knowRepository } from '../sessions/postgres/github-repositories.ts';
import { markerSecret } from '../sessions/postgres/marker-secret.ts';
import type { PullRequestKey } from '../sessions/postgres/pull-requests.ts';
import type { WriteOnce } from '../sessions/write-once.ts';
import type { AppDoor } from './app-door.ts';
import { isOutOfReach } from './job-failure.ts';

/** Which pull request, by GitHub's ids. */
export interface PullRequestAddress {
  readonly installation: number;
  /** GitHub's id of the repository. */
  readonly repository: number;
  readonly number: number;
}

/** A pull request that a job is about, as it is now (the payload of a webhook may be older), and how to write to it. */
export interface Subject {
  readonly address: PullRequestAddress;
  readonly key: PullRequestKey;
  /** `owner/name` */
  readonly fullName: string;
  readonly pull: PullRequest;
  /** May only read. */
  readonly reader: RepositoryClient;
  /** May post reviews, comments and check runs in this repository, and nothing else. */
  readonly writer: RepositoryClient;
  /** What is written through it is written once, whatever ends this process. */
  readonly writeOnce: WriteOnce;
  readonly markers: Markers;
  /** GitHub's id of our user: what others write is never taken for ours. */
  readonly userId: number;
  readonly redact: Redact;
}

/** Null when it is gone, or not ours to see any more: there is nobody to tell. */
export async function findPullRequest(
  { github, sql, serverUrl, held }: AppDoor,
  { installation, repository, number }: PullRequestAddress,
  signal: AbortSignal,
): Promise<Subject | null> {
  const reader = github.client(installation, repository, REVIEW_READ, signal);
  try {
    const pull = await reader.pullRequest(number);
    const { fullName } = pull.base.repository;
    const host = new URL(serverUrl).hostname;
    const id = await knowRepository(sql, { host, githubId: repository, fullName, installation });
    const redact: Redact = (text) => redactSecrets(text, findOverlappingSecrets, held);
    return {
      address: { installation, repository, number },
      key: { repository: id, number },
      fullName,
      pull,
      reader,
      writer: github.client(installation, repository, REVIEW_WRITE, signal),
      writeOnce: externalWrites(sql, id, `pull/${number}/`, redact),
      markers: createMarkers(await markerSecret(sql), repository, number),
      userId: (await github.identity()).userId,
      redact,
    };
  } catch (error) {
    if (isOutOfReach(error)) return null;
    throw error;
  }
}
