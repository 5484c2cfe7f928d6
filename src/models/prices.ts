import type { Model, Price } from '../agent/model.ts';

/** What is known of a model before it is asked anything. */
export interface ModelFacts {
  readonly limits: Model['limits'];
  /** Null when nobody says what it costs. */
  readonly price: Price | null;
}

/**
 * Anthropic's own list prices and limits as of 2026-10-24, from platform.claude.com/docs/en/about-claude/pricing and
 * /docs/en/models/<model>/overview. A write is one to the cache of five minutes, 1.25 times the input.
 */
const CLAUDE: Readonly<Record<string, ModelFacts>> = {
  'claude-fable-5-1': facts(1_000_000, 128_000, [10, 50, 0.25]),
  'claude-mythos-5-1': facts(1_000_000, 128_000, [10, 50, 0.25]),
  'claude-fable-5': facts(1_000_000, 128_000, [10, 50, 1]),
  'claude-mythos-5': facts(1_000_000, 128_000, [10, 50, 1]),
  'claude-opus-5-5': facts(1_000_000, 128_000, [4, 20, 0.2]),
  'claude-opus-5': facts(1_000_000, 128_000, [5, 25, 0.5]),
  'claude-opus-4-8': facts(1_000_000, 128_000, [5, 25, 0.5]),
  'claude-opus-4-7': facts(1_000_000, 128_000, [5, 25, 0.5]),
  'claude-opus-4-6': facts(1_000_000, 128_000, [5, 25, 0.5]),
  'claude-opus-4-5': facts(200_000, 64_000, [5, 25, 0.5]),
  'claude-sonnet-5-5': facts(1_000_000, 128_000, [2, 10, 0.1]),
  'claude-sonnet-5': facts(1_000_000, 128_000, [2, 10, 0.2]),
  'claude-sonnet-4-6': facts(1_000_000, 128_000, [3, 15, 0.3]),
  'claude-sonnet-4-5': facts(200_000, 64_000, [3, 15, 0.3]),
  // It has a context of a million, but a prompt of more than 100,000 tokens costs five times as much: within this limit
  // the price is true.
  'claude-haiku-5-5': facts(100_000, 64_000, [0.1, 0.5, 0.01]),
  'claude-haiku-4-5': facts(200_000, 64_000, [1, 5, 0.1]),
};

/** What every model holds that Anthropic still serves. */
const UNKNOWN_CLAUDE: ModelFacts = { limits: { context: 200_000, output: 64_000 }, price: null };

/** Of the dearest model: for limits of money, where a price is not known. */
export const DEAREST: Price = { input: 10, output: 50, cacheRead: 1, cacheWrite: 12.5 };

/** The facts of a Claude model, by its id with or without a date. Without a price when the model is newer than the list. */
export function claudeFacts(id: string): ModelFacts {
  const name = id.replace(/-\d{8}$/, '');
  return (Object.hasOwn(CLAUDE, name) ? CLAUDE[name] : undefined) ?? UNKNOWN_CLAUDE;
}

function facts(
  context: number,
  output: number,
  [input, written, cacheRead]: [number, number, number],
): ModelFacts {
  return {
    limits: { context, output },
    price: { input, output: written, cacheRead, cacheWrite: input * 1.25 },
  };
}
