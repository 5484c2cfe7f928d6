import { CALL_RULES, type CallRule, MAKES_FILE } from './seccomp-rules.ts';

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

/** ENOSYS: as a kernel answers that does not know the call. */
const NOT_KNOWN = step(RETURN, FAIL | 38);

/** Offsets into `struct seccomp_data`. Arguments are 64 bits wide, the lower half first. */
const NUMBER = 0;
const MACHINE = 4;
const argument = (index: number): number => 16 + 8 * index;

/** linux/audit.h, AUDIT_ARCH: which machine a number is of. */
const AUDIT = { x64: 0xc000_003e, arm64: 0xc000_00b7 } as const;

/**
 * A seccomp filter for bwrap's `--seccomp`: every call is allowed but for `CALL_RULES`. It holds for all that the command
 * starts. `machine`: `process.arch`. Null for one whose numbers are not known here.
 */
export function seccompFilter(machine: string): Buffer | null {
  if (machine !== 'x64' && machine !== 'arm64') return null;
  const rules = CALL_RULES.flatMap(([, x64, arm64, rule]) => {
    const number = machine === 'x64' ? x64 : arm64;
    const answer = answerOf(rule);
    return number === null ? [] : [step(EQUAL, number, 0, answer.length), ...answer];
  });
  return Buffer.concat([
    step(LOAD, MACHINE),
    step(EQUAL, AUDIT[machine], 1, 0),
    NOT_KNOWN,
    step(LOAD, NUMBER),
    // The x32 interface of x86_64 has numbers of its own.
    step(AT_LEAST, 0x4000_0000, 0, 1),
    NOT_KNOWN,
    ...rules,
    step(RETURN, ALLOW),
  ]);
}

function answerOf(rule: CallRule): Buffer[] {
  const refuse = step(RETURN, FAIL | rule.errno);
  const allow = step(RETURN, ALLOW);
  switch (rule.when) {
    case 'always':
      return [refuse];
    case 'bits': {
      const { index, bits, flags } = rule;
      const [create, temporary] = MAKES_FILE;
      // The mode of what is opened has no meaning when nothing is made.
      const making =
        flags === null ? [] : [step(LOAD, argument(flags)), step(ANY_BIT, create | temporary, 1, 0), allow];
      return [...making, step(LOAD, argument(index)), step(ANY_BIT, bits, 0, 1), refuse, allow];
    }
    case 'equal':
      return [
        step(LOAD, argument(rule.index)),
        ...rule.values.flatMap((value) => [step(EQUAL, value, 0, 1), refuse]),
        allow,
      ];
    case 'other':
      return [
        step(LOAD, argument(rule.index)),
        ...rule.values.flatMap((value) => [step(EQUAL, value, 0, 1), allow]),
        refuse,
      ];
    case 'above':
      return [
        step(LOAD, argument(rule.index) + 4),
        step(ABOVE, 0, 2, 0),
        step(LOAD, argument(rule.index)),
        ...[step(ABOVE, rule.value, 0, 1), refuse, allow],
      ];
  }
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
