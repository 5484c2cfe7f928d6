import { plainLine } from '../../report/pull-request/sanitize-markdown.ts';
import { storeDecision } from '../../sessions/postgres/stored-findings.ts';
import { judgeAnew } from '../judge-anew.ts';
import type { CommandAnswer } from './command-call.ts';
import { namedFinding } from './named-finding.ts';

/** `/agent dismiss [reason]`: a finding no longer counts, here and in the hooks of those who share the database. */
export const dismiss: CommandAnswer = async (call) => {
  const { door, subject, job, queue, thread, operator, confirmAllowed } = call;
  const named = await namedFinding(call);
  if (typeof named === 'string') return named;
  const { finding, rest } = named;
  const reason = await subject.redact(rest.trim());
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
  await judgeAnew(door, subject, queue, job.author);
  const what = finding.title === '' ? '' : `: ${plainLine(finding.title)}`;
  // Where the operator wants threads resolved, the review that judges anew does it.
  const isLeftOpen = thread !== null && !thread.thread.isResolved && !operator.resolveThreads;
  const hint = isLeftOpen ? ' This thread is done: it can be resolved.' : '';
  return `Dismissed${what}. It no longer counts, here and in the hooks of this repository.${hint}`;
};
