import { join } from 'node:path';
import { SANDBOX_HOME } from './command-environment.ts';
import type { HostView } from './host-view.ts';

/** Options that not every bubblewrap has: `bwrap --help`. */
export interface BubblewrapFeatures {
  /** 0.5: the mode of what is made. */
  readonly perms: boolean;
  /** 0.7: how large a tmpfs gets. Without, /tmp is held by the watch over memory alone. */
  readonly size: boolean;
  /** 0.8: no further user namespaces, beside what the seccomp filter says of them. */
  readonly disableUserns: boolean;
}

/** What of a command bubblewrap is told. Paths are absolute and without links. */
export interface BubblewrapCommand {
  readonly folder: string;
  readonly cwd: string;
  readonly readable: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
  /** What /tmp may hold, and half as much /dev/shm. */
  readonly temporaryBytes: number;
  /** From {@link launcherArguments}. */
  readonly launcher: readonly string[];
}

/** The descriptors of bubblewrap: where it says how it goes, and where it reads from. */
export const STATUS_DESCRIPTOR = 3;
const FIRST_INPUT = 4;

/** In the sandbox: programs like PostgreSQL refuse to be root's. */
const USER = 1000;

/** Small files of /etc, as a machine has them on which there is one user. */
export const SETTINGS_FILES: readonly (readonly [path: string, text: string])[] = [
  [
    '/etc/passwd',
    `root:x:0:0:root:/:/bin/sh\nagent:x:${USER}:${USER}:agent:${SANDBOX_HOME}:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n`,
  ],
  ['/etc/group', `root:x:0:\nagent:x:${USER}:\nnogroup:x:65534:\n`],
  ['/etc/hosts', '127.0.0.1 localhost sandbox\n::1 localhost\n'],
  ['/etc/nsswitch.conf', 'passwd: files\ngroup: files\nhosts: files\nservices: files\nprotocols: files\n'],
];

/**
 * The arguments of bubblewrap (bwrap(1), 0.4.1 to 0.11) for a command. All that it sees is named here; of that only /work, /tmp,
 * /dev/shm and the devices can be written. Descriptor 3 is the status, those behind it {@link SETTINGS_FILES} in their order,
 * nothing for each hidden file, and the seccomp filter.
 *
 * /proc is read only as a whole: a command of a controller that is root could else write `core_pattern` and have the kernel run a
 * program outside, for to /proc/sys it is root, without any capability (measured with 0.8.0 and Linux 6.18). `--as-pid-1`: the
 * first process is the command's own shell, so bubblewrap ends after all others, and the program and the environment of
 * bubblewrap are not in /proc.
 */
export function bubblewrapArguments(
  command: BubblewrapCommand,
  host: HostView,
  { isRoot, seccomp, features }: { isRoot: boolean; seccomp: boolean; features: BubblewrapFeatures },
): string[] {
  const mode = (octal: string): string[] => (features.perms ? ['--perms', octal] : []);
  const temporary = (path: string, bytes: number): string[] => [
    ...(features.size ? ['--size', String(Math.max(4096, Math.floor(bytes)))] : []),
    ...mode('1777'),
    '--tmpfs',
    path,
  ];
  const seen = (path: string): string[] => ['--ro-bind', path, path];
  const emptyFolder = (path: string): string[] => [...mode('0755'), '--tmpfs', path, '--remount-ro', path];
  // A device on a mount without devices cannot be opened.
  const closedFile = (path: string): string[] => ['--ro-bind', '/dev/null', path];
  return [
    '--unshare-all',
    '--unshare-user',
    ...(features.disableUserns ? ['--disable-userns'] : []),
    // Of another user's command no capability is left, this is for root's.
    ...(isRoot ? ['--cap-drop', 'ALL'] : []),
    ...['--uid', String(USER), '--gid', String(USER), '--hostname', 'sandbox'],
    ...['--die-with-parent', '--new-session', '--as-pid-1'],
    ...['--json-status-fd', String(STATUS_DESCRIPTOR)],
    ...(seccomp ? ['--seccomp', String(FIRST_INPUT + SETTINGS_FILES.length + host.hiddenFiles.length)] : []),

    // First: node and what may be read can be below.
    ...temporary('/tmp', command.temporaryBytes),
    ...mode('0755'),
    ...['--dir', '/etc'],
    // One that was there may have been removed since.
    ...host.paths.flatMap((path) => ['--ro-bind-try', path, path]),
    ...host.links.flatMap(([path, target]) => ['--symlink', target, path]),
    ...host.hiddenFolders.flatMap(emptyFolder),
    ...host.hiddenFiles.flatMap((path, index) => [
      '--ro-bind-data',
      String(FIRST_INPUT + SETTINGS_FILES.length + index),
      path,
    ]),
    ...SETTINGS_FILES.flatMap(([path], index) => [
      ...mode('0644'),
      '--file',
      String(FIRST_INPUT + index),
      path,
    ]),

    ...['--proc', '/proc'],
    ...[...host.keyProc, ...(isRoot ? host.privateProc : [])].flatMap(closedFile),
    ...['--remount-ro', '/proc'],
    ...['--dev', '/dev'],
    ...temporary('/dev/shm', command.temporaryBytes / 2),
    ...['--remount-ro', '/dev'],
    ...[...mode('0700'), '--dir', SANDBOX_HOME],
    ...['/run', '/var'].flatMap((path) => [...mode('0755'), '--dir', path]),
    ...['--symlink', '../tmp', '/var/tmp'],

    ...command.readable.flatMap(seen),
    ...['--bind', command.folder, '/work'],
    ...['--ro-bind', join(command.folder, '.git'), '/work/.git'],
    // The root is a tmpfs itself, as large as half of the memory.
    ...['--remount-ro', '/'],
    ...Object.entries(command.variables).flatMap(([name, value]) => ['--setenv', name, value]),
    ...['--chdir', join('/work', command.cwd)],
    '--',
    ...command.launcher,
  ];
}
