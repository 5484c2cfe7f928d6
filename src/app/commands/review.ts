import { readPullRequest } from '../../sessions/postgres/pull-requests.ts';
import { CLOSED } from './closed.ts';
import type { CommandAnswer } from './command-call.ts';

/** `/agent review` and `/agent review full`: a look at the head as it is, also where one is not wanted by itself. */
export const review: CommandAnswer = async ({ door, subject, job, command, queue, confirmAllowed }) => {
  if (subject.pull.state === 'closed') return CLOSED;
  if ((await readPullRequest(door.sql, subject.key)).state === 'ignored')
    return 'Somebody said `/agent ignore` here. `/agent resume` takes that back, and reviews.';
  await confirmAllowed();
  const full = command.verb === 'review full';
  await queue.add('review', { ...subject.address, full, askedBy: job.author });
  const head = subject.pull.head.sha.slice(0, 7);
  return full
    ? `Reviewing all of \`${head}\` anew, also what was answered before.`
    : `Reviewing \`${head}\`. What did not change since the last review is not paid for again.`;
};
