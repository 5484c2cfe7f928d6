import { randomBytes } from 'node:crypto';
import type { Model } from '../agent/model.ts';
import type { RunSink } from '../agent/run-sink.ts';
import type { ChangeSet } from '../change/change-set.ts';
import { CodeAgentError } from '../code-agent-error.ts';
import type { Repository } from '../git/repository.ts';
import type { Redact } from '../review/redact.ts';
import type { Review } from '../review/review.ts';
import { createJournal, type Journal, journalIds, openJournal, readJournal } from '../sessions/journal.ts';
import { createRecorder } from '../sessions/recorder.ts';
import { createSessionId } from '../sessions/session-id.ts';
import { type Beginning, beginningOf, endingOf } from './review-events.ts';

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
  repository: Repository,
  change: ChangeSet,
  asking: Omit<Beginning, 'nonce'>,
  redact: Redact,
): ReviewSession {
  const journal = createJournal(repository.commonDir, createSessionId());
  const nonce = randomBytes(16).toString('hex');
  journal.append(beginningOf(repository, change, { ...asking, nonce }), { durable: true });
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
    if (first.data.models.length === 0) continue;
    if (first.data.kind !== 'review') continue;
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
      for (const event of endingOf(review)) recorder.note(event, { durable: event.type === 'session-ended' });
      journal.close();
    },
  };
}
