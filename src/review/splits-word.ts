/** A lookbehind, for in V8 14.6 (Node 26) `[…]$` matches no character of two code units. */
const WORD_BEFORE = /(?<=[\p{L}\p{M}\p{N}_$])$/u;
const WORD_BEHIND = /^[\p{L}\p{M}\p{N}_$]/u;

/** Whether an offset lies inside a word. A character may be two code units, or one with marks behind it. */
export const splitsWord = (text: string, at: number): boolean =>
  WORD_BEHIND.test(text.slice(at, at + 2)) && WORD_BEFORE.test(text.slice(Math.max(0, at - 2), at));
