import { CodeAgentError, EXIT } from '../code-agent-error.ts';
import {
  appendRecord,
  type LocalRecord,
  readDecisions,
  readRecords,
  type ShownFinding,
} from '../sessions/local-record.ts';
import { type Dismissal, readSharedDismissals } from '../sessions/shared-dismissals.ts';

/** The finding of that id, as the last review that showed one like it named it, no longer counts. */
export function dismissFinding(
  commonDir: string,
  id: string,
  { reason, by }: { readonly reason: string; readonly by: string | null },
): ShownFinding {
  const shown = readRecords(commonDir, ['findings-shown']).map((record) => record.findings);
  for (const findings of shown.reverse()) {
    const found = findings.filter((finding) => finding.id === id || finding.fingerprint.startsWith(id));
    if (new Set(found.map(({ fingerprint }) => fingerprint)).size > 1) throw ambiguous(id);
    if (found[0] === undefined) continue;
    const { fingerprint, title } = found[0];
    appendRecord(commonDir, { type: 'finding-dismissed', fingerprint, title, reason, by });
    return found[0];
  }
  throw unknown(
    id,
    'No review here has shown it. Run the review again and take the id that stands beside it.',
  );
}

/** The dismissed finding of that id counts again. */
export function reopenFinding(commonDir: string, id: string, by: string | null): Dismissal {
  const found = dismissedList(commonDir).filter(({ fingerprint }) => fingerprint.startsWith(id));
  if (found.length > 1) throw ambiguous(id);
  if (found[0] === undefined) throw unknown(id, '`code-agent findings list` shows the dismissed ones.');
  const { fingerprint, title, at } = found[0];
  // Behind what it undoes, also where the clock of who did that is ahead.
  const now = new Date(Math.max(Date.now(), at === null ? 0 : Date.parse(at) + 1)).toISOString();
  appendRecord(commonDir, { at: now, type: 'finding-reopened', fingerprint, title, by });
  return found[0];
}

/** What is dismissed now: what the database said when it was last asked, and what was done on this machine since. */
export function dismissedList(commonDir: string): Dismissal[] {
  const shared = readSharedDismissals(commonDir);
  const list = new Map(shared.list.map((one) => [one.fingerprint, one]));
  const { records } = readDecisions(commonDir, shared.recordsEnd);
  for (const record of records) apply(list, record);
  return [...list.values()];
}

function apply(list: Map<string, Dismissal>, record: LocalRecord): void {
  if (record.type === 'finding-reopened') list.delete(record.fingerprint);
  if (record.type !== 'finding-dismissed') return;
  const { fingerprint, title, reason, by = null, at = null } = record;
  list.set(fingerprint, { fingerprint, title, reason, by, at });
}

function unknown(id: string, advice: string): CodeAgentError {
  return new CodeAgentError(`there is no finding ${JSON.stringify(id)}`, { exitCode: EXIT.usage, advice });
}

function ambiguous(id: string): CodeAgentError {
  return new CodeAgentError(`${JSON.stringify(id)} is the beginning of several findings`, {
    exitCode: EXIT.usage,
    advice: 'Write more of it.',
  });
}
