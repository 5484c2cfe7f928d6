import type { RepoPath } from '../change/path.ts';
import type { SyntaxFailure } from './checks/syntax/syntax-failure.ts';
import type { Place, Suggestion } from './finding.ts';
import type { LocatedQuote } from './locate-quote.ts';
import { dropBlankEnds, dropFence, isFence, isListing, splitLines } from './quote-readings.ts';
import { splitsWord } from './splits-word.ts';

/** Code that a model would put where its quote stands. */
export interface Replacement {
  readonly path: RepoPath;
  /** The whole new file. */
  readonly text: string;
  readonly place: LocatedQuote;
  readonly replacement: string;
}

export type SuggestionResult =
  | { readonly suggestion: Suggestion; readonly why: null }
  | { readonly suggestion: null; readonly why: Refusal };

export type Refusal =
  | 'ambiguous-quote'
  | 'part-of-line'
  | 'listing'
  | 'indentation'
  | 'repeats-neighbour'
  | 'unchanged'
  | 'breaks-syntax';

/** Null when the text can be parsed or nothing here parses such a file; see `checks/syntax.ts`. */
export type ParseFile = (path: RepoPath, text: string) => Promise<SyntaxFailure | null>;

/**
 * A replacement that was proven to fit: the quote stands in one place, the indentation is the file's, no line around
 * it is repeated, and the file, if it parses now, parses with it. Rejects only when `parse` does.
 */
export async function checkSuggestion(
  { path, text, place, replacement }: Replacement,
  parse: ParseFile,
): Promise<SuggestionResult> {
  const refuse = (why: Refusal): SuggestionResult => ({ suggestion: null, why });
  if (place.found !== 'once') return refuse('ambiguous-quote');
  const file = splitLines(text);
  const lines = newLines(file, place, replacement);
  if (typeof lines === 'string') return refuse(lines);
  if (repeatsNeighbour(file, place, lines)) return refuse('repeats-neighbour');

  const suggestion = { startLine: place.startLine, endLine: place.endLine, lines };
  const changed = applySuggestion(text, suggestion);
  if (changed === text) return refuse('unchanged');
  if ((await parse(path, changed)) !== null && (await parse(path, text)) === null)
    return refuse('breaks-syntax');
  return { suggestion, why: null };
}

/** The text with the suggestion in it: every other line byte for byte as it was, and the new ones ended as those were. */
export function applySuggestion(text: string, { startLine, endLine, lines }: Suggestion): string {
  const all = text.split(/(?<=\n)/);
  const [before, replaced] = [all.slice(0, startLine - 1), all.slice(startLine - 1, endLine)];
  const newline = lineEnd(replaced[0]) || lineEnd(before.at(-1)) || '\n';
  const inserted = lines.length === 0 ? '' : lines.join(newline) + lineEnd(replaced.at(-1));
  return before.join('') + inserted + all.slice(endLine).join('');
}

function lineEnd(line = ''): string {
  if (line.endsWith('\r\n')) return '\r\n';
  return line.endsWith('\n') ? '\n' : '';
}

/** What to put in place of the whole lines of the quote. None: they go. */
function newLines(
  file: readonly string[],
  place: LocatedQuote,
  replacement: string,
): readonly string[] | Refusal {
  const quoted = file.slice(place.startLine - 1, place.endLine);
  const written = dropBlankEnds(splitLines(replacement));
  const lines = quoted.some(isFence) ? written : dropFence(written);
  const { startColumn, endColumn } = place;
  if (startColumn !== undefined && endColumn !== undefined)
    return fitPart(quoted[0] ?? '', startColumn - 1, endColumn - 1, lines);
  if (lines.length === 0) return [];
  const own = commonIndentation(quoted);
  if (isListing(lines) && !isListing(quoted.map((line) => line.slice(own.length)))) return 'listing';
  const indented = indent(lines, own, indentationOf(quoted[0] ?? ''));
  return indented !== null && keepsStyle(file, indented, own) ? indented : 'indentation';
}

