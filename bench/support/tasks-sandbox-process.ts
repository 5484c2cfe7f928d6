/**
 * Times a sandbox, and commands in it and without it. A process of its own, for starting one takes longer from a large one: it is as
 * large as a worker that does nothing.
 */
import { openSandbox } from '../../src/sandbox/open-sandbox.ts';
import type { Sandbox, SandboxLimits } from '../../src/sandbox/sandbox.ts';
import { timeSpawn } from './time-spawn.ts';

/** What it is told. */
export interface SandboxOrders {
  /** Of git, in which commands are run. */
  readonly folder: string;
  readonly scripts: readonly string[];
  /** Of each script, how often. */
  readonly commands: number;
  /** How often a sandbox is opened. */
  readonly openings: number;
}

/** What it says, all in milliseconds. */
export interface SandboxTimes {
  /** `node -e 0`. */
  readonly node: readonly number[];
  readonly opening: readonly number[];
  readonly commands: readonly CommandTimes[];
}

interface CommandTimes {
  readonly script: string;
  readonly bare: readonly number[];
  readonly inside: readonly number[];
}

/** As the commands of a task have them (src/local/open-work.ts). */
const LIMITS: SandboxLimits = {
  ...{ wallMs: 120_000, cpuSeconds: 960, memoryBytes: 4e9, processes: 512, openFiles: 4_096 },
  ...{ fileBytes: 1e9, outputBytes: 8e6, diskBytes: 4e9 },
};

/** The first of each is not counted. */
async function time({ folder, scripts, commands, openings }: SandboxOrders): Promise<SandboxTimes> {
  const { env } = process;
  const place = { cwd: folder, env };
  const [node, opening]: [number[], number[]] = [[], []];
  for (let round = 0; round <= openings; round += 1) {
    node.push(await timeSpawn(['node', '-e', '0'], place));
    const start = performance.now();
    await openSandbox(env);
    opening.push(performance.now() - start);
  }
  const sandbox = await openSandbox(env);
  const timed: CommandTimes[] = [];
  for (const script of scripts) {
    const [bare, inside]: [number[], number[]] = [[], []];
    for (let round = 0; round <= commands; round += 1) {
      bare.push(await timeSpawn(['sh', '-c', script], place));
      inside.push(await timeInside(sandbox, folder, script));
    }
    timed.push({ script, bare: bare.slice(1), inside: inside.slice(1) });
  }
  return { node: node.slice(1), opening: opening.slice(1), commands: timed };
}

async function timeInside(sandbox: Sandbox, folder: string, script: string): Promise<number> {
  const start = performance.now();
  const { exitCode, output } = await sandbox.run(
    { script, folder, readable: [], limits: LIMITS },
    new AbortController().signal,
  );
  if (exitCode !== 0) throw new Error(`${script} ended with ${exitCode} in the sandbox: ${output}`);
  return performance.now() - start;
}

process.once('message', (orders: SandboxOrders) => {
  void time(orders).then((times) => process.send?.(times));
});
