import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Readable, Writable } from 'node:stream';
import { boundedOutput } from './bounded-output.ts';
import { openOutputPipe } from './output-pipe.ts';
import type { SandboxEnd, SandboxLimits, SandboxResult } from './sandbox.ts';
import { sandboxFailure } from './sandbox-failure.ts';

/** A program that makes a sandbox and runs a command in it. */
export interface Launch {
  /** Absolute. */
  readonly program: string;
  readonly args: readonly string[];
  /** All of its environment: ours is not handed on. */
  readonly env: Readonly<Record<string, string>>;
  /** As whom, when not as ourselves. Only root can. */
  readonly user: { readonly uid: number; readonly gid: number } | null;
  /** What it reads from descriptor 4 and those behind it. On 3 it may say how it goes. */
  readonly inputs: readonly Uint8Array[];
  /** Its stdin ends when we do, however that is. Else it has none. */
  readonly isHeld: boolean;
  /** Descriptors that a child would inherit: it gets /dev/null there. */
  readonly inherited: readonly number[];
  /** A file that it writes its number into before all else (`TaskGroup`), or null. */
  readonly joins: string | null;
}

/** What the kind of sandbox knows of its processes. */
export interface Watch {
  /** A line that the program wrote to descriptor 3. */
  told(line: string): void;
  /** Called every {@link LOOK_MS}: what the command has too much of. */
  look(): Promise<'memory' | 'processes' | 'disk' | null>;
  /** Ends all of it, at once. */
  kill(child: ChildProcess): void;
}

/** A bomb gets as far as this many milliseconds take it. */
const LOOK_MS = 40;
/** A timer for longer ends at once. */
const LONGEST_MS = 2 ** 31 - 1;
/** How long something may take that takes no time, before it is done without. */
const PATIENCE_MS = 2_000;

/**
 * Runs a program to its end within limits of time and output, and within what `watch` sees. Resolves when it has ended and its
 * output was read. Rejects when it could not be started, or with what `onOutput` throws.
 */
export async function supervise(
  launch: Launch,
  limits: SandboxLimits,
  signal: AbortSignal,
  watch: Watch,
  onOutput: (chunk: string) => void = () => undefined,
): Promise<SandboxResult> {
  const began = performance.now();
  const pipe = await openOutputPipe();
  let child: ChildProcess;
  try {
    child = start(launch, pipe.writer);
  } catch (cause) {
    pipe.reader.destroy();
    throw sandboxFailure(`${launch.program} could not be started`, { cause });
  } finally {
    pipe.closeWriter();
  }

  const kept = boundedOutput(limits.outputBytes, onOutput);
  const thrown: unknown[] = [];
  let why: SandboxEnd | null = null;
  let isOver = false;
  let escalation: NodeJS.Timeout | undefined;
  const end = (reason: SandboxEnd): void => {
    if (isOver || why !== null) return;
    why = reason;
    watch.kill(child);
    escalation = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
  };
  const fail = (error: unknown): void => {
    thrown.push(error);
    end('stopped');
  };
  pipe.reader.on('data', (chunk: Buffer) => {
    try {
      if (!kept.take(chunk)) end('output');
    } catch (error) {
      fail(error);
    }
  });
  const read = new Promise<void>((resolve) => pipe.reader.once('close', () => resolve()));
  pipe.reader.on('error', () => pipe.reader.destroy());

  const clock = setTimeout(() => end('late'), Math.min(limits.wallMs, LONGEST_MS));
  const stop = (): void => end('stopped');
  signal.addEventListener('abort', stop);
  if (signal.aborted) stop();
  let isLooking = false;
  const looks = setInterval(() => {
    if (isLooking || why !== null) return;
    isLooking = true;
    watch
      .look()
      .then((found) => found !== null && end(found), fail)
      .finally(() => {
        isLooking = false;
      });
  }, LOOK_MS);

  try {
    const code = await exitOf(child, watch);
    isOver = true;
    // All writers have gone with the sandbox. One that has not is no reason to wait for ever.
    await Promise.race([read, pause(PATIENCE_MS)]);
    const { output, lost } = kept.end();
    if (thrown.length > 0) throw thrown[0];
    const ended = why ?? (code === null ? 'signal' : 'exited');
    const ms = Math.round(performance.now() - began);
    return { exitCode: ended === 'exited' ? code : null, ended, output, lost, ms };
  } finally {
    isOver = true;
    clearTimeout(clock);
    clearTimeout(escalation);
    clearInterval(looks);
    signal.removeEventListener('abort', stop);
    pipe.reader.destroy();
  }
}

/** Before the program: when memory runs out, the kernel is to take this and not us (proc(5), `oom_score_adj`). */
const BEFORE = '{ echo 1000 > /proc/self/oom_score_adj; echo $$ > "$0"; } 2>/dev/null; exec "$@"';

function start(launch: Launch, writer: number): ChildProcess {
  const nothing = openSync('/dev/null', 'r+');
  try {
    const stdio: ('ignore' | 'pipe' | number)[] = [
      launch.isHeld ? 'pipe' : 'ignore',
      ...[writer, writer, 'pipe' as const],
    ];
    for (const _ of launch.inputs) stdio.push('pipe');
    const last = Math.max(...launch.inherited);
    for (let descriptor = stdio.length; descriptor <= last; descriptor += 1)
      stdio.push(launch.inherited.includes(descriptor) ? nothing : 'ignore');
    const child = spawn(
      '/bin/sh',
      ['-c', BEFORE, launch.joins ?? '/dev/null', launch.program, ...launch.args],
      {
        env: { ...launch.env },
        cwd: '/',
        stdio,
        ...launch.user,
      },
    );
    // Nothing is written there; it ends with us, or behind the program.
    child.stdin?.on('error', () => undefined);
    for (const [index, bytes] of launch.inputs.entries()) {
      const input = child.stdio[4 + index];
      if (!(input instanceof Writable)) continue;
      // One that has ended early does not read; how it ended is told by its exit.
      input.on('error', () => input.destroy());
      input.end(bytes);
    }
    return child;
  } finally {
    closeSync(nothing);
  }
}

/** Resolves when the program has ended and all that it told was heard: its exit code, null when a signal ended it. */
function exitOf(child: ChildProcess, watch: Watch): Promise<number | null> {
  const status = child.stdio[3];
  const heard = new Promise<void>((resolve) => {
    if (!(status instanceof Readable)) return resolve();
    const lines = createInterface({ input: status });
    lines.on('line', watch.told);
    lines.once('close', resolve);
    status.on('error', () => lines.close());
  });
  return new Promise((resolve, reject) => {
    child.once('error', (cause) => reject(sandboxFailure('the sandbox could not be started', { cause })));
    child.once('exit', (code) => {
      Promise.race([heard, pause(PATIENCE_MS)]).then(() => resolve(code), reject);
    });
  });
}

const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
