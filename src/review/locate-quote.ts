import type { Place } from './finding.ts';
import { readings } from './quote-readings.ts';
import { splitsWord } from './splits-word.ts';

/** Without columns, whole lines; with them, a part of one line. `nearest`: one of several, so not certain. */
export interface LocatedQuote extends Place {
  readonly found: 'once' | 'nearest';
}

export type QuoteLocation = LocatedQuote | { readonly found: 'no'; readonly why: NotLocated };

/** `too-short`: too little to know a place by. `punctuation`: nothing else, and in several places. */
export type NotLocated = 'too-short' | 'punctuation' | 'absent';

/**
 * Where code that a model claims to quote stands in a text. The lines there are the quote, but for what models do to
 * quotes: the end of a line (CRLF, trailing spaces), the indentation of the whole, that of its first line alone, a
 * code fence, line numbers or diff markers in front of every line, empty lines around it, and, of whole lines, another
 * of two spellings that Unicode holds for the same (NFC). Nothing is ever guessed.
 *
 * Of several places it is the one nearest to `hint`, the line that the model believes in; without a hint, or at the
 * same distance, the first. A quote with indentation that is that of the file to the letter means no place with
 * another one; any other quote may have lost it, and all such places count. Takes linear time for any text and quote.
 */
export function locateQuote(text: string, quote: string, hint: number | null): QuoteLocation {
  let why: NotLocated = 'too-short';
  for (const lines of readings(quote)) {
    if (!THREE_CHARACTERS.test(lines.join(' '))) continue;
    const place = locateReading(text, lines, hint);
    if (place?.found === 'nearest' && !LETTER_OR_DIGIT.test(lines.join(' ')))
      return { found: 'no', why: 'punctuation' };
    if (place !== null) return place;
    why = 'absent';
  }
  return { found: 'no', why };
}

const THREE_CHARACTERS = /\S\s*\S\s*\S/;
const LETTER_OR_DIGIT = /[\p{L}\p{N}]/u;

interface Match extends Place {
  /** The indentation is the quote's as well. */
  readonly exact: boolean;
}

function locateReading(text: string, lines: readonly string[], hint: number | null): LocatedQuote | null {
  const [first = ''] = lines;
  const single = lines.length === 1;
  return (
    (single ? choose(findPart(text, cutLine(first)), indented(first), hint) : null) ??
    choose(findLines(text, lines), indented(first), hint)
  );
}

const indented = (line: string): boolean => isBlank(line.charCodeAt(0));

function choose(
  matches: Iterable<Match>,
  quoteIsIndented: boolean,
  hint: number | null,
): LocatedQuote | null {
  const [all, exact] = [nearestTo(hint), nearestTo(hint)];
  for (const match of matches) {
    all.add(match);
    if (match.exact) exact.add(match);
  }
  const candidates = quoteIsIndented && exact.count > 0 ? exact : all;
  const best = (hint === null ? exact.best : null) ?? candidates.best;
  if (best === null) return null;
  const { exact: _, ...place } = best;
  return { found: candidates.count === 1 ? 'once' : 'nearest', ...place };
}

interface Nearest {
  readonly count: number;
  readonly best: Match | null;
  add(match: Match): void;
}

function nearestTo(hint: number | null): Nearest {
  let count = 0;
  let best: Match | null = null;
  let least: Distance = [Number.POSITIVE_INFINITY, 0];
  return {
    get count() {
      return count;
    },
    get best() {
      return best;
    },
    add(match) {
      count += 1;
      const distance = distanceOf(match, hint);
      if (best === null || isLess(distance, least)) [best, least] = [match, distance];
    },
  };
}

/** From the nearest line of the place and, of places that touch the line, from their first. */
type Distance = readonly [number, number];

const distanceOf = ({ startLine, endLine }: Place, hint: number | null): Distance =>
  hint === null ? [0, 0] : [Math.max(startLine - hint, hint - endLine, 0), Math.abs(startLine - hint)];

