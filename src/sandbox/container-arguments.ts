import { join } from 'node:path';
import { commandEnvironment, SANDBOX_HOME } from './command-environment.ts';
import { TASKS_PER_PROCESS } from './command-launcher.ts';
import type { SandboxLimits } from './sandbox.ts';

/** What a container is called by: the folder of its command. */
export const FOLDER_LABEL = 'code-agent.folder';

/** How a program that runs containers is called for a command. Paths are absolute. */
export interface ContainerCommand {
  readonly kind: 'docker' | 'podman';
  readonly image: string;
  /** Of this one container. */
  readonly name: string;
  readonly folder: string;
  readonly cwd: string;
  readonly readable: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
  readonly limits: SandboxLimits;
  /** Whose the files are that it writes. `uid:gid`, as the container counts. */
  readonly user: string;
  /** Podman without root: the user keeps his number in the container, else it is root's there. */
  readonly keepId: boolean;
  /** A file with the profile that takes the place of the engine's own. */
  readonly seccomp: string;
  /** From {@link launcherArguments}. */
  readonly launcher: readonly string[];
}

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Both hand the proxies of the person on, passwords in them included (Docker: of its client's configuration). */
const PROXIES = ['HTTP_PROXY', 'HTTPS_PROXY', 'FTP_PROXY', 'ALL_PROXY', 'NO_PROXY'];

/**
 * The arguments of `docker run` (Docker 20.10 and later) and `podman run` (4 and later) for a command: no network, no capability,
 * nothing of the image can be written, never an image from elsewhere. The input of the program is that of the launcher. The container
 * stays when it has ended: to be asked why.
 */
export function containerArguments(command: ContainerCommand): string[] {
  const { limits, folder, launcher } = command;
  const [shell = '/bin/sh', ...rest] = launcher;
  const temporaryBytes = Math.max(4096, Math.floor(limits.memoryBytes / 2));
  const memory = String(Math.floor(limits.memoryBytes));
  const noProxies = PROXIES.flatMap((name) => [name, name.toLowerCase()]).map((name) => [name, '']);
  const variables = { ...Object.fromEntries(noProxies), ...commandEnvironment(PATH), ...command.variables };
  return [
    'run',
    ...['--name', command.name, '--label', `${FOLDER_LABEL}=${folder}`],
    ...['--interactive', '--pull', 'never', '--log-driver', 'none'],
    ...['--network', 'none', '--ipc', 'private', '--hostname', 'sandbox'],
    ...['--read-only', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges'],
    ...['--security-opt', `seccomp=${command.seccomp}`],
    ...['--user', command.user],
    ...(command.kind === 'podman' ? ['--http-proxy=false'] : []),
    ...(command.keepId ? ['--userns', 'keep-id'] : []),
    // Threads count here.
    ...['--pids-limit', String(limits.processes * TASKS_PER_PROCESS)],
    ...['--memory', memory, '--memory-swap', memory, '--oom-score-adj', '1000'],
    ...['--shm-size', String(Math.floor(temporaryBytes / 2))],
    ...['/tmp', SANDBOX_HOME].flatMap((path) => [
      '--tmpfs',
      `${path}:rw,exec,nosuid,nodev,mode=1777,size=${temporaryBytes}`,
    ]),
    ...command.readable.flatMap((path) => mount(path, path, true)),
    ...mount(folder, '/work', false),
    ...mount(join(folder, '.git'), '/work/.git', true),
    ...['--workdir', join('/work', command.cwd)],
    ...Object.entries(variables).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
    ...['--entrypoint', shell],
    command.image,
    ...rest,
  ];
}

function mount(source: string, target: string, readOnly: boolean): string[] {
  const fields = ['type=bind', `source=${source}`, `target=${target}`, ...(readOnly ? ['readonly'] : [])];
  return ['--mount', fields.map(quoted).join(',')];
}

/** The value is a line of CSV. */
const quoted = (field: string): string => (/[",]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field);