/** A part of a line may only become another part: a model that means the whole line repeats what is beside the part. */
function fitPart(
  line: string,
  start: number,
  end: number,
  lines: readonly string[],
): readonly string[] | Refusal {
  const [before, part, behind] = [line.slice(0, start), line.slice(start, end), line.slice(end)];
  const now = (lines[0] ?? '').trim();
  const repeats =
    sharedSeam(before.trimEnd(), now) > sharedSeam(before.trimEnd(), part) ||
    sharedSeam(now, behind.trimStart()) > sharedSeam(part, behind.trimStart());
  return lines.length > 1 || repeats ? 'part-of-line' : [before + now + behind];
}

/** So many characters are compared: an overlap that is longer has a shorter one in nearly all code. */
const LONGEST_SEAM = 1000;

/** The length of the longest end of one text that the other begins with, in whole words. */
function sharedSeam(one: string, other: string): number {
  for (let length = Math.min(one.length, other.length, LONGEST_SEAM); length > 0; length -= 1) {
    if (!one.endsWith(other.slice(0, length))) continue;
    if (!splitsWord(one, one.length - length) && !splitsWord(other, length)) return length;
  }
  return 0;
}

const indentationOf = (line: string): string => /^[ \t]*/.exec(line)?.[0] ?? '';
const isEmpty = (line: string): boolean => !/\S/.test(line);

function commonIndentation(lines: readonly string[]): string {
  const [first = '', ...others] = lines.filter((line) => !isEmpty(line)).map(indentationOf);
  let length = first.length;
  for (const other of others) {
    let shared = 0;
    while (shared < length && other[shared] === first[shared]) shared += 1;
    length = shared;
  }
  return first.slice(0, length);
}

/**
 * The lines with the file's indentation: as they are when they begin with that of the first quoted line, with `own`,
 * which the quoted lines have in common, when they do so then. Null when that is not certain: of lines that only
 * lost what was before the first of them, all the others still have `own`.
 */
function indent(lines: readonly string[], own: string, ofFirst: string): readonly string[] | null {
  const [first = '', ...others] = lines.filter((line) => !isEmpty(line));
  const beginOwn = (some: readonly string[]) => some.every((line) => line.startsWith(own));
  if (indentationOf(first) === ofFirst) return beginOwn(others) ? lines : null;
  if (own + indentationOf(first) !== ofFirst || (others.length > 0 && beginOwn(others))) return null;
  return lines.map((line) => (isEmpty(line) ? '' : own + line));
}

/** Whether the lines are indented with what the file is: tabs, spaces, or as both are found in it. */
function keepsStyle(file: readonly string[], lines: readonly string[], own: string): boolean {
  const tabs = file.some((line) => indentationOf(line).includes('\t'));
  const spaces = file.some((line) => line.startsWith('  '));
  return lines.every((line) => {
    const further = indentationOf(line).slice(own.length);
    return (tabs || !spaces || !further.includes('\t')) && (spaces || !tabs || !further.includes('  '));
  });
}

/** Whether the first of the lines are those right above the place, or the last of them those right below it. */
function repeatsNeighbour(
  file: readonly string[],
  { startLine, endLine }: Place,
  lines: readonly string[],
): boolean {
  const areInFile = (from: number, at: number, count: number): boolean => {
    if (at < 0 || at + count > file.length) return false;
    for (let index = 0; index < count; index += 1)
      if (!isAlike(lines[from + index] ?? '', file[at + index] ?? '')) return false;
    return true;
  };
  return lines.some((_, index) => {
    const count = index + 1;
    return areInFile(0, startLine - 1 - count, count) || areInFile(lines.length - count, endLine, count);
  });
}

/** Brackets stand alone on many lines: those are the same only with the same indentation. */
const isAlike = (one: string, other: string): boolean =>
  one.trimEnd() === other.trimEnd() || (/[\p{L}\p{N}]/u.test(one) && one.trim() === other.trim());
