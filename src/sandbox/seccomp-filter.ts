/** bpf(2), linux/filter.h: operations of a classic BPF program. */
const LOAD = 0x20;
const EQUAL = 0x15;
const ABOVE = 0x25;
const AT_LEAST = 0x35;
const ANY_BIT = 0x45;
const RETURN = 0x06;

/** seccomp(2): what a filter answers. */
const ALLOW = 0x7fff_0000;
const FAIL = 0x0005_0000;

/** Offsets into `struct seccomp_data`. Arguments are 64 bits wide, the lower half first. */
const NUMBER = 0;
const MACHINE = 4;
const argument = (index: number): number => 16 + 8 * index;

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
/** stat.h: S_ISUID, S_ISGID. fcntl.h: O_CREAT, __O_TMPFILE. */
const SET_ID = 0o6000;
const MAKES_FILE = 0o20_000_100;

/** linux/audit.h, AUDIT_ARCH: which machine a number is of. */
const AUDIT = { x64: 0xc000_003e, arm64: 0xc000_00b7 } as const;

/** The calls that are not simply allowed: their numbers on x86_64 and on arm64 (asm/unistd.h), and what they answer. */
const CALLS: readonly (readonly [
  name: string,
  x64: number | null,
  arm64: number | null,
  answer: readonly Buffer[],
])[] = [
  // Keys of the kernel: a session keyring is inherited (keyrings(7)), and no namespace parts it.
  ['add_key', 248, 217, refuse()],
  ['request_key', 249, 218, refuse()],
  ['keyctl', 250, 219, refuse()],
  // New namespaces would give capabilities in them, and mounts. clone3 and openat2 are told in memory what to do, which a filter
  // cannot read: programs do without.
  ['clone', 56, 220, unlessBits(0, NEW_NAMESPACE)],
  ['clone3', 435, 435, absent()],
  ['unshare', 272, 97, unlessBits(0, NEW_NAMESPACE)],
  ['setns', 308, 268, refuse()],
  ['mount', 165, 40, refuse()],
  ['umount2', 166, 39, refuse()],
  ['pivot_root', 155, 41, refuse()],
  ['chroot', 161, 51, refuse()],
  ['open_tree', 428, 428, absent()],
  ['move_mount', 429, 429, absent()],
  ['fsopen', 430, 430, absent()],
  ['fsconfig', 431, 431, absent()],
  ['fsmount', 432, 432, absent()],
  ['fspick', 433, 433, absent()],
  ['mount_setattr', 442, 442, absent()],
  // Sockets that no network namespace holds, characters for a terminal.
  ['socket', 41, 198, unlessFamily()],
  ['ioctl', 16, 29, unless(1, [TIOCSTI, TIOCLINUX])],
  // The first process, whose end ends all others, must not be another program's puppet.
  ['ptrace', 101, 117, unless(1, [1])],
  ['process_vm_readv', 310, 270, unless(0, [1])],
  ['process_vm_writev', 311, 271, unless(0, [1])],
  // Memory that is no process's, or not yet: the watch over processes would not see it.
  ['memfd_create', 319, 279, absent()],
  ['memfd_secret', 447, 447, absent()],
  ['shmget', 29, 194, unlessLarge()],
  // A program that runs as its owner for whoever calls it, left behind in the worktree.
  ['chmod', 90, null, unlessBits(1, SET_ID)],
  ['fchmod', 91, 52, unlessBits(1, SET_ID)],
  ['fchmodat', 268, 53, unlessBits(2, SET_ID)],
  ['fchmodat2', 452, 452, unlessBits(2, SET_ID)],
  ['creat', 85, null, unlessBits(1, SET_ID)],
  ['mknod', 133, null, unlessBits(1, SET_ID)],
  ['mknodat', 259, 33, unlessBits(2, SET_ID)],
  ['open', 2, null, whenMaking(1, unlessBits(2, SET_ID))],
  ['openat', 257, 56, whenMaking(2, unlessBits(3, SET_ID))],
  ['openat2', 437, 437, absent()],
  // Large parts of the kernel that tests of a program have no use for.
  ['io_uring_setup', 425, 425, absent()],
  ['io_uring_enter', 426, 426, absent()],
  ['io_uring_register', 427, 427, absent()],
  ['bpf', 321, 280, refuse()],
  ['perf_event_open', 298, 241, refuse()],
  ['userfaultfd', 323, 282, refuse()],
  ['fanotify_init', 300, 262, refuse()],
  ['open_by_handle_at', 304, 265, refuse()],
  ['lookup_dcookie', 212, 18, refuse()],
  ['modify_ldt', 154, null, refuse()],
  ['uselib', 134, null, refuse()],
  ['nfsservctl', 180, 42, refuse()],
  ['quotactl', 179, 60, refuse()],
  ['quotactl_fd', 443, 443, refuse()],
  // What an administrator does.
  ['acct', 163, 89, refuse()],
  ['clock_settime', 227, 112, refuse()],
  ['settimeofday', 164, 170, refuse()],
  ['init_module', 175, 105, refuse()],
  ['finit_module', 313, 273, refuse()],
  ['delete_module', 176, 106, refuse()],
  ['ioperm', 173, null, refuse()],
  ['iopl', 172, null, refuse()],
  ['kexec_load', 246, 104, refuse()],
  ['kexec_file_load', 320, 294, refuse()],
  ['reboot', 169, 142, refuse()],
  ['sethostname', 170, 161, refuse()],
  ['setdomainname', 171, 162, refuse()],
  ['swapon', 167, 224, refuse()],
  ['swapoff', 168, 225, refuse()],
  ['syslog', 103, 116, refuse()],
  ['vhangup', 153, 58, refuse()],
];

