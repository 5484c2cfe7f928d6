/**
 * Where the time of one `git commit` of one file goes, through our hook:
 *
 *     node scripts/run.mjs bench/profile.ts [--runs 21]
 *
 * git writes down when each of its processes began and ended (GIT_TRACE2_EVENT, git's api-trace2), Node when it was
 * ready and when it exits (performance.nodeTiming, from a file that NODE_OPTIONS preloads), and both by the same
 * clock. Nothing in the CLI takes part.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BenchRepository, createRepository, stagedCommit } from './support/bench-repository.ts';
import { seededFile } from './support/seeded-files.ts';
import { type Part, reportWhenMain, type Table } from './support/table.ts';
import type { Workbench } from './support/workbench.ts';

const FILES_AT_BASE = 1000;
const WARM_UP_ROUNDS = 2;

export const profileHook: Part = async (workbench, runs) => {
  const repository = createRepository(workbench, 'profile');
  for (let number = 0; number < FILES_AT_BASE; number += 1) {
    const { path, text } = seededFile(number);
    repository.write(path, text(0));
  }
  repository.commitAll();
  execFileSync(process.execPath, [workbench.cli, 'install'], { cwd: repository.path, env: workbench.env });
  const rounds = traceCommits(workbench, repository, runs);
  return [tableOf('Inside the hook of `git commit` of 1 file', rounds)];
};

/** Milliseconds that each part of one commit took, in the order of time. */
type Stretches = ReadonlyMap<string, number>;

function traceCommits(workbench: Workbench, repository: BenchRepository, runs: number): Stretches[] {
  const traces = join(workbench.folder, 'traces');
  const nodeTimes = join(workbench.folder, 'node-times.json');
  const preload = join(workbench.folder, 'node-times.cjs');
  writeFileSync(preload, PRELOAD);
  const traced = {
    ...workbench.env,
    GIT_TRACE2_EVENT: traces,
    NODE_OPTIONS: `--require ${preload}`,
    NODE_TIMES: nodeTimes,
  };
  const commit = stagedCommit({ ...workbench, env: traced }, repository);
  const { path, text } = seededFile(0);
  const rounds: Stretches[] = [];
  for (let round = -WARM_UP_ROUNDS; round < runs; round += 1) {
    commit.prepare(path, text(100 + round));
    rmSync(traces, { recursive: true, force: true });
    mkdirSync(traces);
    commit.run();
    const node: NodeTimes = JSON.parse(readFileSync(nodeTimes, 'utf8'));
    if (round >= 0) rounds.push(stretches(readTraces(traces), node));
  }
  return rounds;
}

/** Written by the preloaded file, in milliseconds since 1970. */
interface NodeTimes {
  readonly started: number;
  readonly ready: number;
  readonly exited: number;
}

/** `performance` is loaded when it is first used: not before the end, so that it is not counted as ours. */
const PRELOAD = `
process.on('exit', () => {
  const exited = process.hrtime.bigint();
  const { timeOrigin, nodeTiming } = performance;
  const times = {
    started: timeOrigin,
    ready: timeOrigin + nodeTiming.bootstrapComplete,
    exited: timeOrigin + performance.now() - Number(process.hrtime.bigint() - exited) / 1e6,
  };
  require('node:fs').writeFileSync(process.env.NODE_TIMES, JSON.stringify(times));
});
`;

interface GitProcess {
  readonly command: string;
  readonly started: number;
  readonly ended: number;
  /** Of the hooks that it started, when the first began and ended. */
  readonly hook: { readonly started: number; readonly ended: number } | null;
}

function readTraces(folder: string): GitProcess[] {
  return readdirSync(folder)
    .map((name) => readTrace(readFileSync(join(folder, name), 'utf8')))
    .sort((one, other) => one.started - other.started);
}

/** https://git-scm.com/docs/api-trace2#_the_event_format_target */
interface TraceEvent {
  readonly event: string;
  /** In UTC, with microseconds. */
  readonly time: string;
  readonly argv?: readonly string[];
  readonly child_id?: number;
  readonly child_class?: string;
}

function readTrace(text: string): GitProcess {
  const events: TraceEvent[] = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const first = (name: string) => events.find(({ event }) => event === name);
  const child = events.find((one) => one.event === 'child_start' && one.child_class === 'hook');
  const end = events.find((one) => one.event === 'child_exit' && one.child_id === child?.child_id);
  return {
    command: subcommand(first('start')?.argv ?? []),
    started: clock(events[0]),
    ended: clock(events.at(-1)),
    hook: child === undefined ? null : { started: clock(child), ended: clock(end) },
  };
}

/** The command's name and its first option, which tells two of one name apart. */
function subcommand(argv: readonly string[]): string {
  const words = argv.slice(1).filter((word, at, all) => word !== '-c' && all[at - 1] !== '-c');
  const [name = '', ...options] = words;
  const telling = options.find((option) => /^--(?:batch|raw)/.test(option));
  const patch = options.includes('-p') ? ' -p' : '';
  return `git ${name}${telling === undefined || patch !== '' ? '' : ` ${telling}`}${patch}`;
}

/** Dates know milliseconds only. */
function clock(event: TraceEvent | undefined): number {
  if (event === undefined) return Number.NaN;
  const [seconds = '', fraction = ''] = event.time.split('.');
  return Date.parse(`${seconds}Z`) + Number(`0.${fraction.replace('Z', '')}`) * 1000;
}

function stretches(processes: readonly GitProcess[], node: NodeTimes): Stretches {
  const commit = processes.find(({ hook }) => hook !== null);
  if (commit?.hook == null) throw new Error('git wrote down no hook');
  const children = processes.filter((one) => one.started > node.ready && one.started < node.exited);
  const found = new Map<string, number>();
  const add = (what: string, time: number): void => void found.set(what, (found.get(what) ?? 0) + time);

  add(
    'git commit itself, before and after the hook',
    commit.ended - commit.started - (commit.hook.ended - commit.hook.started),
  );
  add('sh, up to Node', node.started - commit.hook.started);
  add('Node, up to our first line', node.ready - node.started);
  let now = node.ready;
  children.forEach((one, index) => {
    const what = index === 0 ? 'our modules, and starting the first git' : 'our code, and starting git';
    if (one.started > now) add(what, one.started - now);
    const last = one.command.includes('--batch');
    // The two long-lived ones only wait for questions most of the time.
    if (!last && one.ended > now) {
      add(`waiting for ${one.command}`, one.ended - Math.max(now, one.started));
      now = one.ended;
    } else now = Math.max(now, one.started);
  });
  add('our code, behind the last git', node.exited - now);
  add("Node's end", commit.hook.ended - node.exited);
  return found;
}

function tableOf(title: string, rounds: readonly Stretches[]): Table {
  const names = new Set(rounds.flatMap((round) => [...round.keys()]));
  return {
    title,
    rows: [...names].map((what) => ({ what, times: rounds.map((round) => round.get(what) ?? 0) })),
  };
}

await reportWhenMain('profile.ts', profileHook);
