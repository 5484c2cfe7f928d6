import { expect, test } from 'vitest';
import * as z from 'zod/mini';
import { seccompProfile } from '../../src/sandbox/seccomp-profile.ts';
import { CALL_RULES } from '../../src/sandbox/seccomp-rules.ts';
import { filterAnswer } from './filter-answer.ts';

const PROFILE = z.strictObject({
  defaultAction: z.literal('SCMP_ACT_ALLOW'),
  syscalls: z.array(
    z.strictObject({
      names: z.array(z.string()),
      action: z.literal('SCMP_ACT_ERRNO'),
      errnoRet: z.number(),
      args: z.array(
        z.strictObject({
          index: z.number(),
          op: z.enum(['SCMP_CMP_MASKED_EQ', 'SCMP_CMP_GT', 'SCMP_CMP_GE']),
          value: z.number(),
          valueTwo: z.optional(z.number()),
        }),
      ),
    }),
  ),
});
const { syscalls } = PROFILE.parse(JSON.parse(seccompProfile()));
const rulesOf = new Map(
  CALL_RULES.map(([name]) => [name, syscalls.filter(({ names }) => names.includes(name))]),
);

/** What an engine would do: libseccomp's comparisons (seccomp_rule_add(3)), all of a rule. Null: it is allowed. */
function answer(name: string, args: readonly bigint[]): number | null {
  const found = rulesOf.get(name)?.find((rule) =>
    rule.args.every(({ index, op, value, valueTwo = 0 }) => {
      const given = args[index] ?? 0n;
      if (op === 'SCMP_CMP_GT') return given > BigInt(value);
      if (op === 'SCMP_CMP_GE') return given >= BigInt(value);
      return (given & BigInt(value)) === BigInt(valueTwo);
    }),
  );
  return found?.errnoRet ?? null;
}

/** What is refused somewhere, and what is not. */
const VALUES = [
  ...[0n, 1n, 2n, 3n, 10n, 11n, 16n, 17n, 40n, 45n, 46n, 63n, 64n, 4095n],
  ...[0x5412n, 0x541cn, 0x5401n, 65_536n, 65_537n, 0o101n, 0o20_200_002n, 0o4755n, 0o1777n, 0xffff_ffffn],
  ...[6, 7, 9, 10, 11, 17, 22, 25, 28, 30, 31].map((bit) => 1n << BigInt(bit)),
];

test('a container refuses what bubblewrap refuses, and nothing else', () => {
  const wrong: string[] = [];
  for (const [name, number] of CALL_RULES)
    for (const one of number === null ? [] : VALUES)
      for (const other of VALUES)
        for (const args of [
          [one, other],
          [0n, one, other],
          [0n, 0n, one, other],
        ]) {
          const filter = filterAnswer(number ?? 0, args);
          if (answer(name, args) !== filter) wrong.push(`${name} ${args}`);
          // Bits that the kernel does not look at let nothing through.
          const more = args.map((arg) => arg | (1n << 32n));
          if (filter !== null && answer(name, more) === null) wrong.push(`${name} ${more}`);
        }
  expect(wrong).toEqual([]);
});
