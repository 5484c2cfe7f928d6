import { CHECK_IDS } from '../review/check-id.ts';
import { MODEL_CATEGORIES } from '../tools/model-categories.ts';
import { didYouMean } from './nearest.ts';

/** What a comment says that asks for findings not to count. */
export interface InlineIgnore {
  /** Checks, and what a model calls its findings. */
  readonly checks: readonly string[];
  readonly reason: string;
}

const KEYWORD = 'code-agent-ignore';
/** Openings of comments that may stand after code. */
const AFTER_CODE = /(?:\/\/|#|--|\/\*|<!--|;|%)[/#*!;%-]?$/;
/** Openings that mean a comment only at the start of a line: Vim's, and a line inside of a block. */
const AT_START = /^["*]$/;
const CLOSINGS = ['*/', '-->', '%>', '#}'];
const LONGEST = 1000;

/**
 * The `code-agent-ignore <check>, <check>: <why>` in a comment on the line. Null when there is none;
 * `problem` when there is one that does not count, to be told to its writer.
 */
export function parseInlineIgnore(lineText: string): InlineIgnore | { readonly problem: string } | null {
  const rest = afterKeyword(lineText);
  if (rest === null) return null;
  const colon = rest.indexOf(':');
  const names = (colon === -1 ? rest : rest.slice(0, colon)).split(',').map((name) => name.trim());
  const reason = colon === -1 ? '' : rest.slice(colon + 1).trim();
  const usage = `Write "${KEYWORD} <check>: <why>".`;
  if (names.includes('')) return { problem: `${KEYWORD} names no check. ${usage}` };
  if (colon === -1) return { problem: `${KEYWORD} gives no reason. ${usage}` };
  const unknown = names.find((name) => !KNOWN.includes(name));
  if (unknown !== undefined) {
    const hint = didYouMean(unknown, KNOWN) || ` The checks are ${CHECK_IDS.join(', ')}.`;
    return { problem: `${KEYWORD} names the unknown check ${JSON.stringify(unknown.slice(0, 80))}.${hint}` };
  }
  if (!/[\p{L}\p{N}]/u.test(reason))
    return { problem: `${KEYWORD} ${names.join(', ')} gives no reason. ${usage}` };
  return { checks: names, reason };
}

const KNOWN: readonly string[] = [...CHECK_IDS, ...MODEL_CATEGORIES];

/** What follows the keyword in the first comment that begins with it, without the end of the comment. */
function afterKeyword(lineText: string): string | null {
  for (let at = lineText.indexOf(KEYWORD); at !== -1; at = lineText.indexOf(KEYWORD, at + 1)) {
    const end = at + KEYWORD.length;
    const ended = end === lineText.length || /[\s:*]/.test(lineText.charAt(end));
    if (ended && opensComment(lineText, at)) return withoutClosing(lineText.slice(end, end + LONGEST));
  }
  return null;
}

function opensComment(lineText: string, at: number): boolean {
  let end = at;
  while (end > 0 && /\s/.test(lineText.charAt(end - 1))) end -= 1;
  if (AFTER_CODE.test(lineText.slice(Math.max(0, end - 8), end))) return true;
  return end <= LONGEST && AT_START.test(lineText.slice(0, end).trim());
}

function withoutClosing(text: string): string {
  const ends = CLOSINGS.map((closing) => text.indexOf(closing)).filter((at) => at !== -1);
  return text.slice(0, Math.min(text.length, ...ends)).trim();
}
