import type { Config, DayLimits } from '../config/config.ts';

/** What was done since midnight UTC. */
export interface DayUsage {
  readonly reviews: number;
  readonly tokens: number;
  /** US dollars. */
  readonly cost: number;
}

export interface ReachedLimit {
  readonly whose: 'repository' | 'person';
  readonly what: keyof DayUsage;
  /** The limit itself: reviews, tokens or US dollars. */
  readonly most: number;
  /** Where it is set: `app.limits.person.costPerDay`. */
  readonly key: string;
  /** When it ends: the next midnight UTC. */
  readonly until: Date;
}

const KEYS = {
  reviews: 'reviewsPerDay',
  tokens: 'tokensPerDay',
  cost: 'costPerDay',
} as const satisfies Record<keyof DayUsage, keyof DayLimits>;

/**
 * Which limit of the day stands in the way of one more review, the repository's before the person's; null when none does.
 * A review that has begun may go over a limit by what it takes itself, at most `review.maxCost` and `review.maxTokens`.
 * `person`: null when nobody is behind it.
 */
export function whatLimits(
  usage: { readonly repository: DayUsage; readonly person: DayUsage | null },
  limits: Config['app']['limits'],
  now: Date,
): ReachedLimit | null {
  for (const whose of ['repository', 'person'] as const) {
    for (const what of ['reviews', 'tokens', 'cost'] as const) {
      const most = limits[whose][KEYS[what]];
      if ((usage[whose]?.[what] ?? 0) < most) continue;
      return { whose, what, most, key: `app.limits.${whose}.${KEYS[what]}`, until: nextMidnight(now) };
    }
  }
  return null;
}

const nextMidnight = (now: Date): Date =>
  new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() + 1));
