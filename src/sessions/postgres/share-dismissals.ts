import { readRecordsFrom } from '../local-record.ts';
import { readSharedDismissals, writeSharedDismissals } from '../shared-dismissals.ts';
import { storeDecision, storedDismissals } from './stored-findings.ts';
import type { Database } from './with-database.ts';

/** Tells the database what was dismissed and reopened on this machine since the last time, and keeps what others have. */
export async function shareDismissals(
  { sql, place }: Database,
  repository: string,
  commonDir: string,
): Promise<void> {
  const before = readSharedDismissals(commonDir);
  const types = ['finding-dismissed', 'finding-reopened'] as const;
  // Another database has heard of none yet.
  const from = before.place === place ? before.recordsEnd : 0;
  const { records, end } = readRecordsFrom(commonDir, types, from);
  for (const record of records) {
    const { fingerprint, title = '', by = null, at = new Date().toISOString() } = record;
    const isDismissal = record.type === 'finding-dismissed';
    await storeDecision(sql, repository, {
      ...{ fingerprint, title, by, at },
      state: isDismissal ? 'dismissed' : 'open',
      because: isDismissal ? record.reason : null,
    });
  }
  const list = await storedDismissals(sql, repository);
  writeSharedDismissals(commonDir, { place, list, recordsEnd: end });
}
