import { release } from 'node:os';
import { askProgram } from './ask-program.ts';
import { type BubblewrapFeatures, bubblewrapArguments, SETTINGS_FILES } from './bubblewrap-arguments.ts';
import { commandEnvironment } from './command-environment.ts';
import { launcherArguments, TASKS_PER_PROCESS } from './command-launcher.ts';
import { guardGit } from './guard-git.ts';
import { type HostView, inheritedDescriptors, viewOfHost } from './host-view.ts';
import { placesOf } from './places-of.ts';
import { runAs } from './run-as.ts';
import type { Sandbox, SandboxCommand, SandboxLimits, SandboxResult } from './sandbox.ts';
import { sandboxFailure } from './sandbox-failure.ts';
import { seccompFilter } from './seccomp-filter.ts';
import { supervise, type Watch } from './supervise.ts';
import { makeTaskGroup } from './task-group.ts';
import { watchUse } from './watch-use.ts';

/** What is the same for all commands. */
interface Bubblewrap {
  readonly program: string;
  readonly host: HostView;
  readonly features: BubblewrapFeatures;
  readonly seccomp: Buffer | null;
  readonly inherited: readonly number[];
}

/**
 * A sandbox of namespaces (bubblewrap, github.com/containers/bubblewrap): no network but its own loopback, nothing of the machine
 * but what {@link viewOfHost} lists, no process but its own. Works for any user, root too. Whether it holds on this machine is for
 * `probeSandbox` to say.
 *
 * `program`: absolute. `nested`: false leaves out the ban of user namespaces that not every machine can have; the seccomp filter
 * forbids them too. Rejects when the program does not run.
 */
export async function openBubblewrap(program: string, { nested }: { nested: boolean }): Promise<Sandbox> {
  const help = await askProgram(program, ['--help'], {});
  const bubblewrap: Bubblewrap = {
    program,
    host: viewOfHost(process.execPath),
    features: {
      perms: help.includes('--perms'),
      size: help.includes('--size'),
      disableUserns: nested && help.includes('--disable-userns'),
    },
    seccomp: seccompFilter(process.arch),
    inherited: inheritedDescriptors(),
  };
  return {
    name: await askProgram(program, ['--version'], {}),
    run: (command, signal) => run(bubblewrap, command, signal),
  };
}

async function run(
  { program, host, features, seccomp, inherited }: Bubblewrap,
  command: SandboxCommand,
  signal: AbortSignal,
): Promise<SandboxResult> {
  const { limits } = command;
  const { folder, readable } = placesOf(command);
  const isRoot = process.getuid?.() === 0;
  const user = runAs(folder, readable, isRoot);
  const letGo = guardGit(folder);
  const group = isRoot && user === null ? makeTaskGroup(limits.processes * TASKS_PER_PROCESS) : null;
  try {
    const args = bubblewrapArguments(
      {
        folder,
        cwd: command.cwd ?? '.',
        readable,
        variables: command.variables ?? {},
        temporaryBytes: limits.memoryBytes / 2,
        launcher: launcherArguments(command.script, limits, { tasks: tasksOf(limits), deadlineMs: null }),
      },
      host,
      { isRoot: isRoot && user === null, seccomp: seccomp !== null, features },
    );
    const inputs = [
      ...SETTINGS_FILES.map(([, text]) => Buffer.from(text)),
      ...host.hiddenFiles.map(() => Buffer.alloc(0)),
      ...(seccomp === null ? [] : [seccomp]),
    ];
    const env = commandEnvironment(host.path);
    const joins = group?.file ?? null;
    const launch = { program, args, env, user, inputs, isHeld: false, inherited, joins };
    const watch = await watchCommand(folder, limits);
    const result = await supervise(launch, limits, signal, watch, command.onOutput);
    if (result.ended === 'exited' && !watch.hasRun()) throw notSetUp(result.output);
    return result;
  } finally {
    group?.remove();
    letGo();
  }
}

/** Linux 5.14 counts the processes of a user for each user namespace; before, all of the user's on the machine count. */
function tasksOf({ processes }: SandboxLimits): number | null {
  const [major = 0, minor = 0] = release().split('.').map(Number);
  return major > 5 || (major === 5 && minor >= 14) ? processes * TASKS_PER_PROCESS : null;
}

async function watchCommand(folder: string, limits: SandboxLimits): Promise<Watch & { hasRun(): boolean }> {
  let first: number | null = null;
  let hasRun = false;
  const use = await watchUse(folder, limits, 0);
  return {
    hasRun: () => hasRun,
    told(line) {
      const found = /"child-pid": *(\d+)/.exec(line);
      if (found !== null) {
        first = Number(found[1]);
        use.hasBegun(first);
      }
      // Told only when the sandbox was set up.
      if (line.includes('"exit-code"')) hasRun = true;
    },
    look: async () => use.look(),
    kill(child) {
      // bubblewrap, whose child the first process is, sees it end and ends after it: so none is left for init to reap. A bomb
      // keeps the first from its end: its group, which is most of the bomb, is told itself.
      if (first === null) child.kill('SIGKILL');
      else for (const which of [-first, first]) endProcess(which);
    },
  };
}

function endProcess(number: number): void {
  try {
    process.kill(number, 'SIGKILL');
  } catch {
    // It has ended.
  }
}

function notSetUp(output: Buffer): Error {
  const said = output
    .toString()
    .split('\n')
    .find((line) => line.startsWith('bwrap: '));
  return sandboxFailure(
    `the sandbox could not be set up: ${said?.slice('bwrap: '.length) ?? 'bwrap did not say why'}`,
  );
}
