import type { Budget } from '../agent/budget.ts';

/**
 * One review's own budget within one that it shares with others: a call needs room in both, and what it cost counts in
 * both. What was spent is the own one's.
 */
export function shareBudget(own: Budget, shared: Budget): Budget {
  return {
    deadline: own.deadline,
    spent: own.spent,
    async reserve(model, request) {
      const common = await shared.reserve(model, request);
      if (typeof common === 'string') return common;
      const reservation = await own.reserve(model, { ...request, maxOutput: common.maxOutput });
      if (typeof reservation === 'string') {
        // Gives back what was set aside. The shared budget counts a call that was not made; nobody asks it for calls.
        common.settle(null);
        return reservation;
      }
      return {
        maxOutput: reservation.maxOutput,
        settle(usage) {
          reservation.settle(usage);
          common.settle(usage);
        },
      };
    },
  };
}
