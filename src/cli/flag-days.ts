import { flagRefusal, flagText } from './flags.ts';

const DAY_MS = 86_400_000;

/** The value of a flag that is a number of days, such as `90d`. */
export function flagDays(flags: Record<string, unknown>, name: string, otherwise: string): number {
  const text = flagText(flags, name) ?? otherwise;
  const [, days] = /^(\d{1,5})d$/.exec(text) ?? [];
  if (days === undefined)
    throw flagRefusal(name, `is a number of days such as 90d; got ${JSON.stringify(text)}`);
  return Number(days);
}

/** So many days ago. */
export const daysAgo = (days: number): Date => new Date(Date.now() - days * DAY_MS);
