/** linux/errno.h. */
const EPERM = 1;
const EINVAL = 22;
const ENOSYS = 38;
const EAFNOSUPPORT = 97;

/** sched.h: CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET. */
const NEW_NAMESPACE = 0x7e02_0000;
/** asm-generic/ioctls.h: characters as if they were typed; the console's selection. */
const TIOCSTI = 0x5412;
const TIOCLINUX = 0x541c;
/** Unix, IPv4, IPv6, netlink. Of others AF_VSOCK reaches the host of a virtual machine, whatever the network namespace is. */
const FAMILIES = [1, 2, 10, 16];
/** Segments count as nobody's memory while nobody has them attached. PostgreSQL makes one of 56 bytes. */
const LARGEST_SEGMENT = 65_536;
/** stat.h: S_ISUID, S_ISGID. */
const SET_ID = 0o6000;

/** What becomes of a call: with which error it fails, and when that is. Of arguments the lower 32 bits are looked at. */
export type CallRule = {
  readonly errno: number;
} & (
  | { readonly when: 'always' }
  /** One of the bits is set in that argument. `flags`: an argument with the flags of open(2); only when they make a file. */
  | { readonly when: 'bits'; readonly index: number; readonly bits: number; readonly flags: number | null }
  | { readonly when: 'equal'; readonly index: number; readonly values: readonly number[] }
  | { readonly when: 'other'; readonly index: number; readonly values: readonly number[] }
  /** Of that argument all 64 bits count. */
  | { readonly when: 'above'; readonly index: number; readonly value: number }
);

/** fcntl.h: O_CREAT, __O_TMPFILE. */
export const MAKES_FILE = [0o100, 0o20_000_000] as const;

const refuse: CallRule = { errno: EPERM, when: 'always' };
/** As a kernel answers that does not know the call. */
const absent: CallRule = { errno: ENOSYS, when: 'always' };
const unlessBits = (index: number, bits: number, flags: number | null = null): CallRule => ({
  ...{ errno: EPERM, when: 'bits', index, bits, flags },
});
const unless = (index: number, values: readonly number[]): CallRule => ({
  ...{ errno: EPERM, when: 'equal', index, values },
});
const unlessFamily: CallRule = { errno: EAFNOSUPPORT, when: 'other', index: 0, values: FAMILIES };
const unlessLarge: CallRule = { errno: EINVAL, when: 'above', index: 1, value: LARGEST_SEGMENT };

/**
 * The calls of the kernel that are not simply allowed to a command: their numbers on x86_64 and on arm64 (asm/unistd.h), and what
 * becomes of them.
 */
export const CALL_RULES: readonly (readonly [
  name: string,
  x64: number | null,
  arm64: number | null,
  rule: CallRule,
])[] = [
  // Keys of the kernel: a session keyring is inherited (keyrings(7)), and no namespace parts it.
  ['add_key', 248, 217, refuse],
  ['request_key', 249, 218, refuse],
  ['keyctl', 250, 219, refuse],
  // New namespaces would give capabilities in them, and mounts. clone3 and openat2 are told in memory what to do, which a filter
  // cannot read: programs do without.
  ['clone', 56, 220, unlessBits(0, NEW_NAMESPACE)],
  ['clone3', 435, 435, absent],
  ['unshare', 272, 97, unlessBits(0, NEW_NAMESPACE)],
  ['setns', 308, 268, refuse],
  ['mount', 165, 40, refuse],
  ['umount2', 166, 39, refuse],
  ['pivot_root', 155, 41, refuse],
  ['chroot', 161, 51, refuse],
  ['open_tree', 428, 428, absent],
  ['move_mount', 429, 429, absent],
  ['fsopen', 430, 430, absent],
  ['fsconfig', 431, 431, absent],
  ['fsmount', 432, 432, absent],
  ['fspick', 433, 433, absent],
  ['mount_setattr', 442, 442, absent],
  // Sockets that no network namespace holds, characters for a terminal.
  ['socket', 41, 198, unlessFamily],
  ['ioctl', 16, 29, unless(1, [TIOCSTI, TIOCLINUX])],
  // The first process, whose end ends all others, must not be another program's puppet.
  ['ptrace', 101, 117, unless(1, [1])],
  ['process_vm_readv', 310, 270, unless(0, [1])],
  ['process_vm_writev', 311, 271, unless(0, [1])],
  // Memory that is no process's, or not yet: the watch over processes would not see it.
  ['memfd_create', 319, 279, absent],
  ['memfd_secret', 447, 447, absent],
  ['shmget', 29, 194, unlessLarge],
  // A program that runs as its owner for whoever calls it, left behind in the worktree.
  ['chmod', 90, null, unlessBits(1, SET_ID)],
  ['fchmod', 91, 52, unlessBits(1, SET_ID)],
  ['fchmodat', 268, 53, unlessBits(2, SET_ID)],
  ['fchmodat2', 452, 452, unlessBits(2, SET_ID)],
  ['creat', 85, null, unlessBits(1, SET_ID)],
  ['mknod', 133, null, unlessBits(1, SET_ID)],
  ['mknodat', 259, 33, unlessBits(2, SET_ID)],
  ['open', 2, null, unlessBits(2, SET_ID, 1)],
  ['openat', 257, 56, unlessBits(3, SET_ID, 2)],
  ['openat2', 437, 437, absent],
  // Large parts of the kernel that tests of a program have no use for.
  ['io_uring_setup', 425, 425, absent],
  ['io_uring_enter', 426, 426, absent],
  ['io_uring_register', 427, 427, absent],
  ['bpf', 321, 280, refuse],
  ['perf_event_open', 298, 241, refuse],
  ['userfaultfd', 323, 282, refuse],
  ['fanotify_init', 300, 262, refuse],
  ['open_by_handle_at', 304, 265, refuse],
  ['lookup_dcookie', 212, 18, refuse],
  ['modify_ldt', 154, null, refuse],
  ['uselib', 134, null, refuse],
  ['nfsservctl', 180, 42, refuse],
  ['quotactl', 179, 60, refuse],
  ['quotactl_fd', 443, 443, refuse],
  // What an administrator does.
  ['acct', 163, 89, refuse],
  ['clock_settime', 227, 112, refuse],
  ['settimeofday', 164, 170, refuse],
  ['init_module', 175, 105, refuse],
  ['finit_module', 313, 273, refuse],
  ['delete_module', 176, 106, refuse],
  ['ioperm', 173, null, refuse],
  ['iopl', 172, null, refuse],
  ['kexec_load', 246, 104, refuse],
  ['kexec_file_load', 320, 294, refuse],
  ['reboot', 169, 142, refuse],
  ['sethostname', 170, 161, refuse],
  ['setdomainname', 171, 162, refuse],
  ['swapon', 167, 224, refuse],
  ['swapoff', 168, 225, refuse],
  ['syslog', 103, 116, refuse],
  ['vhangup', 153, 58, refuse],
];
