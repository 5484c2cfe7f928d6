import { tokensText } from '../../report/summary.ts';
import { usageOf, usageToday } from '../../sessions/postgres/pull-request-runs.ts';
import type { CommandAnswer } from './command-call.ts';

/** `/agent cost`: what was used, beside what may be used. */
export const cost: CommandAnswer = async ({ door, subject, job, operator }) => {
  const here = await usageOf(door.sql, subject.key);
  const today = await usageToday(door.sql, subject.key.repository, job.author.id);
  const row = (
    name: string,
    used: typeof here,
    most: (typeof operator)['limits']['person'] | null,
  ): string => {
    const of = (value: string | number, limit: string | number | undefined) =>
      limit === undefined ? `${value}` : `${value} of ${limit}`;
    return `| ${name} | ${of(used.reviews, most?.reviewsPerDay)} | ${of(tokensText(used.tokens), most ? tokensText(most.tokensPerDay) : undefined)} | ${of(`$${used.cost.toFixed(2)}`, most ? `$${most.costPerDay.toFixed(2)}` : undefined)} |`;
  };
  return [
    '| | reviews and questions | tokens | money |',
    '|---|--:|--:|--:|',
    row('this pull request', here, null),
    row('this repository, today (UTC)', today.repository, operator.limits.repository),
    ...(today.person === null ? [] : [row('you, today (UTC)', today.person, operator.limits.person)]),
  ].join('\n');
};
