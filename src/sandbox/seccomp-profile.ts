import { CALL_RULES, type CallRule, MAKES_FILE } from './seccomp-rules.ts';

/** The families of sockets that Linux has (sys/socket.h, AF_MAX), and a few for those to come. */
const FAMILIES = 64;

/** A condition of the Open Container Initiative's runtime specification (config-linux.md, `seccomp`). All of a rule must hold. */
interface Condition {
  readonly index: number;
  readonly op: 'SCMP_CMP_MASKED_EQ' | 'SCMP_CMP_GT' | 'SCMP_CMP_GE';
  readonly value: number;
  readonly valueTwo?: number;
}

/**
 * What `seccompFilter` is, as a profile for Docker and Podman: JSON for `--security-opt seccomp=<file>`. It takes the place of their own,
 * of which Podman's lets a command make namespaces. A call that their library does not know is allowed.
 */
export function seccompProfile(): string {
  const syscalls = CALL_RULES.flatMap(([name, , , rule]) =>
    conditionsOf(rule).map((args) => ({
      ...{ names: [name], action: 'SCMP_ACT_ERRNO', errnoRet: rule.errno, args },
    })),
  );
  return JSON.stringify({ defaultAction: 'SCMP_ACT_ALLOW', syscalls });
}

/** Each of them is enough. */
function conditionsOf(rule: CallRule): Condition[][] {
  switch (rule.when) {
    case 'always':
      return [[]];
    case 'bits': {
      const { flags } = rule;
      const making = flags === null ? [[]] : MAKES_FILE.map((bit) => [anyOf(flags, bit)]);
      return making.flatMap((before) => bitsIn(rule.bits).map((bit) => [...before, anyOf(rule.index, bit)]));
    }
    case 'equal':
      return rule.values.map((value) => [lowerIs(rule.index, value)]);
    case 'other': {
      const others = Array.from({ length: FAMILIES }, (_, value) => value);
      return [
        ...others
          .filter((value) => !rule.values.includes(value))
          .map((value) => [lowerIs(rule.index, value)]),
        [{ index: rule.index, op: 'SCMP_CMP_GE', value: FAMILIES }],
      ];
    }
    case 'above':
      return [[{ index: rule.index, op: 'SCMP_CMP_GT', value: rule.value }]];
  }
}

const anyOf = (index: number, bit: number): Condition => ({
  ...{ index, op: 'SCMP_CMP_MASKED_EQ', value: bit, valueTwo: bit },
});

/** The kernel looks at no more than these bits of it. */
const lowerIs = (index: number, value: number): Condition => ({
  ...{ index, op: 'SCMP_CMP_MASKED_EQ', value: 0xffff_ffff, valueTwo: value },
});

const bitsIn = (bits: number): number[] =>
  Array.from({ length: 32 }, (_, at) => 2 ** at).filter((bit) => (bits & bit) !== 0);
