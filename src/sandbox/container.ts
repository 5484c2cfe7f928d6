import { randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import { askProgram } from './ask-program.ts';
import { launcherArguments } from './command-launcher.ts';
import { containerArguments } from './container-arguments.ts';
import { watchDisk } from './disk-watch.ts';
import { guardGit } from './guard-git.ts';
import { inheritedDescriptors } from './host-view.ts';
import { placesOf } from './places-of.ts';
import type { Sandbox, SandboxCommand, SandboxResult } from './sandbox.ts';
import { sandboxFailure } from './sandbox-failure.ts';
import { supervise } from './supervise.ts';

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

/** What the client of a container engine is told. */
const OF_CLIENT = [
  ...['PATH', 'HOME', 'USER', 'TMPDIR', 'XDG_RUNTIME_DIR', 'XDG_CONFIG_HOME', 'XDG_DATA_HOME'],
  ...[
    'DOCKER_HOST',
    'DOCKER_CONTEXT',
    'DOCKER_CONFIG',
    'DOCKER_CERT_PATH',
    'DOCKER_TLS_VERIFY',
    'DOCKER_API_VERSION',
  ],
  ...['CONTAINER_HOST', 'CONTAINER_CONNECTION', 'CONTAINER_SSHKEY', 'DBUS_SESSION_BUS_ADDRESS'],
];

/** A container whose controller was killed ends this much after its time. */
const GRACE_MS = 5_000;

/**
 * A sandbox of containers, for machines without user namespaces. It is the weaker one: the engine's own rules say which calls of
 * the kernel are refused, processes are counted with their threads, the end by memory may be told as exit code 137, and when we are
 * killed a container goes on until its time is over. Rejects with a CodeAgentError that says what is missing: a daemon
 * that answers, the image.
 */
export async function openContainers({ kind, program, image, env }: ContainerEngine): Promise<Sandbox> {
  const told = OF_CLIENT.flatMap((name) => {
    const value = env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  const bare = { kind, program, image, env: Object.fromEntries(told) };
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
  const isFull = await watchDisk(folder, limits.diskBytes, () => []);
  let isOver = false;
  const kill = async (): Promise<void> => {
    while (!isOver) {
      // It may not have begun.
      await ask(['kill', '--signal', 'KILL', name]).catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  };
  const letGo = guardGit(folder);
  try {
    const args = containerArguments({
      ...{ kind: engine.kind, image: engine.image, name, folder, readable, limits },
      cwd: command.cwd ?? '.',
      variables: command.variables ?? {},
      user: userOf(engine, folder),
      keepId: engine.kind === 'podman' && engine.isRootless,
      launcher: launcherArguments(command.script, limits, {
        tasks: null,
        deadlineMs: limits.wallMs + GRACE_MS,
      }),
    });
    const launch = { ...engine, args, user: null, inputs: [], joins: null };
    const watch = {
      told: () => undefined,
      look: async () => ((await isFull()) ? ('disk' as const) : null),
      // The client ends with its container.
      kill: () => void kill(),
    };
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
