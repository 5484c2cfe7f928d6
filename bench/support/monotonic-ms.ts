/** Milliseconds since a time that is the same for all processes of this machine (clock_gettime(2), CLOCK_MONOTONIC). */
export const monotonicMs = (): number => Number(process.hrtime.bigint()) / 1e6;
