import { randomBytes } from 'node:crypto';
import packageJson from '../../package.json' with { type: 'json' };
import type { Spent } from '../agent/budget.ts';
import type { Model } from '../agent/model.ts';
import type { Door } from '../agent/policy.ts';
import type { EventData } from '../agent/session-event.ts';
import type { Repository } from '../git/repository.ts';
import type { Redact } from '../review/redact.ts';
import { createJournal, type Journal, openJournal } from '../sessions/journal.ts';
import { createRecorder } from '../sessions/recorder.ts';
import { createSessionId } from '../sessions/session-id.ts';
import type { TaskRecord } from '../tasks/task-record.ts';
import type { ReviewSession } from './review-session.ts';

/** The record of one task, kept as it goes. */
export interface TaskSession {
  readonly id: string;
  readonly nonce: string;
  readonly record: TaskRecord;
  /** The model: what the session has an answer to is not asked again. */
  recorded(model: Model): Model;
  /** The review of its change is kept in it too. */
  readonly review: ReviewSession;
  /** Writes what it came to, and closes it. Null: it is to be gone on with. `ms`: what it took. */
  close(outcome: EventData['session-ended']['outcome'] | null, spent: Spent, ms: number): void;
}

export interface TaskBeginning {
  readonly door: Door;
  readonly models: readonly Model[];
  /** Sessions of one line follow each other: `task/7`. */
  readonly line: string;
}

/** Begins the session of a task; or opens the one with the id `left`, whose journal is there. */
export function goOnWithTask(
  { commonDir }: Pick<Repository, 'commonDir'>,
  { door, models, line }: TaskBeginning,
  redact: Redact,
  left: string | null,
): TaskSession {
  const journal = left === null ? createJournal(commonDir, createSessionId()) : openJournal(commonDir, left);
  const nonce = left === null ? randomBytes(16).toString('hex') : nonceOf(journal);
  const { name, version } = packageJson;
  if (left === null)
    journal.append(
      {
        type: 'session-started',
        data: {
          ...{ kind: 'task', door, line, nonce, change: null },
          tool: { name, version },
          models: models.map(({ id, limits }) => ({ id, ...limits })),
        },
      },
      { durable: true },
    );
  const recorder = createRecorder(journal, redact);
  return {
    ...{ id: journal.id, nonce, record: recorder, recorded: recorder.record },
    review: { id: journal.id, nonce, sink: recorder, record: recorder.record, end() {} },
    close(outcome, { calls, usage, usd }, ms) {
      if (outcome !== null)
        recorder.note(
          {
            type: 'session-ended',
            data: {
              ...{ outcome, ms, usd, usage: calls === 0 ? null : { ...usage }, coverage: null },
              findings: { kept: 0, suppressed: 0, dropped: 0 },
            },
          },
          { durable: true },
        );
      journal.close();
    },
  };
}

function nonceOf({ events }: Journal): string {
  const [first] = events;
  if (first?.type !== 'session-started') throw new RangeError('a session begins with session-started');
  return first.data.nonce;
}