const isLess = (one: Distance, other: Distance): boolean =>
  one[0] < other[0] || (one[0] === other[0] && one[1] < other[1]);

/** A line in its parts. Trailing spaces and the CR of a CRLF are in neither. */
interface CutLine {
  readonly indentation: string;
  readonly content: string;
}

const [TAB, RETURN, SPACE] = [9, 13, 32];
const isBlank = (code: number): boolean => code === SPACE || code === TAB || code === RETURN;

function contentBounds(text: string, start: number, end: number): readonly [number, number] {
  let [from, to] = [start, end];
  while (to > from && isBlank(text.charCodeAt(to - 1))) to -= 1;
  while (from < to && isBlank(text.charCodeAt(from))) from += 1;
  return [from, to];
}

function cutLine(line: string): CutLine {
  const [from, to] = contentBounds(line, 0, line.length);
  return { indentation: line.slice(0, from), content: line.slice(from, to) };
}

/** Every place of a single line, be it a whole one or the part of one that begins and ends between words. */
function* findPart(text: string, { indentation, content }: CutLine): Generator<Match> {
  let line = 1;
  let start = 0;
  let end = lineEnd(text, 0);
  let [from, to] = contentBounds(text, start, end);
  for (const at of occurrences(charCodes(text), charCodes(content))) {
    while (at > end) {
      line += 1;
      start = end + 1;
      end = lineEnd(text, start);
      if (at <= end) [from, to] = contentBounds(text, start, end);
    }
    const behind = at + content.length;
    if (splitsWord(text, at) || splitsWord(text, behind)) continue;
    if (at === from && behind === to) {
      const exact = from - start === indentation.length && text.startsWith(indentation, start);
      yield { startLine: line, endLine: line, exact };
    } else {
      const columns = { startColumn: at - start + 1, endColumn: behind - start + 1 };
      yield { startLine: line, endLine: line, ...columns, exact: false };
    }
  }
}

function lineEnd(text: string, start: number): number {
  const end = text.indexOf('\n', start);
  return end === -1 ? text.length : end;
}

function charCodes(text: string): Uint16Array {
  const codes = new Uint16Array(text.length);
  for (let at = 0; at < text.length; at += 1) codes[at] = text.charCodeAt(at);
  return codes;
}

/** How many columns a tab may stand for when one side has tabs and the other has spaces. */
const TAB_WIDTHS = [1, 2, 4, 8];

/**
 * Every place of whole lines. Their contents are the quote's; so is their indentation, or each line's, seen from the
 * line before, or that of all lines but the first, from which the quote's beginning was trimmed.
 */
function* findLines(text: string, quote: readonly string[]): Generator<Match> {
  const cut = quote.map(cutLine);
  const known = {
    contents: numbered(cut.map(({ content }) => canonical(content))),
    indentations: numbered(cut.map(({ indentation }) => indentation)),
  };
  const wanted = profileOf(quote.join('\n'), known);
  const given = profileOf(text, known);
  const inPlace = followedBy(given.indentations, wanted.indentations.subarray(1));
  const firstTrimmed = wanted.indentations[0] === known.indentations.get('');
  const hasTabs = text.includes('\t') || quote.some((line) => line.includes('\t'));
  const shifted = (hasTabs ? TAB_WIDTHS : [1]).map((width) =>
    followedBy(stepsOf(given, width), stepsOf(wanted, width).subarray(1)),
  );
  for (const at of occurrences(given.contents, wanted.contents)) {
    const exact = inPlace[at] === 1 && given.indentations[at] === wanted.indentations[0];
    const trimmed = firstTrimmed && inPlace[at] === 1;
    if (exact || trimmed || shifted.some((lines) => lines[at] === 1))
      yield { startLine: at + 1, endLine: at + quote.length, exact };
  }
}

