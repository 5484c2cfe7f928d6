import { randomBytes } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { askProgram } from './ask-program.ts';
import { launcherArguments } from './command-launcher.ts';
import { containerArguments } from './container-arguments.ts';
import { engineEnvironment } from './engine-environment.ts';
import { guardGit } from './guard-git.ts';
import { inheritedDescriptors } from './host-view.ts';
import { placesOf } from './places-of.ts';
import type { Sandbox, SandboxCommand, SandboxResult } from './sandbox.ts';
import { sandboxFailure } from './sandbox-failure.ts';
import { seccompProfile } from './seccomp-profile.ts';
import { supervise } from './supervise.ts';
import { watchUse } from './watch-use.ts';

/** A program that runs containers. */
export interface ContainerEngine {
  readonly kind: 'docker' | 'podman';
  /** Absolute. */
  readonly program: string;
  /** Has /bin/sh and `timeout`, and whatever the commands need. */
  readonly image: string;
  /** Ours: the program finds its daemon and its settings by it. The container gets none of it. */
  readonly env: NodeJS.ProcessEnv;
}

interface Engine {
  readonly kind: 'docker' | 'podman';
  readonly program: string;
  readonly image: string;
  readonly env: Readonly<Record<string, string>>;
  readonly isRootless: boolean;
  readonly inherited: readonly number[];
}

/** A container whose controller was killed, and that does not end for it, ends this much after its time. */
const GRACE_MS = 5_000;

/** Of the launcher, beside the first process: what waits for our end, and what waits for the end of the time. */
const LAUNCHER_PROCESSES = 2;

/** Most commands have ended by then: asking takes the engine as long as running a small one. */
const FIRST_LOOK_MS = 300;

/**
 * A sandbox of containers, for machines without user namespaces. It is the weaker one: /sys and the files of /proc are those of the
 * machine, read only; processes are counted with their threads, and the end by memory may be told as exit code 137. When we are
 * killed a container ends, but for a command that has seen to it that it does not: that goes on until its time is over, or until
 * `endForgottenContainers`. Rejects with a CodeAgentError that says what is missing: a daemon that answers, the image.
 */
export async function openContainers({ kind, program, image, env }: ContainerEngine): Promise<Sandbox> {
  const bare = { kind, program, image, env: engineEnvironment(env) };
  const ask = (args: readonly string[]): Promise<string> => askProgram(program, args, bare.env);
  const version = kind === 'docker' ? '{{.Server.Version}}' : '{{.Client.Version}}';
  const isRootless = kind === 'docker' ? '{{.SecurityOptions}}' : '{{.Host.Security.Rootless}}';
  const found = await ask(['version', '--format', version]);
  await ask(['image', 'inspect', '--format', '{{.Id}}', image]).catch((cause: unknown) => {
    throw sandboxFailure(`it has no image ${image}`, { advice: `${kind} pull ${image}`, cause });
  });
  const security = await ask(['info', '--format', isRootless]);
  const engine: Engine = {
    ...bare,
    isRootless: kind === 'docker' ? security.includes('rootless') : security === 'true',
    inherited: inheritedDescriptors(),
  };
  return { name: `${kind} ${found}`, run: (command, signal) => run(engine, command, signal) };
}

async function run(engine: Engine, command: SandboxCommand, signal: AbortSignal): Promise<SandboxResult> {
  const { limits } = command;
  const { folder, readable } = placesOf(command);
  const name = `code-agent-${randomBytes(8).toString('hex')}`;
  const ask = (args: readonly string[]): Promise<string> => askProgram(engine.program, args, engine.env);
  const use = await watchUse(folder, limits, LAUNCHER_PROCESSES);
  let isOver = false;
  const kill = async (): Promise<void> => {
    while (!isOver) {
      // It may not have begun.
      await ask(['kill', '--signal', 'KILL', name]).catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  };
  /** Looks for its first process, which is not there where the engine runs in a virtual machine or elsewhere. */
  const findFirst = async (): Promise<void> => {
    for (let waits = FIRST_LOOK_MS; !isOver; waits *= 2) {
      await new Promise((resolve) => setTimeout(resolve, waits).unref());
      if (isOver) return;
      const said = await ask(['inspect', '--format', '{{.State.Pid}} {{.Id}}', name]).catch(() => '');
      const [, pid = '', id = ''] = /^([1-9]\d*) (\w+)$/.exec(said) ?? [];
      if (id === '') continue;
      if (isIn(pid, id)) use.hasBegun(Number(pid));
      return;
    }
  };
  const letGo = guardGit(folder);
  const place = await mkdtemp(join(tmpdir(), 'code-agent-seccomp-'));
  try {
    const seccomp = join(place, 'profile.json');
    await writeFile(seccomp, seccompProfile());
    const args = containerArguments({
      ...{ kind: engine.kind, image: engine.image, name, folder, readable, limits },
      cwd: command.cwd ?? '.',
      variables: command.variables ?? {},
      user: userOf(engine, folder),
      keepId: engine.kind === 'podman' && engine.isRootless,
      seccomp,
      launcher: launcherArguments(command.script, limits, {
        tasks: null,
        deadlineMs: limits.wallMs + GRACE_MS,
      }),
    });
    const launch = { ...engine, args, user: null, inputs: [], isHeld: true, joins: null };
    const watch = {
      told: () => undefined,
      look: async () => use.look(),
      // The client ends with its container.
      kill: () => void kill(),
    };
    void findFirst();
    const result = await supervise(launch, limits, signal, watch, command.onOutput);
    if (result.ended !== 'exited') return result;
    const state = await ask(['inspect', '--format', '{{.State.Status}} {{.State.OOMKilled}}', name]);
    const [status, outOfMemory] = state.split(' ');
    if (status !== 'exited') throw notStarted(result.output);
    if (outOfMemory === 'true' && result.exitCode !== 0)
      return { ...result, exitCode: null, ended: 'memory' };
    return result;
  } finally {
    isOver = true;
    // Also when it could not be started, and when it would not end.
    await ask(['rm', '--force', '--volumes', name]).catch(() => undefined);
    letGo();
    await rm(place, { recursive: true, force: true });
  }
}

/** Whether a process of this machine is in the control group of a container (cgroups(7), `/proc/pid/cgroup`). */
function isIn(pid: string, container: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cgroup`, 'utf8').includes(container);
  } catch {
    return false;
  }
}

/** Whose the files of the worktree are: of root's daemon the same number, of a user's own the user is root in the container. */
function userOf(engine: Engine, folder: string): string {
  if (engine.kind === 'docker' && engine.isRootless) return '0:0';
  const { uid, gid } = statSync(folder);
  return `${uid}:${gid}`;
}

function notStarted(output: Buffer): Error {
  const line = output.toString().trim().split('\n')[0] ?? '';
  return sandboxFailure(`the container could not be started: ${line || 'the engine did not say why'}`);
}
