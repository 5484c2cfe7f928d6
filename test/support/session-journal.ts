import type { EventData, NewEvent } from '../../src/agent/session-event.ts';
import { createJournal, readJournal } from '../../src/sessions/journal.ts';
import type { JournalContent } from '../../src/sessions/journal-record.ts';
import { createSessionId } from '../../src/sessions/session-id.ts';

type Finding = EventData['finding-made']['finding'];

export interface SampleSession {
  readonly line?: string | null;
  readonly base?: string | null;
  readonly findings?: readonly Finding[];
  /** Turns of a model; 0: the checks alone. */
  readonly turns?: number;
  /** What a tool answers in each turn. */
  readonly content?: string;
  /** False: it was interrupted. */
  readonly ended?: boolean;
  readonly reviewed?: readonly string[];
  readonly failures?: readonly string[];
}

/** Writes a session of a hook into a journal and closes it. Answers its id. */
export function writeSession(commonDir: string, sample: SampleSession = {}): string {
  const id = createSessionId();
  const journal = createJournal(commonDir, id);
  for (const event of sessionEvents(sample)) journal.append(event);
  journal.close();
  return id;
}

export const sampleFinding = (digit: string, more: Partial<Finding> = {}): Finding => ({
  fingerprint: digit.repeat(64),
  path: 'src/upload.ts',
  place: { startLine: 31, endLine: 33 },
  severity: 'error',
  category: 'correctness',
  title: 'The retry loop never waits',
  body: 'Nothing awaits it.',
  source: 'check',
  confidence: 1,
  suppressed: null,
  ...more,
});

const USAGE = { input: 100, output: 20, cacheRead: 5, cacheWrite: 3, estimated: false };

/** The events of a review, in order. */
export function* sessionEvents({
  line = null,
  base = 'b'.repeat(40),
  findings = [],
  turns = 0,
  content = 'a\u0000 "b" \\ \ud800 é 🎈\n',
  ended = true,
  reviewed = ['src/upload.ts'],
  failures = [],
}: SampleSession): Generator<NewEvent> {
  const models = turns === 0 ? [] : [{ id: 'claude-test', context: 200_000, output: 8_000 }];
  yield {
    type: 'session-started',
    data: {
      ...{ kind: 'review', door: 'hook', tool: { name: 'code-agent', version: '0.1.0' }, nonce: 'n' },
      change: { id: 'c'.repeat(64), base, head: null },
      ...{ models, line },
    },
  };
  for (let turn = 1; turn <= turns; turn += 1) {
    const of = { run: 'r', turn, model: 'claude-test', digest: 'd'.repeat(64) };
    yield {
      type: 'model-requested',
      data: { ...of, added: { messages: [{ text: content }], maxOutput: 9 } },
    };
    yield {
      type: 'model-responded',
      data: {
        ...of,
        response: { blocks: [{ type: 'text', text: content }], stop: 'end', usage: USAGE },
        usd: 0.5,
      },
    };
    yield { type: 'tool-decided', data: { run: 'r', callId: `${turn}`, decision: 'allow', reason: 'reads' } };
    yield { type: 'tool-returned', data: { run: 'r', turn, callId: `${turn}`, content, isError: false } };
  }
  for (const finding of findings) yield { type: 'finding-made', data: { finding } };
  if (!ended) return;
  yield {
    type: 'session-ended',
    data: {
      ...{ outcome: 'pass', ms: 12.5, usd: null, usage: turns === 0 ? null : USAGE },
      findings: { kept: findings.length, suppressed: 0, dropped: 0 },
      coverage: {
        files: reviewed.map((path) => ({ path, outcome: 'reviewed', reason: null })),
        failures: [...failures],
      },
    },
  };
}

/** What the journal of a session holds. Throws when there is none. */
export function journalOf(commonDir: string, id: string): JournalContent {
  const content = readJournal(commonDir, id);
  if (content === null) throw new RangeError(`there is no journal of ${id}`);
  return content;
}
