import { availableParallelism, loadavg, totalmem } from 'node:os';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { openWorkbench, type Workbench } from './workbench.ts';

/** Rows that are compared with each other. */
export interface Table {
  readonly title: string;
  readonly rows: readonly Row[];
}

export interface Row {
  readonly what: string;
  /** Milliseconds, one for each run. Empty when it could not run: the note says why. */
  readonly times?: readonly number[];
  /** Of the medians, to the row that the table compares with. */
  readonly ratio?: number;
  readonly memory?: Memory;
  readonly limit?: Limit;
  readonly note?: string;
}

/** Bytes, at their highest. */
export interface Memory {
  /** The largest process of the program itself; 0 when it is git. */
  readonly own: number;
  /** The largest git that it started; 0 without any. */
  readonly git: number;
}

export interface Limit {
  /** As it is shown: `2×`, `400 MB`. */
  readonly text: string;
  readonly held: boolean;
}

/** One part of the measurements. `runs`: how often each command is timed. */
export type Part = (workbench: Workbench, runs: number) => Promise<readonly Table[]>;

const OPTIONS = { runs: { type: 'string', default: '21' } } as const;

/** Runs the parts and prints their rows as one markdown table. The exit code is 1 when a limit was not held. */
export async function report(parts: readonly Part[]): Promise<void> {
  const { values } = parseArgs({ args: process.argv.slice(2), options: OPTIONS });
  const workbench = openWorkbench();
  const load = loadavg()[0] ?? 0;
  const tables: Table[] = [];
  for (const part of parts) tables.push(...(await part(workbench, Number(values.runs))));

  process.stdout.write(`${machine(load)}\n\n${HEADER}\n${tables.map(renderTable).join('\n')}\n`);
  const broken = tables.flatMap(({ title, rows }) =>
    rows
      .filter(({ limit }) => limit?.held === false)
      .map(({ what, limit }) => `${title}: ${what}: ${limit?.text}`),
  );
  for (const limit of broken) process.stderr.write(`not held: ${limit}\n`);
  if (broken.length > 0) process.exitCode = 1;
}

/** Reports one part, when its file is the script that was started and not one that it imports. */
export async function reportWhenMain(file: string, part: Part): Promise<void> {
  if (basename(process.argv[1] ?? '') === file) await report([part]);
}

/** A limit on a ratio. */
export const ratioLimit = (ratio: number, atMost: number): Limit => ({
  text: `${atMost}×`,
  held: ratio <= atMost,
});

export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((one, other) => one - other);
  const middle = sorted.length >> 1;
  const [low = Number.NaN, high = Number.NaN] = [
    sorted[sorted.length % 2 === 0 ? middle - 1 : middle],
    sorted[middle],
  ];
  return (low + high) / 2;
}

const HEADER = `| | median ms | min – p95 | ratio | memory MB (+ git) | at most | |
|---|--:|--:|--:|--:|--:|---|`;

function renderTable({ title, rows }: Table): string {
  return [`| **${title}** | | | | | | |`, ...rows.map(renderRow)].join('\n');
}

function renderRow({ what, times = [], ratio, memory, limit, note = '' }: Row): string {
  const sorted = times.toSorted((one, other) => one - other);
  const p95 = sorted[Math.ceil(sorted.length * 0.95) - 1];
  const cells = [
    what,
    times.length === 0 ? '–' : whole(median(times)),
    times.length < 2 ? '' : `${whole(sorted[0])} – ${whole(p95)}`,
    ratio === undefined ? '' : `${ratio.toFixed(2)}×`,
    memory === undefined ? '' : renderMemory(memory),
    limit === undefined ? '' : `${limit.text} ${limit.held ? '✓' : '✗'}`,
    note,
  ];
  return `| ${cells.join(' | ')} |`;
}

function renderMemory({ own, git }: Memory): string {
  if (own === 0) return `+ ${megabytes(git)}`;
  return git === 0 ? megabytes(own) : `${megabytes(own)} + ${megabytes(git)}`;
}

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(0);

/** Two figures at least. */
function whole(time = Number.NaN): string {
  return time < 10 ? time.toFixed(1) : time.toFixed(0);
}

/** Of the machine only what the numbers depend on. */
function machine(load: number): string {
  const memory = Math.round(totalmem() / 2 ** 30);
  const busy =
    load > availableParallelism() / 4 ? ` It was busy (load ${load.toFixed(1)}): trust the ratios only.` : '';
  return `${availableParallelism()} cores, ${memory} GiB, ${process.platform}, node ${process.versions.node}.${busy}`;
}
