import { randomBytes } from 'node:crypto';
import packageJson from '../../package.json' with { type: 'json' };
import type { Model } from '../agent/model.ts';
import type { Door as PolicyDoor } from '../agent/policy.ts';
import type { RunSink } from '../agent/run-sink.ts';
import type { EventData } from '../agent/session-event.ts';
import type { ChangeSet } from '../change/change-set.ts';
import { CodeAgentError } from '../code-agent-error.ts';
import type { Repository } from '../git/repository.ts';
import type { Redact } from '../review/redact.ts';
import type { Review } from '../review/review.ts';
import { createJournal, type Journal, journalIds, openJournal, readJournal } from '../sessions/journal.ts';
import { createRecorder } from '../sessions/recorder.ts';
import { createSessionId } from '../sessions/session-id.ts';
import { lineOf } from './review-line.ts';

/** The record of one review with models, kept as it goes. */
export interface ReviewSession {
  readonly id: string;
  readonly nonce: string;
  readonly sink: RunSink;
  record(model: Model): Model;
  /** Writes what it came to, and closes it. One that ran out of time has not ended: it may be gone on with. */
  end(review: Review): void;
}

/** Begins the session of a review. */
export function beginSession(
  { commonDir, gitDir }: Repository,
  change: ChangeSet,
  { door, models }: { readonly door: PolicyDoor; readonly models: readonly Model[] },
  redact: Redact,
): ReviewSession {
  const journal = createJournal(commonDir, createSessionId());
  const nonce = randomBytes(16).toString('hex');
  const { name, version } = packageJson;
  const { id, base, head } = change;
  journal.append(
    {
      type: 'session-started',
      data: {
        kind: 'review',
        door,
        tool: { name, version },
        change: { id, base: base.commit, head: head.commit },
        models: models.map(({ id: model, limits }) => ({ id: model, ...limits })),
        nonce,
        line: lineOf(gitDir, change),
      },
    },
    { durable: true },
  );
  return goOn(journal, nonce, redact);
}

/** So many of the latest sessions are looked at: what is older is of other changes. */
const LATEST = 20;

/** The latest session of this change that has not ended, to go on with; null when there is none that can be. */
export function reopenSession(commonDir: string, changeId: string, redact: Redact): ReviewSession | null {
  for (const id of journalIds(commonDir).reverse().slice(0, LATEST)) {
    const content = readJournal(commonDir, id);
    if (content === null) continue;
    const { events, damage } = content;
    const [first] = events;
    if (first?.type !== 'session-started' || first.data.change?.id !== changeId) continue;
    if (damage !== null && damage.kind !== 'torn') continue;
    if (events.some(({ type }) => type === 'session-ended')) continue;
    try {
      return goOn(openJournal(commonDir, id), first.data.nonce, redact);
    } catch (error) {
      // Another process has it.
      if (!(error instanceof CodeAgentError && error.retryable)) throw error;
    }
  }
  return null;
}

/** A session whose journal is open and begun already: its answers are not asked for again. */
export function goOn(journal: Journal, nonce: string, redact: Redact): ReviewSession {
  const recorder = createRecorder(journal, redact);
  return {
    id: journal.id,
    nonce,
    sink: recorder,
    record: recorder.record,
    end(review) {
      if (review.verdict.outOfTime) return journal.close();
      for (const finding of review.findings)
        recorder.note({ type: 'finding-made', data: { finding: storedFinding(finding) } });
      recorder.note({ type: 'session-ended', data: endOf(review) }, { durable: true });
      journal.close();
    },
  };
}

type StoredFinding = EventData['finding-made']['finding'];

const storedFinding = (finding: Review['findings'][number]): StoredFinding => {
  const { fingerprint, path, place, severity, category, title, body, source, confidence, suppressed } =
    finding;
  return {
    ...{ fingerprint, path, severity, category, title, body, source, confidence },
    place: place === null ? null : { startLine: place.startLine, endLine: place.endLine },
    suppressed: suppressed === null ? null : { ...suppressed },
  };
};

function endOf({ verdict, timing, findings, model, coverage }: Review): EventData['session-ended'] {
  const suppressed = findings.filter((finding) => finding.suppressed !== null).length;
  const dropped = Object.values(model?.dropped ?? {}).reduce((sum, count) => sum + count, 0);
  return {
    outcome: verdict.outcome,
    ms: timing.totalMs,
    usage: model === null ? null : { ...model.tokens },
    usd: model?.usd ?? null,
    findings: { kept: findings.length - suppressed, suppressed, dropped },
    coverage: {
      files: coverage.files.map(({ path, outcome, reason }) => ({ path, outcome, reason })),
      failures: [...coverage.failures],
    },
  };
}
