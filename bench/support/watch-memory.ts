import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Memory } from './table.ts';

/** What a program did while its memory was watched. */
export interface Watched {
  /** Null when it was stopped because it took longer than `timeout`. */
  readonly exitCode: number | null;
  readonly milliseconds: number;
  readonly stderr: string;
  /** Null where there is no /proc. */
  readonly memory: Memory | null;
}

/** How often processes are looked at. */
const INTERVAL = 5;

/**
 * Runs a program and watches it and all that it starts. What the kernel says in /proc of each process is its own
 * highest mark (VmHWM), so only what a process takes in its last milliseconds can be missed. `wait4`, which
 * `/usr/bin/time` prints, would not do: a child counts with what its parent had before it (getrusage(2)), and git's
 * share could not be told from ours.
 */
export function watchMemory(
  command: readonly [program: string, ...args: string[]],
  options: { cwd: string; env: NodeJS.ProcessEnv; timeout?: number },
): Promise<Watched> {
  const [program, ...args] = command;
  const highest = new Map<number, { name: string; bytes: number }>();
  const start = performance.now();
  const child = spawn(program, args, {
    ...options,
    killSignal: 'SIGKILL',
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const stderr: Buffer[] = [];
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  const watching = setInterval(() => {
    if (child.pid !== undefined) lookAt(child.pid, highest);
  }, INTERVAL);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exitCode) => {
      clearInterval(watching);
      const milliseconds = performance.now() - start;
      resolve({
        exitCode,
        milliseconds,
        stderr: Buffer.concat(stderr).toString(),
        memory: memoryOf(highest),
      });
    });
  });
}

function lookAt(pid: number, highest: Map<number, { name: string; bytes: number }>): void {
  const status = read(`/proc/${pid}/status`);
  const [, name] = /^Name:\t(.*)$/m.exec(status) ?? [];
  const [, kilobytes] = /^VmHWM:\s*(\d+) kB$/m.exec(status) ?? [];
  if (name !== undefined && kilobytes !== undefined)
    highest.set(pid, { name, bytes: Number(kilobytes) * 1024 });
  for (const one of read(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean))
    lookAt(Number(one), highest);
}

/** Empty when the process has ended. */
function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

function memoryOf(highest: ReadonlyMap<number, { name: string; bytes: number }>): Memory | null {
  if (highest.size === 0) return null;
  const of = (wanted: boolean) =>
    [...highest.values()].filter(({ name }) => (name === 'git') === wanted).map(({ bytes }) => bytes);
  return { own: Math.max(0, ...of(false)), git: Math.max(0, ...of(true)) };
}
