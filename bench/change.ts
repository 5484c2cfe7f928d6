/**
 * What it takes to build the ChangeSet of a large change, beside `git diff` of the same to /dev/null:
 *
 *     node scripts/run.mjs bench/change.ts [--runs 21]
 *
 * Each ChangeSet is built in a new process, as a hook does it, and timed from opening the repository to the last
 * hunk, without Node's start. The command, with Node's start and its output, has a row of its own.
 */
import { execFileSync } from 'node:child_process';
import { devNull } from 'node:os';
import { join } from 'node:path';
import { type BenchRepository, createRepository } from './support/bench-repository.ts';
import { seededText } from './support/seeded-files.ts';
import { median, type Part, ratioLimit, reportWhenMain, type Table } from './support/table.ts';
import type { Workbench } from './support/workbench.ts';

const AT_MOST = 2;
const WARM_UP_ROUNDS = 1;

export const measureChange: Part = async (workbench, runs) => {
  const edited = createRepository(workbench, 'edited-lines');
  for (let number = 0; number < 50; number += 1) edited.write(`src/${number}.ts`, numberedLines(number, 0));
  edited.commitAll();
  for (let number = 0; number < 50; number += 1) edited.write(`src/${number}.ts`, numberedLines(number, 1));
  edited.git('add', '--all');

  const added = createRepository(workbench, 'added-lines');
  added.commitAll();
  added.write('src/large.ts', firstLines(seededText('ts', 100_000, 1), 100_000));
  added.git('add', '--all');

  return [
    compare(workbench, edited, '50,000 lines removed and 50,000 added, in 50 files', runs),
    compare(workbench, added, '100,000 lines added, in one file', runs),
  ];
};

function firstLines(text: string, count: number): string {
  return `${text.split('\n').slice(0, count).join('\n')}\n`;
}

/** 2,000 lines; of two revisions every second run of ten lines differs. */
function numberedLines(seed: number, revision: number): string {
  const lines = firstLines(seededText('ts', 2_000, seed), 2_000).split('\n');
  return lines.map((line, at) => (at < 2_000 && at % 20 < 10 ? `${line} // ${revision}` : line)).join('\n');
}

function compare(workbench: Workbench, { path, git }: BenchRepository, title: string, runs: number): Table {
  const { env, cli } = workbench;
  const timed = (program: string, ...args: string[]): number => {
    const start = performance.now();
    execFileSync(program, args, { cwd: path, env, stdio: 'ignore' });
    return performance.now() - start;
  };
  const ways = {
    '`git diff --cached` to /dev/null': () => timed('git', 'diff', '--cached'),
    '**ChangeSet**': () => timeReadChange(path, env),
    '`code-agent change` to /dev/null': () => timed(process.execPath, cli, 'change', '--output', devNull),
  };
  const names = Object.keys(ways) as (keyof typeof ways)[];
  const times = new Map(names.map((name) => [name, [] as number[]]));
  for (let round = -WARM_UP_ROUNDS; round < runs; round += 1) {
    for (const name of names) {
      const time = ways[name]();
      if (round >= 0) times.get(name)?.push(time);
    }
  }
  const of = (name: keyof typeof ways): number[] => times.get(name) ?? [];
  const base = median(of('`git diff --cached` to /dev/null'));
  return {
    title: `${title} (${git('diff', '--cached', '--shortstat').trim()})`,
    rows: names.map((name) => {
      const ratio = median(of(name)) / base;
      return {
        what: name,
        times: of(name),
        ratio,
        ...(name === '**ChangeSet**' && { limit: ratioLimit(ratio, AT_MOST) }),
      };
    }),
  };
}

/** With the index named, as git does for the hooks of a commit. */
function timeReadChange(repository: string, environment: NodeJS.ProcessEnv): number {
  const env = { ...environment, GIT_INDEX_FILE: join(repository, '.git/index') };
  const args = ['scripts/run.mjs', 'bench/support/time-read-change.ts', repository];
  return Number(execFileSync(process.execPath, args, { env }).toString());
}

await reportWhenMain('change.ts', measureChange);
