import { seccompFilter } from '../../src/sandbox/seccomp-filter.ts';

const filters = new Map<string, Buffer | null>();

/** What the kernel would do: runs a filter on a call (linux/filter.h). */
export function runFilter(
  machine: string,
  audit: number,
  call: number,
  args: readonly bigint[] = [],
): number {
  if (!filters.has(machine)) filters.set(machine, seccompFilter(machine));
  const filter = filters.get(machine) ?? null;
  if (filter === null) throw new Error(`no filter for ${machine}`);
  const data = Buffer.alloc(64);
  data.writeUInt32LE(call, 0);
  data.writeUInt32LE(audit, 4);
  for (const [index, value] of args.entries())
    data.writeBigUInt64LE(BigInt.asUintN(64, value), 16 + 8 * index);
  let loaded = 0;
  for (let at = 0; ; at += 1) {
    const code = filter.readUInt16LE(8 * at);
    const [yes, no] = [filter.readUInt8(8 * at + 2), filter.readUInt8(8 * at + 3)];
    const value = filter.readUInt32LE(8 * at + 4);
    const jump = (holds: boolean): void => {
      at += holds ? yes : no;
    };
    if (code === 0x20) loaded = data.readUInt32LE(value);
    else if (code === 0x15) jump(loaded === value);
    else if (code === 0x25) jump(loaded > value);
    else if (code === 0x35) jump(loaded >= value);
    else if (code === 0x45) jump((loaded & value) !== 0);
    else if (code === 0x06) return value;
    else throw new Error(`${code} is no step of ours`);
  }
}

/** The error that a call of x86_64 fails with; null: it is allowed. */
export function filterAnswer(call: number, args: readonly bigint[]): number | null {
  const value = runFilter('x64', 0xc000_003e, call, args);
  return value === 0x7fff_0000 ? null : value & 0xffff;
}
