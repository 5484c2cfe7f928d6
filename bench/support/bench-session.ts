import { createHash } from 'node:crypto';
import type { NewEvent } from '../../src/agent/session-event.ts';
import { sampleFinding, sessionEvents } from '../../test/support/session-journal.ts';
import { seededText } from './seeded-files.ts';

const TURNS = 6;
const FINDINGS = 4;

/** One that begins it and one that ends it, four a turn, and the findings. */
export const EVENTS = 2 + 4 * TURNS + FINDINGS;

/** The {@link EVENTS} of a model's review, of so many bytes on the average: three a turn hold text of a file. Its findings are new. */
export function benchSession(id: string, bytes: number): NewEvent[] {
  const text = textOf((bytes * EVENTS) / (3 * TURNS));
  const findings = Array.from({ length: FINDINGS }, (_, index) =>
    sampleFinding('0', { fingerprint: createHash('sha256').update(`${id} ${index}`).digest('hex') }),
  );
  return [...sessionEvents({ turns: TURNS, line: `branch-${id.slice(-1)}`, content: text, findings })];
}

/** The events of a hook that asked no model and found something. */
export const checksSession = (): NewEvent[] => [
  ...sessionEvents({ line: 'main', findings: [sampleFinding('a')] }),
];

const LINES = 2_000;
const SAMPLE = seededText('ts', LINES, 1);

/** From somewhere in it. */
function textOf(length: number): string {
  const start = Math.floor(Math.random() * Math.max(0, SAMPLE.length - length));
  return SAMPLE.slice(start, start + length);
}
