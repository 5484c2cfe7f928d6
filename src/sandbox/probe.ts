import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commandEnvironment } from './command-environment.ts';
import type { Sandbox, SandboxLimits, SandboxResult } from './sandbox.ts';

/** Enough for a healthy one; an engine of containers takes a second to begin. */
const LIMITS: SandboxLimits = {
  wallMs: 10_000,
  memoryBytes: 512 * 1024 * 1024,
  processes: 64,
  fileBytes: 64 * 1024 * 1024,
  openFiles: 256,
  outputBytes: 256 * 1024,
  cpuSeconds: 10,
  diskBytes: 64 * 1024 * 1024,
};

/** 128 + SIGKILL: not every engine of containers says that it was for memory. */
const KILLED = 137;

/** Long enough to be no accident in an environment. */
const SECRET_LENGTH = 12;

/**
 * Tries on this machine what a sandbox is for, from inside of it: bubblewrap may be there and not be allowed to do its work, a
 * container engine may keep its files elsewhere. Answers what does not hold, for a person; empty: all does. Takes well under a
 * second with bubblewrap.
 *
 * `env`: our own environment, which must not be found inside.
 */
export async function probeSandbox(sandbox: Sandbox, env: NodeJS.ProcessEnv): Promise<readonly string[]> {
  const home = await mkdtemp(join(tmpdir(), 'code-agent-probe-'));
  const canary = randomBytes(16).toString('hex');
  const outside = join(home, 'outside');
  mkdirSync(outside);
  writeFileSync(join(outside, 'canary'), canary);
  const neighbour = spawn('/bin/sh', ['-c', 'read line'], {
    env: { CANARY: canary },
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  neighbour.stdin.on('error', () => undefined);
  const listener = createServer();
  let connections = 0;
  listener.on('connection', (socket) => {
    connections += 1;
    socket.destroy();
  });
  try {
    const port = await new Promise<number>((resolve, reject) => {
      listener.once('error', reject).listen(0, '127.0.0.1', () => {
        const address = listener.address();
        resolve(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });
    const run = (
      name: string,
      script: string,
      limits: Partial<SandboxLimits> = {},
    ): Promise<SandboxResult> => {
      mkdirSync(join(home, name, '.git/hooks'), { recursive: true });
      const command = { script, folder: join(home, name), readable: [], limits: { ...LIMITS, ...limits } };
      return sandbox.run(command, new AbortController().signal);
    };
    const found = await Promise.all([
      run('reach', reach(outside, port)).then((result) => [
        ...judgeReach(result, join(home, 'reach'), env, canary),
        ...(readdirSync(outside).length === 1 ? [] : ['a command can write outside of its folder']),
        ...(connections === 0 ? [] : ['a command can connect to a server on this machine']),
      ]),
      run('orphan', ORPHAN).then(() => judgeOrphan(join(home, 'orphan'))),
      run('memory', MEMORY, { memoryBytes: 48 * 1024 * 1024 }).then(({ ended, exitCode }) =>
        ended === 'memory' || exitCode === KILLED
          ? []
          : [`a command that takes all memory is not ended for it (${ended} ${exitCode})`],
      ),
      run('late', LATE, { wallMs: 250 }).then(({ ended, ms }) =>
        ended === 'late' && ms < LIMITS.wallMs / 2 ? [] : ['a command that does not end is not ended'],
      ),
    ]);
    return found.flat();
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  } finally {
    listener.close();
    neighbour.kill('SIGKILL');
    // What has outlived its command may write there for a moment more.
    await rm(home, { recursive: true, force: true, maxRetries: 10, retryDelay: 20 }).catch(() => undefined);
  }
}

/** Each line tries one thing, and none stops the others. How the script ends says that it has run to its end. */
const reach = (outside: string, port: number): string => `
echo x > '${outside}/written'; mkdir -p '${outside}'; echo x > '${outside}/made'
cat '${outside}/canary'
cat /proc/[0-9]*/environ | tr '\\0' '\\n'
if command -v node >/dev/null; then echo connects; node -e 'require("net").connect(${port}, "127.0.0.1").on("error", () => {})'
elif command -v bash >/dev/null; then echo connects; bash -c 'exec 3<>/dev/tcp/127.0.0.1/${port}'; fi
echo x > .git/hooks/pre-commit; echo x > .git/config; mv .git moved; mkdir -p .git/hooks; echo x > .git/hooks/pre-push
if test -w /proc/sys/kernel/core_pattern; then echo kernel settings; fi
echo x > written
exit 7
`;

function judgeReach(
  { output, ended, exitCode }: SandboxResult,
  folder: string,
  env: NodeJS.ProcessEnv,
  canary: string,
): string[] {
  const text = output.toString();
  const lines = new Set(text.split('\n'));
  const found: string[] = [];
  if (ended !== 'exited' || exitCode !== 7) found.push(`a script that exits with 7 is ${ended} ${exitCode}`);
  if (!existsSync(join(folder, 'written'))) found.push('what a command writes in its folder is not there');
  if (text.includes(canary)) found.push('a command can read other files or environments');
  const own = commandEnvironment('');
  const leaked = Object.entries(env).find(
    ([name, value]) =>
      value !== undefined &&
      value.length >= SECRET_LENGTH &&
      own[name] === undefined &&
      lines.has(`${name}=${value.split('\n')[0]}`),
  );
  if (leaked !== undefined) found.push(`a command can read our variable ${leaked[0]}`);
  if (!lines.has('connects')) found.push('it has neither node nor bash');
  const isWhole = existsSync(join(folder, '.git')) && readdirSync(join(folder, '.git')).join() === 'hooks';
  if (!isWhole || readdirSync(join(folder, '.git/hooks')).length > 0)
    found.push('a command can write a git hook');
  if (lines.has('kernel settings')) found.push('a command can change settings of the kernel');
  return found;
}

/** Does not end when it is asked to, but by itself in the end: one that could not be ended is not to stay for ever. */
const LATE = 'trap "" TERM INT HUP; for i in 1 2 3 4 5 6 7 8 9 10 11 12; do sleep 1; done';

/** One process with four times what it may have, for a second: where it is let, the machine is not to suffer. */
const MEMORY = 'dd if=/dev/zero of=/dev/null bs=200000000 count=20 2>/dev/null';

/** A process in a session of its own, that says that it lives. */
const ORPHAN = `
setsid sh -c 'while echo x >> alive; do sleep 0.02; done' &
while ! test -s alive; do sleep 0.01; done
`;

async function judgeOrphan(folder: string): Promise<string[]> {
  const file = join(folder, 'alive');
  if (!existsSync(file)) return ['a command cannot have children'];
  const before = statSync(file).size;
  await new Promise((resolve) => setTimeout(resolve, 120));
  return statSync(file).size === before ? [] : ['a child outlives its command'];
}
