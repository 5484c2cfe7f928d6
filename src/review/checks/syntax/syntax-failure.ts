import type { Place } from '../../finding.ts';

/** Where and why a parser stopped. */
export interface SyntaxFailure {
  /** One line. Holds nothing of the file that could be a secret. */
  readonly message: string;
  /** Null when the parser does not say. */
  readonly place: Place | null;
}

/** Parses a text only to learn whether it can be: null when it can. Never throws on account of the text. */
export type SyntaxParser = (
  path: string,
  text: string,
) => SyntaxFailure | null | Promise<SyntaxFailure | null>;

/** A failure that says nothing of the text: it may be well formed. */
export const TOO_DEEP: SyntaxFailure = { message: 'Nested too deeply to be parsed', place: null };

/** Likewise: a text that takes its parser too long or too much memory, and so is left alone. */
export const TOO_LARGE: SyntaxFailure = {
  message: 'Too large to be parsed: its syntax was not looked at',
  place: null,
};

/** A parser's message as {@link SyntaxFailure.message}: its first line, without any word as long as a secret. */
export const safeMessage = (message: string): string =>
  (message.split('\n', 1)[0] ?? '')
    .replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '')
    .replace(/\S{20,}/g, '…')
    .slice(0, 160);

/** The place of one character, by its offset in UTF-16 code units. */
export function placeAt(text: string, offset: number): Place {
  const lineStart = text.lastIndexOf('\n', offset - 1) + 1;
  let line = 1;
  for (let at = text.indexOf('\n'); at !== -1 && at < lineStart; at = text.indexOf('\n', at + 1)) line += 1;
  return { startLine: line, endLine: line, startColumn: offset - lineStart + 1 };
}
