import { lastReview } from '../../sessions/postgres/pull-request-runs.ts';
import { readPullRequest } from '../../sessions/postgres/pull-requests.ts';
import type { CommandAnswer } from './command-call.ts';

const OUTCOMES: Readonly<Record<string, string>> = {
  pass: 'nothing that fails',
  fail: 'findings that fail',
  incomplete: 'incomplete: not everything was looked at',
};

/** `/agent summary` */
export const summary: CommandAnswer = async ({ door, subject, queue }) => {
  const last = await lastReview(door.sql, subject.key);
  const { installation, repository, number } = subject.address;
  if (last === null) {
    await queue.add('review', { installation, repository, number, full: false });
    return 'Nothing was reviewed here yet. It is looked at now, if it is to be.';
  }
  const { summaryComment } = await readPullRequest(door.sql, subject.key);
  const where =
    summaryComment === null ? '' : ` [The summary](${subject.pull.htmlUrl}#issuecomment-${summaryComment}).`;
  const isCurrent = last.head === subject.pull.head.sha;
  return `The last review, of \`${last.head.slice(0, 7)}\`${isCurrent ? '' : ', which is not the head any more'}: ${OUTCOMES[last.outcome] ?? last.outcome}, ${last.findings.length} open.${where}`;
};
