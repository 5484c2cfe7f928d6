/** Milliseconds by a clock that nobody can set: budgets and deadlines survive a jump of the wall clock. */
export const monotonicMs = (): number => Number(process.hrtime.bigint() / 1000n) / 1000;
