import type { Sql } from 'postgres';
import { type DecisionRecord, readDecisions } from '../local-record.ts';
import { writeSharedDismissals } from '../shared-dismissals.ts';
import { type Decision, newDecisions, storeDecision, storedDismissals } from './stored-findings.ts';

/**
 * Tells the database what was dismissed and reopened on this machine and is not known there, and keeps what others have. All
 * of it is offered each time: the repository may have a remote since, or the database may be another one, or made anew.
 */
export async function shareDismissals(sql: Sql, repository: string, commonDir: string): Promise<void> {
  const { records, end } = readDecisions(commonDir, 0);
  for (const decision of await newDecisions(sql, repository, records.flatMap(decisionOf)))
    await storeDecision(sql, repository, decision);
  const list = await storedDismissals(sql, repository);
  writeSharedDismissals(commonDir, { list, recordsEnd: end });
}

const FINGERPRINT = /^[0-9a-f]{64}$/;

/** None of a record that was changed by hand into one that nobody can store. One without a time is older than all others. */
function decisionOf(record: DecisionRecord): Decision[] {
  const { type, fingerprint, title = '', by = null } = record;
  const time = new Date(record.at ?? 0);
  if (!FINGERPRINT.test(fingerprint) || Number.isNaN(time.getTime())) return [];
  const at = time.toISOString();
  return type === 'finding-dismissed'
    ? [{ fingerprint, title, by, at, state: 'dismissed', because: record.reason }]
    : [{ fingerprint, title, by, at, state: 'open', because: null }];
}
