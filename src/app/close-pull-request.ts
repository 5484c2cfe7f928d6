import { remoteIdentity } from '../git/repository-identity.ts';
import { readPullRequest, setPullRequestState } from '../sessions/postgres/pull-requests.ts';
import type { JobPayload } from '../tasks/job.ts';
import type { JobContext } from '../tasks/queue.ts';
import type { AppDoor } from './app-door.ts';
import { findPullRequest } from './find-pull-request.ts';
import { cancelOtherLooks } from './not-reviewed.ts';

/**
 * Job `closed`: nothing more is done here until it is opened again; what people wanted of us then stands. A look that was begun is
 * ended. It may have taken the place of a review that waited: where the pull request is open again, that is made up for.
 */
export async function closePullRequest(
  door: AppDoor,
  job: JobPayload<'closed'>,
  { signal, queue }: JobContext,
): Promise<void> {
  const subject = await findPullRequest(door, job, signal);
  if (subject === null) return;
  if (subject.pull.state === 'open') return await queue.add('review', { ...subject.address, full: false });
  await cancelOtherLooks(door, subject, null);
  const { state } = await readPullRequest(door.sql, subject.key);
  if (state === 'active') await setPullRequestState(door.sql, subject.key, { state: 'closed', by: null });
  const identity = remoteIdentity(`${door.serverUrl}/${subject.fullName}`) ?? '';
  await door.mirrors.forget({ identity, id: job.repository }, job.number);
}
