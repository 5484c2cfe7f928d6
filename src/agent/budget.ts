import { monotonicMs } from './clock.ts';
import type { Model, ModelRequest, Usage } from './model.ts';

export interface BudgetLimits {
  /** US dollars; null: no limit. */
  readonly usd: number | null;
  /** Of all calls together, in and out, cached ones too; null: no limit. */
  readonly tokens: number | null;
  /** By {@link monotonicMs}. */
  readonly deadline: number;
}

/** What a call may cost at most, set aside until it is known what it did cost. */
export interface Reservation {
  /** What the call cost: nothing that the provider reported is lost, also when the call failed. */
  settle(usage: Usage | null): void;
}

export interface Spent {
  readonly calls: number;
  readonly usage: Usage;
  /** Of the calls to models with a price. */
  readonly usd: number;
  /** True when a model without a price was asked: `usd` is not all. */
  readonly unpriced: boolean;
}

/** One budget for everything that runs side by side under it. */
export interface Budget {
  readonly deadline: number;
  /**
   * Sets aside what the call may cost. Where only what others have set aside stands in the way, it waits for them: most
   * cost far less than they may. A text says which limit forbids it.
   */
  reserve(model: Model, request: ModelRequest): Promise<Reservation | string>;
  spent(): Spent;
}

export const NO_USAGE: Usage = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0, estimated: false };

/** Limits that hold for all calls together: a call is only made when the most that it may cost is still there. */
export function createBudget(limits: BudgetLimits): Budget {
  let spent: Spent = { calls: 0, usage: NO_USAGE, usd: 0, unpriced: false };
  const reserved = { usd: 0, tokens: 0 };
  let settled = nextSettlement();
  /** Why a call that may cost so much can never be made; null when it can, at the latest when others have settled. */
  const forbidden = (usd: number, tokens: number): string | null => {
    if (monotonicMs() >= limits.deadline) return 'out of time';
    if (limits.usd !== null && spent.usd + usd > limits.usd) {
      const left = Math.max(0, limits.usd - spent.usd);
      return `out of money: the next call may cost $${usd.toFixed(3)}, and $${left.toFixed(3)} of $${limits.usd} are left`;
    }
    if (limits.tokens !== null && totalTokens(spent.usage) + tokens > limits.tokens)
      return `out of tokens: ${totalTokens(spent.usage)} of ${limits.tokens} are used`;
    return null;
  };
  const fits = (usd: number, tokens: number): boolean =>
    (limits.usd === null || spent.usd + reserved.usd + usd <= limits.usd) &&
    (limits.tokens === null || totalTokens(spent.usage) + reserved.tokens + tokens <= limits.tokens);
  return {
    deadline: limits.deadline,
    async reserve(model, request) {
      const most = mostUsage(request);
      const usd = costOf(model, most) ?? 0;
      const tokens = totalTokens(most);
      for (;;) {
        const why = forbidden(usd, tokens);
        if (why !== null) return why;
        if (fits(usd, tokens)) break;
        await settled.promise;
      }
      reserved.usd += usd;
      reserved.tokens += tokens;
      return {
        settle(usage) {
          reserved.usd -= usd;
          reserved.tokens -= tokens;
          const cost = usage === null ? 0 : costOf(model, usage);
          spent = {
            calls: spent.calls + 1,
            usage: usage === null ? spent.usage : addUsage(spent.usage, usage),
            usd: spent.usd + (cost ?? 0),
            unpriced: spent.unpriced || cost === null,
          };
          settled.resolve();
          settled = nextSettlement();
        },
      };
    },
    spent: () => spent,
  };
}

function nextSettlement(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve: () => resolve() };
}

/** US dollars; null when the model has no price. */
export function costOf({ price }: Model, usage: Usage): number | null {
  if (price === null) return null;
  const { input, output, cacheRead, cacheWrite } = usage;
  const millionths =
    input * price.input + output * price.output + cacheRead * price.cacheRead + cacheWrite * price.cacheWrite;
  return millionths / 1e6;
}

export const addUsage = (one: Usage, other: Usage): Usage => ({
  input: one.input + other.input,
  output: one.output + other.output,
  cacheRead: one.cacheRead + other.cacheRead,
  cacheWrite: one.cacheWrite + other.cacheWrite,
  estimated: one.estimated || other.estimated,
});

export const totalTokens = ({ input, output, cacheRead, cacheWrite }: Usage): number =>
  input + output + cacheRead + cacheWrite;

/** No tokenizer makes more of a text of code than one token of two characters, on the whole; all is written to the cache. */
function mostUsage(request: ModelRequest): Usage {
  const characters = JSON.stringify([request.system, request.tools, request.messages]).length;
  return { ...NO_USAGE, cacheWrite: Math.ceil(characters / 2), output: request.maxOutput };
}
