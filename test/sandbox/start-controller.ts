import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';
import * as z from 'zod/mini';
import type { SandboxCommand, SandboxResult } from '../../src/sandbox/sandbox.ts';

export interface Controller {
  readonly child: ChildProcess;
  readonly name: string;
  /** Rejects with what `Sandbox.run` rejected with, as text. */
  run(command: SandboxCommand): Promise<SandboxResult>;
  /** The command runs on. */
  start(command: SandboxCommand): void;
  stop(): Promise<void>;
}

export interface ControllerOptions {
  /** Null: as ourselves. */
  readonly uid: number | null;
  readonly env: Readonly<Record<string, string>>;
  /** Descriptors that it inherits, by their number. */
  readonly descriptors?: Readonly<Record<number, number>>;
  /** Another node to run it. */
  readonly node?: string;
  /** A program that starts it, and its arguments: `script` gives it a terminal. */
  readonly through?: (command: readonly string[]) => readonly string[];
}

const ENDS = ['exited', 'late', 'stopped', 'memory', 'processes', 'output', 'disk', 'signal'] as const;
const ANSWER = z.object({
  id: z.number(),
  name: z.optional(z.string()),
  error: z.optional(z.string()),
  result: z.optional(
    z.object({
      exitCode: z.nullable(z.number()),
      ended: z.enum(ENDS),
      output: z.string(),
      lost: z.number(),
      ms: z.number(),
    }),
  ),
});
type Answer = z.infer<typeof ANSWER>;

/** A bundle of `controller.ts` that any user can run. Once for a file of tests. */
export async function bundleController(): Promise<{ file: string; remove(): void }> {
  const folder = mkdtempSync(join(tmpdir(), 'code-agent-controller-'));
  chmodSync(folder, 0o755);
  const file = join(folder, 'controller.mjs');
  await build({
    entryPoints: [join(import.meta.dirname, 'controller.ts')],
    outfile: file,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    logLevel: 'warning',
  });
  chmodSync(file, 0o644);
  return { file, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Starts a controller that has opened its sandbox when this resolves. */
export async function startController(file: string, options: ControllerOptions): Promise<Controller> {
  const { uid, env, descriptors = {}, node = process.execPath, through = (command) => command } = options;
  const stdio: ('pipe' | 'inherit' | 'ignore' | number)[] = ['pipe', 'pipe', 'inherit'];
  for (const [at, descriptor] of Object.entries(descriptors)) {
    while (stdio.length < Number(at)) stdio.push('ignore');
    stdio.push(descriptor);
  }
  const [program = '', ...args] = through([node, file]);
  const child = spawn(program, args, { cwd: '/', env, stdio, ...(uid !== null && { uid, gid: uid }) });
  const waiting = new Map<number, { resolve(answer: Answer): void; reject(error: Error): void }>();
  const next = (id: number): Promise<Answer> =>
    new Promise((resolve, reject) => waiting.set(id, { resolve, reject }));
  const opened = next(0);
  if (child.stdout === null || child.stdin === null) throw new Error('spawn: no pipes');
  const { stdin, stdout } = child;
  stdin.on('error', () => undefined);
  createInterface({ input: stdout }).on('line', (line) => {
    // A terminal echoes what is typed.
    if (!line.startsWith('{"id":') || line.includes('"command":')) return;
    const answer = ANSWER.parse(JSON.parse(line));
    waiting.get(answer.id)?.resolve(answer);
    waiting.delete(answer.id);
  });
  const gone = new Promise<void>((resolve) => child.once('close', () => resolve()));
  gone.then(() => {
    for (const { reject } of waiting.values()) reject(new Error('the controller has ended'));
  });
  const { name = '' } = await opened;
  let last = 0;
  const ask = (command: SandboxCommand): Promise<Answer> => {
    last += 1;
    const answer = next(last);
    stdin.write(`${JSON.stringify({ id: last, command })}\n`);
    return answer;
  };
  return {
    child,
    name,
    async run(command) {
      const { result, error } = await ask(command);
      if (result === undefined) throw new Error(error);
      return { ...result, output: Buffer.from(result.output, 'latin1') };
    },
    start(command) {
      ask(command).catch(() => undefined);
    },
    async stop() {
      child.kill('SIGKILL');
      await gone;
    },
  };
}