/** The lines of a text as numbers, equal where the lines are: 0 for an empty line, -1 for what the quote has not. */
interface Profile {
  readonly contents: Int32Array;
  readonly indentations: Int32Array;
  readonly spaces: Int32Array;
  readonly tabs: Int32Array;
}

interface Known {
  readonly contents: ReadonlyMap<string, number>;
  readonly indentations: ReadonlyMap<string, number>;
}

const numbered = (strings: readonly string[]): ReadonlyMap<string, number> =>
  new Map([...new Set(strings)].map((string, index) => [string, index + 1]));

function profileOf(text: string, known: Known): Profile {
  let count = 1;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) count += 1;
  const [contents, indentations] = [new Int32Array(count), new Int32Array(count)];
  const [spaces, tabs] = [new Int32Array(count), new Int32Array(count)];
  for (let line = 0, start = 0; line < count; line += 1) {
    const end = lineEnd(text, start);
    const [from, to] = contentBounds(text, start, end);
    if (from < to) {
      contents[line] = known.contents.get(canonical(text.slice(from, to))) ?? -1;
      indentations[line] = known.indentations.get(text.slice(start, from)) ?? -1;
      for (let at = start; at < from; at += 1) {
        const columns = text.charCodeAt(at) === TAB ? tabs : spaces;
        columns[line] = (columns[line] ?? 0) + 1;
      }
    }
    start = end + 1;
  }
  return { contents, indentations, spaces, tabs };
}

/** How much further each line is indented than the last one before it that is not empty. */
function stepsOf({ contents, spaces, tabs }: Profile, tabWidth: number): Int32Array {
  let before = 0;
  return contents.map((content, line) => {
    if (content === 0) return 0;
    const width = (spaces[line] ?? 0) + (tabs[line] ?? 0) * tabWidth;
    const step = width - before;
    before = width;
    return step;
  });
}

/** 1 for every line that `pattern` follows. */
function followedBy(sequence: Int32Array, pattern: Int32Array): Uint8Array {
  const lines = new Uint8Array(sequence.length);
  if (pattern.length === 0) return lines.fill(1);
  for (const at of occurrences(sequence, pattern)) if (at > 0) lines[at - 1] = 1;
  return lines;
}

type Numbers = Uint16Array | Int32Array;

/** Where `pattern` stands in `sequence`, overlaps too, in linear time: Knuth, Morris and Pratt, SIAM J. Comput. 6 (1977). */
function* occurrences(sequence: Numbers, pattern: Numbers): Generator<number> {
  const borders = bordersOf(pattern);
  let matched = 0;
  for (let at = 0; at < sequence.length; at += 1) {
    while (matched > 0 && (matched === pattern.length || sequence[at] !== pattern[matched]))
      matched = borders[matched - 1] ?? 0;
    if (sequence[at] === pattern[matched]) matched += 1;
    if (matched === pattern.length) yield at + 1 - matched;
  }
}

/** For every beginning of the pattern, the length of its longest proper beginning that is also its end. */
function bordersOf(pattern: Numbers): Int32Array {
  const borders = new Int32Array(pattern.length);
  let matched = 0;
  for (let at = 1; at < pattern.length; at += 1) {
    while (matched > 0 && pattern[at] !== pattern[matched]) matched = borders[matched - 1] ?? 0;
    if (pattern[at] === pattern[matched]) matched += 1;
    borders[at] = matched;
  }
  return borders;
}

const BEYOND_ASCII = /[\u0080-\uffff]/;
/** Putting marks in order takes the square of their number: UAX #15 calls text with at most 30 in a row stream-safe. */
const TOO_MANY_MARKS = /\p{M}{31}/u;

/** The same for two contents that Unicode holds for the same. */
const canonical = (content: string): string =>
  BEYOND_ASCII.test(content) && !TOO_MANY_MARKS.test(content) ? content.normalize('NFC') : content;
