import { monotonicMs } from './clock.ts';
import type { Model, ModelRequest, Price, Usage } from './model.ts';

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
  /** Tokens of the answer that are paid for: fewer than the request asks for where no more is left. */
  readonly maxOutput: number;
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
   * cost far less than they may. A text says which limit forbids it; {@link OUT_OF_TIME}, that it is the time.
   */
  reserve(model: Model, request: ModelRequest): Promise<Reservation | string>;
  spent(): Spent;
}

export const OUT_OF_TIME = 'out of time';

/** With fewer tokens of an answer a model can say nothing of use. */
const LEAST_OUTPUT = 2_000;

/** US dollars that a sum may be off by: what just fits must not be kept out, it would wait for nobody. */
const ROUNDING = 1e-9;

export const NO_USAGE: Usage = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0, estimated: false };

/** Limits that hold for all calls together: a call is only made when the most that it may cost is still there. */
export function createBudget(limits: BudgetLimits): Budget {
  let spent: Spent = { calls: 0, usage: NO_USAGE, usd: 0, unpriced: false };
  /** US dollars against the limit: of models without a price, what they are assumed to cost. */
  let counted = 0;
  const reserved = { usd: 0, tokens: 0 };
  let settled = nextSettlement();
  /** How long an answer what is spent leaves money for. */
  const affordable = (model: Model, inputUsd: number): number => {
    const output = (model.price ?? model.assumedPrice)?.output ?? 0;
    return limits.usd === null || output === 0
      ? Infinity
      : ((limits.usd - counted - inputUsd + ROUNDING) * 1e6) / output;
  };
  const fits = (usd: number, tokens: number): boolean =>
    (limits.usd === null || counted + reserved.usd + usd <= limits.usd + 2 * ROUNDING) &&
    (limits.tokens === null || totalTokens(spent.usage) + reserved.tokens + tokens <= limits.tokens);
  return {
    deadline: limits.deadline,
    async reserve(model, request) {
      const input = mostInput(request);
      const inputUsd = countedCost(model, input);
      const least = Math.min(request.maxOutput, LEAST_OUTPUT);
      let [usd, tokens, maxOutput] = [0, 0, 0];
      for (;;) {
        if (monotonicMs() >= limits.deadline) return OUT_OF_TIME;
        const byMoney = affordable(model, inputUsd);
        if (byMoney < least)
          return `out of money: what is left of $${limits.usd} is not enough for another call`;
        const byTokens = (limits.tokens ?? Infinity) - totalTokens(spent.usage) - totalTokens(input);
        if (byTokens < least)
          return `out of tokens: what is left of ${limits.tokens} is not enough for another call`;
        maxOutput = Math.floor(Math.min(request.maxOutput, byMoney, byTokens));
        const most = { ...input, output: maxOutput };
        [usd, tokens] = [countedCost(model, most), totalTokens(most)];
        if (fits(usd, tokens)) break;
        await settled.promise;
      }
      reserved.usd += usd;
      reserved.tokens += tokens;
      return {
        maxOutput,
        settle(usage) {
          reserved.usd -= usd;
          reserved.tokens -= tokens;
          const cost = usage === null ? 0 : costOf(model, usage);
          counted += usage === null ? 0 : countedCost(model, usage);
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
export const costOf = ({ price }: Model, usage: Usage): number | null =>
  price === null ? null : costAt(price, usage);

/** The same against a limit: see {@link Model.assumedPrice}. */
function countedCost({ price, assumedPrice }: Model, usage: Usage): number {
  const counted = price ?? assumedPrice;
  return counted === undefined ? 0 : costAt(counted, usage);
}

function costAt(price: Price, usage: Usage): number {
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
function mostInput(request: ModelRequest): Usage {
  const characters = JSON.stringify([request.system, request.tools, request.messages]).length;
  return { ...NO_USAGE, cacheWrite: Math.ceil(characters / 2) };
}
