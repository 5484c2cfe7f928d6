import { plural } from '../../report/summary.ts';
import { lastReview } from '../../sessions/postgres/pull-request-runs.ts';
import { readPullRequest } from '../../sessions/postgres/pull-requests.ts';
import type { CommandAnswer } from './command-call.ts';

const OUTCOMES: Readonly<Record<string, string>> = {
  pass: 'passed',
  fail: 'failed',
  incomplete: 'is incomplete (not everything was looked at)',
};

/** `/agent summary`: what the last review came to, and where its summary is. */
export const summary: CommandAnswer = async ({ door, subject }) => {
  const last = await lastReview(door.sql, subject.key);
  if (last === null) return 'Nothing was reviewed here yet. `/agent review` does it.';
  const { summaryComment } = await readPullRequest(door.sql, subject.key);
  const where =
    summaryComment === null ? '' : ` [The summary](${subject.pull.htmlUrl}#issuecomment-${summaryComment}).`;
  const isCurrent = last.head === subject.pull.head.sha;
  const found = last.findings.length === 0 ? 'no findings' : plural(last.findings.length, 'finding');
  return `The last review, of \`${last.head.slice(0, 7)}\`${isCurrent ? '' : ' (not the head any more)'}, ${OUTCOMES[last.outcome] ?? last.outcome}, with ${found}.${where}`;
};
