import { CodeAgentError, EXIT } from '../code-agent-error.ts';
import { appendRecord, type LocalRecord, readRecords, type ShownFinding } from '../sessions/local-record.ts';

export interface Dismissal {
  readonly fingerprint: string;
  readonly title: string;
  readonly reason: string;
}

/** The finding of that id, as the last review that showed one like it named it, no longer counts on this machine. */
export function dismissFinding(commonDir: string, id: string, reason: string): ShownFinding {
  const shown = readRecords(commonDir, ['findings-shown']).map((record) => record.findings);
  for (const findings of shown.reverse()) {
    const found = findings.filter((finding) => finding.id === id || finding.fingerprint.startsWith(id));
    if (new Set(found.map(({ fingerprint }) => fingerprint)).size > 1) throw ambiguous(id);
    if (found[0] === undefined) continue;
    const { fingerprint, title } = found[0];
    appendRecord(commonDir, { type: 'finding-dismissed', fingerprint, title, reason });
    return found[0];
  }
  throw unknown(
    id,
    'No review here has shown it. Run the review again and take the id that stands beside it.',
  );
}

/** The dismissed finding of that id counts again. */
export function reopenFinding(commonDir: string, id: string): Dismissal {
  const found = dismissedList(commonDir).filter(({ fingerprint }) => fingerprint.startsWith(id));
  if (found.length > 1) throw ambiguous(id);
  if (found[0] === undefined) throw unknown(id, '`code-agent findings list` shows the dismissed ones.');
  appendRecord(commonDir, { type: 'finding-reopened', fingerprint: found[0].fingerprint });
  return found[0];
}

/** What is dismissed now, in the order in which it was. */
export function dismissedList(commonDir: string): Dismissal[] {
  const list = new Map<string, Dismissal>();
  for (const record of readRecords(commonDir, ['finding-dismissed', 'finding-reopened'])) apply(list, record);
  return [...list.values()];
}

function apply(list: Map<string, Dismissal>, record: LocalRecord): void {
  if (record.type === 'finding-reopened') list.delete(record.fingerprint);
  if (record.type !== 'finding-dismissed') return;
  const { fingerprint, title, reason } = record;
  list.set(fingerprint, { fingerprint, title, reason });
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