/**
 * A seccomp filter for bwrap's `--seccomp`: every call is allowed but those of the list above. It holds for all that the command
 * starts. `machine`: `process.arch`. Null for one whose numbers are not known here.
 */
export function seccompFilter(machine: string): Buffer | null {
  if (machine !== 'x64' && machine !== 'arm64') return null;
  const rules = CALLS.flatMap(([, x64, arm64, answer]) => {
    const number = machine === 'x64' ? x64 : arm64;
    return number === null ? [] : [step(EQUAL, number, 0, answer.length), ...answer];
  });
  return Buffer.concat([
    step(LOAD, MACHINE),
    step(EQUAL, AUDIT[machine], 1, 0),
    ...absent(),
    step(LOAD, NUMBER),
    // The x32 interface of x86_64 has numbers of its own.
    step(AT_LEAST, 0x4000_0000, 0, 1),
    ...absent(),
    ...rules,
    step(RETURN, ALLOW),
  ]);
}

function refuse(errno: number = EPERM): Buffer[] {
  return [step(RETURN, FAIL | errno)];
}

/** As a kernel answers that does not know the call. */
function absent(): Buffer[] {
  return refuse(ENOSYS);
}

function allow(): Buffer[] {
  return [step(RETURN, ALLOW)];
}

function unlessBits(index: number, bits: number): Buffer[] {
  return [step(LOAD, argument(index)), step(ANY_BIT, bits, 0, 1), ...refuse(), ...allow()];
}

function unless(index: number, values: readonly number[]): Buffer[] {
  const refusals = values.flatMap((value) => [step(EQUAL, value, 0, 1), ...refuse()]);
  return [step(LOAD, argument(index)), ...refusals, ...allow()];
}

/** The mode of what is opened has no meaning when nothing is made. */
function whenMaking(flags: number, mode: readonly Buffer[]): Buffer[] {
  return [step(LOAD, argument(flags)), step(ANY_BIT, MAKES_FILE, 1, 0), ...allow(), ...mode];
}

function unlessFamily(): Buffer[] {
  const known = FAMILIES.flatMap((family) => [step(EQUAL, family, 0, 1), ...allow()]);
  return [step(LOAD, argument(0)), ...known, ...refuse(EAFNOSUPPORT)];
}

function unlessLarge(): Buffer[] {
  return [
    step(LOAD, argument(1) + 4),
    step(ABOVE, 0, 2, 0),
    step(LOAD, argument(1)),
    step(ABOVE, LARGEST_SEGMENT, 0, 1),
    ...refuse(EINVAL),
    ...allow(),
  ];
}

/** `struct sock_filter`. Jumps count the steps that are passed over. */
function step(code: number, value: number, whenTrue = 0, whenFalse = 0): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt16LE(code, 0);
  bytes.writeUInt8(whenTrue, 2);
  bytes.writeUInt8(whenFalse, 3);
  bytes.writeUInt32LE(value >>> 0, 4);
  return bytes;
}
