/**
 * Time and memory of very large changes:
 *
 *     node scripts/run.mjs bench/memory.ts
 *
 * Each command runs once while its processes are watched (support/watch-memory), so its time is a bearing, no more.
 */
import { readFileSync } from 'node:fs';
import { devNull } from 'node:os';
import { join } from 'node:path';
import { type BenchRepository, createRepository } from './support/bench-repository.ts';
import { KINDS, seededText } from './support/seeded-files.ts';
import { type Limit, type Part, type Row, reportWhenMain, type Table } from './support/table.ts';
import { type Watched, watchMemory } from './support/watch-memory.ts';
import { installedFile, type Workbench } from './support/workbench.ts';

const AT_MOST_BYTES = 400e6;
/** A command that takes longer is stopped, and the table says so. */
const PATIENCE = 60_000;

export const measureMemory: Part = async (workbench) => [
  await measureTextFiles(workbench, 400, 250_000),
  await measureTextFiles(workbench, 25, 4_000_000),
  await measureTooLarge(workbench, 200_000_000),
];

async function measureTextFiles(workbench: Workbench, count: number, bytes: number): Promise<Table> {
  const repository = createRepository(workbench, `${count}-files`);
  repository.commitAll();
  for (let number = 0; number < count; number += 1) {
    const kind = KINDS[number % KINDS.length] ?? 'ts';
    repository.write(`src/${number}.${kind}`, textOf(kind, bytes, number));
  }
  repository.git('add', '--all');
  return {
    title: `${count} text files of ${bytes / 1e6} MB added`,
    rows: await commandRows(workbench, repository),
  };
}

/** One file that is over the limit for a file: it must be said so, and must not be read. */
async function measureTooLarge(workbench: Workbench, bytes: number): Promise<Table> {
  const repository = createRepository(workbench, 'too-large');
  repository.commitAll();
  repository.write('data/dump.md', Buffer.alloc(bytes, textOf('md', 1_000_000, 1)));
  repository.git('add', '--all');
  const rows = await commandRows(workbench, repository);
  return {
    title: `One text file of ${bytes / 1e6} MB added`,
    rows: [...rows, await verdictRow(workbench, repository)],
  };
}

/** Text of at least as many bytes, which the parser of its kind accepts. */
function textOf(kind: (typeof KINDS)[number], bytes: number, seed: number): string {
  const lines = 2_000;
  const sample = seededText(kind, lines, seed).length / lines;
  return seededText(kind, Math.ceil(bytes / sample), seed);
}

async function commandRows(workbench: Workbench, repository: BenchRepository): Promise<Row[]> {
  const { cli, env } = workbench;
  const secretlint = installedFile(workbench, 'secretlint/bin/secretlint.js');
  const run = (...command: [string, ...string[]]) =>
    watchMemory(command, { cwd: repository.path, env, timeout: PATIENCE });
  const ours = (...args: string[]) => run(process.execPath, cli, ...args);
  return [
    rowOf('**`code-agent review`**', await ours('review', '--offline', '--output', devNull), true),
    rowOf('**`code-agent change`**', await ours('change', '--output', devNull), true),
    rowOf('`git diff --cached`', await run('git', 'diff', '--cached')),
    secretlint === null
      ? { what: 'secretlint', note: 'not there: npm could not install it' }
      : rowOf(
          'secretlint',
          await run(process.execPath, secretlint, '--secretlintrcJSON', SECRETLINT_CONFIG, '**/*'),
        ),
  ];
}

function rowOf(what: string, { exitCode, milliseconds, memory, stderr }: Watched, ours = false): Row {
  const ended = exitCode === null ? `stopped after ${PATIENCE / 1000} s` : `exit code ${exitCode}`;
  const [said = ''] = stderr.trim().split('\n');
  return {
    what,
    times: [milliseconds],
    note: said === '' ? ended : `${ended}: ${said.replaceAll('|', '\\|').slice(0, 120)}`,
    ...(memory !== null && { memory }),
    ...(ours && memory !== null && { limit: memoryLimit(memory.own, exitCode !== null) }),
  };
}

const memoryLimit = (bytes: number, finished: boolean): Limit => ({
  text: `${AT_MOST_BYTES / 1e6} MB`,
  held: finished && bytes <= AT_MOST_BYTES,
});

/** What the review says of the file. */
async function verdictRow({ cli, env, folder }: Workbench, { path }: BenchRepository): Promise<Row> {
  const report = join(folder, 'too-large.json');
  const command = [
    process.execPath,
    cli,
    'review',
    '--offline',
    '--format',
    'json',
    '--output',
    report,
  ] as const;
  await watchMemory(command, { cwd: path, env });
  const { verdict, coverage }: Report = JSON.parse(readFileSync(report, 'utf8'));
  const [file] = coverage.files;
  const held = verdict.outcome === 'incomplete' && file?.outcome === 'skipped' && file.reason !== null;
  return {
    what: 'what the review says',
    limit: { text: 'incomplete, skipped', held },
    note: `${verdict.outcome}; ${file?.path} ${file?.outcome}: ${file?.reason}`,
  };
}

/** What is read here of schema/review.json. */
interface Report {
  readonly verdict: { readonly outcome: string };
  readonly coverage: { readonly files: readonly { path: string; outcome: string; reason: string | null }[] };
}

const SECRETLINT_CONFIG = JSON.stringify({ rules: [{ id: '@secretlint/secretlint-rule-preset-recommend' }] });

await reportWhenMain('memory.ts', measureMemory);
