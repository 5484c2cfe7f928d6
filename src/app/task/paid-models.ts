import { costOf, totalTokens } from '../../agent/budget.ts';
import type { Model, Usage } from '../../agent/model.ts';
import { ModelError } from '../../agent/model-error.ts';
import type { RunSpent } from '../../sessions/postgres/pull-request-runs.ts';

/** Models, and what was paid for them since: what a session has an answer to is asked of none of them. */
export interface PaidModels {
  readonly models: readonly Model[];
  readonly paid: () => RunSpent;
}

/** Counts what models are asked from here on. */
export function paidModels(models: readonly Model[]): PaidModels {
  let paid: RunSpent = { calls: 0, tokens: 0, usd: 0 };
  const pay = (model: Model, usage: Usage | null): void => {
    paid = {
      calls: paid.calls + 1,
      tokens: paid.tokens + (usage === null ? 0 : totalTokens(usage)),
      usd: paid.usd + (usage === null ? 0 : (costOf(model, usage) ?? 0)),
    };
  };
  const counted = (model: Model): Model => ({
    ...model,
    async ask(request, options) {
      try {
        const turn = await model.ask(request, options);
        pay(model, turn.usage);
        return turn;
      } catch (error) {
        pay(model, error instanceof ModelError ? error.usage : null);
        throw error;
      }
    },
  });
  return { models: models.map(counted), paid: () => paid };
}
