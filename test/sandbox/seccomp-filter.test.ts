import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { seccompFilter } from '../../src/sandbox/seccomp-filter.ts';
import { runFilter } from './filter-answer.ts';

/** seccomp(2). */
const ALLOW = 0x7fff_0000;
const EPERM = 0x0005_0001;
const ENOSYS = 0x0005_0026;
const EINVAL = 0x0005_0016;
const EAFNOSUPPORT = 0x0005_0061;

const X64 = 0xc000_003e;
const ARM64 = 0xc000_00b7;

const x64 = (call: number, ...args: bigint[]): number => runFilter('x64', X64, call, args);
const arm64 = (call: number, ...args: bigint[]): number => runFilter('arm64', ARM64, call, args);

describe('the seccomp filter', () => {
  test('allows what programs do', () => {
    // read, write, execve, exit, kill, ptrace of a child, memory, files, sockets of the internet.
    for (const call of [0, 1, 59, 60, 62, 9, 83, 87]) expect(x64(call)).toBe(ALLOW);
    expect(x64(101, 16n, 42n)).toBe(ALLOW);
    for (const family of [1n, 2n, 10n, 16n]) expect(x64(41, family)).toBe(ALLOW);
    expect(x64(16, 1n, 0x5401n)).toBe(ALLOW);
  });

  test('lets a process make another, but no namespace', () => {
    expect(x64(56, 0x0120_0011n)).toBe(ALLOW);
    expect(x64(56, 0x003d_0f00n)).toBe(ALLOW);
    for (let bit = 25n; bit <= 30n; bit += 1n) {
      expect(x64(56, (1n << bit) | 17n)).toBe(EPERM);
      expect(x64(272, 1n << bit)).toBe(EPERM);
      expect(arm64(220, (1n << bit) | 17n)).toBe(EPERM);
    }
    expect(x64(56, 0x0002_0000n)).toBe(EPERM);
    expect(x64(272, 0x200n)).toBe(ALLOW);
    expect(x64(435)).toBe(ENOSYS);
  });

  test('refuses characters for a terminal, also with bits that the kernel does not look at', () => {
    expect(x64(16, 0n, 0x5412n)).toBe(EPERM);
    expect(x64(16, 0n, 0x1_0000_5412n)).toBe(EPERM);
    expect(x64(16, 0n, 0x541cn)).toBe(EPERM);
    expect(arm64(29, 0n, 0x5412n)).toBe(EPERM);
  });

  test('refuses sockets of other families', () => {
    for (const family of [0n, 3n, 9n, 17n, 21n, 38n, 40n, 44n]) expect(x64(41, family)).toBe(EAFNOSUPPORT);
    expect(x64(41, 0x1_0000_0028n)).toBe(EAFNOSUPPORT);
    expect(arm64(198, 40n)).toBe(EAFNOSUPPORT);
  });

  test('refuses to make what runs as its owner, in all ways to make a file', () => {
    for (const mode of [0o4755n, 0o2755n, 0o6000n]) {
      expect(x64(90, 0n, mode)).toBe(EPERM);
      expect(x64(91, 0n, mode)).toBe(EPERM);
      expect(x64(268, 0n, 0n, mode)).toBe(EPERM);
      expect(x64(452, 0n, 0n, mode)).toBe(EPERM);
      expect(x64(85, 0n, mode)).toBe(EPERM);
      expect(x64(133, 0n, mode)).toBe(EPERM);
      expect(x64(259, 0n, 0n, mode)).toBe(EPERM);
      expect(x64(2, 0n, 0o101n, mode)).toBe(EPERM);
      expect(x64(257, 0n, 0n, 0o101n, mode)).toBe(EPERM);
      expect(x64(257, 0n, 0n, 0o20_200_002n, mode)).toBe(EPERM);
      expect(arm64(56, 0n, 0n, 0o101n, mode)).toBe(EPERM);
    }
    expect(x64(2, 0n, 0n, 0o7777n)).toBe(ALLOW);
    expect(x64(257, 0n, 0n, 0o2_000_000n, 0xffff_ffffn)).toBe(ALLOW);
    expect(x64(257, 0n, 0n, 0o101n, 0o1777n)).toBe(ALLOW);
    expect(x64(90, 0n, 0o755n)).toBe(ALLOW);
    expect(x64(437)).toBe(ENOSYS);
  });

  test('refuses to touch the first process', () => {
    for (const request of [16n, 0x4206n, 4n]) expect(x64(101, request, 1n)).toBe(EPERM);
    expect(x64(310, 1n)).toBe(EPERM);
    expect(x64(311, 1n)).toBe(EPERM);
    expect(x64(311, 2n)).toBe(ALLOW);
  });

  test('refuses memory that is no process’s', () => {
    expect(x64(319)).toBe(ENOSYS);
    expect(x64(29, 0n, 56n)).toBe(ALLOW);
    expect(x64(29, 0n, 65_536n)).toBe(ALLOW);
    expect(x64(29, 0n, 65_537n)).toBe(EINVAL);
    expect(x64(29, 0n, 1n << 32n)).toBe(EINVAL);
  });

  test('knows no calls of another kind of machine', () => {
    expect(runFilter('x64', 0x4000_0003, 1)).toBe(ENOSYS);
    expect(runFilter('x64', ARM64, 0)).toBe(ENOSYS);
    expect(x64(0x4000_0000)).toBe(ENOSYS);
    expect(seccompFilter('s390x')).toBeNull();
  });

  test('has the numbers of the kernel', () => {
    const names = [
      'keyctl',
      'mount',
      'unshare',
      'setns',
      'bpf',
      'userfaultfd',
      'reboot',
      'kexec_load',
      'pivot_root',
    ];
    const more = [
      'open_by_handle_at',
      'perf_event_open',
      'syslog',
      'swapon',
      'init_module',
      'quotactl',
      'acct',
    ];
    for (const name of [...names, ...more]) {
      const number = numberOf(name);
      if (number === null) return;
      const args = name === 'unshare' ? [0x1000_0000n] : [];
      expect(runFilter(process.arch, process.arch === 'x64' ? X64 : ARM64, number, args), name).toBe(EPERM);
    }
  });
});

/** Of this machine's headers. Null where there are none, which is said. */
function numberOf(name: string): number | null {
  try {
    const source = `#include <sys/syscall.h>\nSYS_${name}\n`;
    const text = execFileSync('cc', ['-E', '-P', '-'], { input: source, encoding: 'utf8', stdio: 'pipe' });
    return Number(text.trim().split('\n').at(-1));
  } catch {
    console.warn('NOT EXERCISED: sandbox: the numbers of system calls (no C compiler)');
    return null;
  }
}
