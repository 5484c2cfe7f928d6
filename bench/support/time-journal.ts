import {
  appendFileSync,
  chmodSync,
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { NewEvent } from '../../src/agent/session-event.ts';
import { createJournal } from '../../src/sessions/journal.ts';
import { createSessionId } from '../../src/sessions/session-id.ts';
import { writeJournal } from '../../src/sessions/write-journal.ts';
import { createRepository, stagedCommit } from './bench-repository.ts';
import { benchSession, checksSession, EVENTS } from './bench-session.ts';
import { seededText } from './seeded-files.ts';
import { median, type Row, ratioLimit, type Table } from './table.ts';
import type { Workbench } from './workbench.ts';

/** Times a bare append; and with an fsync behind each. */
const APPEND_AT_MOST = 4;
const DURABLE_AT_MOST = 1.5;
/** Of a commit. */
const SHARE_AT_MOST = 0.05;

const APPENDS = 30 * EVENTS;
const WARM_UP_ROUNDS = 2;

interface Append {
  readonly event: NewEvent;
  readonly line: string;
}

/** Appending events, beside bare writes of the same bytes into the same folder. Each round does all of them. */
export function timeAppends({ folder }: Workbench, runs: number): Table {
  const session = benchSession('1', 1_000).map((event) => ({
    event,
    line: `${'0'.repeat(32)} ${JSON.stringify({ ...event, version: 1, seq: 1, at: NOW })}\n`,
  }));
  const all = Array.from({ length: APPENDS / EVENTS }, () => session).flat();
  const bare = join(folder, 'bare');
  const descriptor = openSync(bare, 'a');
  const ways = {
    bare: ({ line }: Append) => appendFileSync(bare, line),
    own: ({ event }: Append) => journal.append(event),
    bareDurable({ line }: Append) {
      writeSync(descriptor, line);
      fsyncSync(descriptor);
    },
    ownDurable: ({ event }: Append) => journal.append(event, { durable: true }),
  };
  const journal = createJournal(folder, createSessionId());
  const times = inRounds(runs, ways, (append) => {
    const start = performance.now();
    for (const one of all) append(one);
    return performance.now() - start;
  });
  journal.close();
  closeSync(descriptor);
  const row = (what: string, way: keyof typeof ways, than: keyof typeof ways, atMost?: number): Row => {
    const ratio = median(times[way]) / median(times[than]);
    const note = `${rate(APPENDS, median(times[way]))} events/s`;
    return { what, times: times[way], ratio, note, ...(atMost && { limit: ratioLimit(ratio, atMost) }) };
  };
  return {
    title: `${APPENDS} events of 1 kB appended`,
    rows: [
      row('`appendFileSync` of the same bytes', 'bare', 'bare'),
      row('**the journal**', 'own', 'bare', APPEND_AT_MOST),
      row('`writeSync` and `fsyncSync` of the same bytes', 'bareDurable', 'bareDurable'),
      row('**the journal**, each event on the disk', 'ownDurable', 'bareDurable', DURABLE_AT_MOST),
    ],
  };
}

const NOW = new Date().toISOString();

/** All of a session, in a process that has done it before, as a share of a commit. */
export function timeJournals(workbench: Workbench, runs: number): Table {
  const repository = createRepository(workbench, 'journals');
  const hooks = join(repository.path, '.git/hooks');
  mkdirSync(hooks, { recursive: true });
  writeFileSync(join(hooks, 'pre-commit'), `#!/bin/sh\nexec "${process.execPath}" -e 0\n`);
  chmodSync(join(hooks, 'pre-commit'), 0o755);
  repository.write('a.ts', seededText('ts', 100, 1));
  repository.commitAll();
  repository.write('a.ts', seededText('ts', 100, 1, 1));
  repository.git('add', '--all');
  const commit = stagedCommit(workbench, repository);
  let round = 0;
  const ways = {
    commit() {
      round += 1;
      commit.prepare('a.ts', seededText('ts', 100, 1, 1 + round));
      return commit.run();
    },
    checks: () => timeChecks(join(repository.path, '.git')),
    model: () => timeModel(join(repository.path, '.git'), benchSession('1', 1_000)),
  };
  const times = inRounds(runs, ways, (run) => run());
  const base = median(times.commit);
  const row = (what: string, way: keyof typeof ways): Row => ({
    what,
    times: times[way],
    ratio: median(times[way]) / base,
  });
  const checks = row('**the journal** of a review without a model, 3 events in one write', 'checks');
  return {
    title: 'What a session adds to `git commit`',
    rows: [
      row('a hook that runs `node -e 0`', 'commit'),
      { ...checks, limit: ratioLimit(checks.ratio ?? Number.NaN, SHARE_AT_MOST) },
      row(`**the journal** of a model's review, ${EVENTS} events, 8 of them on the disk`, 'model'),
    ],
  };
}

/** As a review that asked no model writes it, when it is over. */
function timeChecks(commonDir: string): number {
  const start = performance.now();
  const events = checksSession().map((event) => ({ ...event, at: new Date().toISOString() }));
  writeJournal(commonDir, createSessionId(), events);
  return performance.now() - start;
}

/** As a model's review writes it: its beginning, its end and what a model has said are on the disk before it goes on. */
function timeModel(commonDir: string, events: readonly NewEvent[]): number {
  const start = performance.now();
  const journal = createJournal(commonDir, createSessionId());
  for (const event of events) journal.append(event, { durable: DURABLE.has(event.type) });
  journal.close();
  return performance.now() - start;
}

const DURABLE: ReadonlySet<NewEvent['type']> = new Set([
  'session-started',
  'model-responded',
  'session-ended',
]);

function inRounds<Way extends string, T>(
  runs: number,
  ways: Readonly<Record<Way, T>>,
  time: (way: T) => number,
): Record<Way, number[]> {
  const names = Object.keys(ways) as Way[];
  const times = Object.fromEntries(names.map((name): [string, number[]] => [name, []])) as Record<
    Way,
    number[]
  >;
  for (let round = -WARM_UP_ROUNDS; round < runs; round += 1)
    for (const name of names) {
      const ms = time(ways[name]);
      if (round >= 0) times[name].push(ms);
    }
  return times;
}

/** So many a second. */
const rate = (count: number, ms: number): string => Math.round((count / ms) * 1000).toLocaleString('en');
