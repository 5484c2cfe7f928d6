import { flagRefusal, flagText } from './flags.ts';

/** `--concurrency`: reviews at a time, not fewer than `least`. */
export function flagConcurrency(flags: Record<string, unknown>, least: 0 | 1): number {
  const text = flagText(flags, 'concurrency') ?? '4';
  const count = Number(text);
  if (/^\d{1,2}$/.test(text) && count >= least && count <= 64) return count;
  throw flagRefusal('concurrency', `is a number from ${least} to 64; got ${JSON.stringify(text)}`);
}
