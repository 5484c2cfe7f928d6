import { plainMarkdown } from '../../report/pull-request/sanitize-markdown.ts';
import { storeDecision } from '../../sessions/postgres/stored-findings.ts';
import type { CommandAnswer } from './command-call.ts';
import { namedFinding } from './named-finding.ts';

/** `/agent dismiss [reason]`: a finding no longer counts, here and in the hooks of those who share the database. */
export const dismiss: CommandAnswer = async (call) => {
  const { door, subject, job, queue, confirmAllowed } = call;
  const named = await namedFinding(call);
  if (typeof named === 'string') return named;
  const { finding, rest } = named;
  const reason = rest.trim();
  await confirmAllowed();
  await storeDecision(door.sql, subject.key.repository, {
    fingerprint: finding.fingerprint,
    title: finding.title,
    state: 'dismissed',
    // The same comment is the same decision, however often it is read.
    at: new Date(job.updatedAt).toISOString(),
    by: job.author.login,
    because: reason === '' ? 'no reason given' : reason,
  });
  // What it means for the check run costs nothing: what models said is known.
  const { installation, repository, number } = subject.address;
  await queue.add('review', { installation, repository, number, full: false, askedBy: job.author });
  const why = reason === '' ? '' : `: ${plainMarkdown(reason, { hosts: [], longest: 500 })}`;
  return `Dismissed${why}. It no longer counts, here and in the hooks of this repository.`;
};
