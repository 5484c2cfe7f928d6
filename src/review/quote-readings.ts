/**
 * The lines that a quote may mean, the most literal reading first: as it is, without the code fence around it,
 * without line numbers (`12 | `, or a tab as `cat -n` has it) or diff markers in front of every line, or without both,
 * be it as a model writes them or as `render-unit` shows them. A marker tells the side of a diff, so that lines of
 * both sides together are no quote of either file.
 */
export function* readings(quote: string): Generator<readonly string[]> {
  const literal = dropBlankEnds(splitLines(quote));
  yield literal;
  const inside = dropFence(literal);
  if (inside !== literal) yield inside;
  for (const drop of PREFIXES) {
    const lines = drop(inside);
    if (lines !== null) yield dropBlankEnds(lines);
  }
}

type Drop = (lines: readonly string[]) => readonly string[] | null;

const PREFIXES: readonly Drop[] = [
  dropNumbers,
  dropMarkers,
  (lines) => dropMarkers(dropNumbers(lines) ?? []),
  (lines) => dropNumbers(dropMarkers(lines) ?? []),
  (lines) => dropMarkers(dropBothNumbers(lines) ?? []),
  // Of unchanged lines alone the marker is a space, and goes as indentation does.
  dropBothNumbers,
];

/** Without their ends, be they LF or CRLF. */
export const splitLines = (text: string): readonly string[] =>
  text.split('\n').map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line));

/** Without the empty lines at the beginning and at the end. */
export function dropBlankEnds(lines: readonly string[]): readonly string[] {
  const filled = (line: string) => /\S/.test(line);
  return lines.slice(Math.max(0, lines.findIndex(filled)), lines.findLastIndex(filled) + 1);
}

const FENCE = /^[ \t]{0,200}(`{3,100}|~{3,100})/;

/** The lines inside a code fence (CommonMark 0.31, section 4.5); those given when they are not in one. */
export function dropFence(lines: readonly string[]): readonly string[] {
  const opening = FENCE.exec(lines[0] ?? '')?.[1];
  const last = lines.at(-1)?.trim() ?? '';
  if (opening === undefined || lines.length < 2 || !last.startsWith(opening)) return lines;
  return FENCE.exec(last)?.[1] === last ? dropBlankEnds(lines.slice(1, -1)) : lines;
}

export const isFence = (line: string): boolean => FENCE.test(line);

const NUMBER = /^[ \t]{0,20}(\d{1,9})(?: ?[|│] ?|\t)/;

/** Null unless every line has a number, and each a greater one than the line before. */
function dropNumbers(lines: readonly string[]): readonly string[] | null {
  if (lines.length === 0) return null;
  const found = lines.map((line) => NUMBER.exec(line));
  const numbers = found.map((match) => Number(match?.[1]));
  if (numbers.some((number, at) => !(number > (numbers[at - 1] ?? -1)))) return null;
  return lines.map((line, at) => line.slice(found[at]?.[0].length));
}

const BOTH_NUMBERS = /^ {0,20}\d{1,9}(?: {1,20}\d{1,9}(?: (?=[ +-])|$)| {1,20}(?=[+-]))/;

/** Null unless every line has its number in the old file, in the new one or in both, and a marker behind. */
function dropBothNumbers(lines: readonly string[]): readonly string[] | null {
  const found = lines.map((line) => BOTH_NUMBERS.exec(line)?.[0].length);
  return found.includes(undefined) ? null : lines.map((line, at) => line.slice(found[at]));
}

/** Null unless every line has a marker of the same side, or a space for a line of both. */
function dropMarkers(lines: readonly string[]): readonly string[] | null {
  const markers = new Set(lines.map((line) => line[0] ?? ' '));
  markers.delete(' ');
  return markers.size === 1 && (markers.has('+') || markers.has('-'))
    ? lines.map((line) => line.slice(1))
    : null;
}

/** Whether there is a number, or a marker of either side of a diff, in front of every line. */
export const isListing = (lines: readonly string[]): boolean =>
  dropNumbers(lines) !== null ||
  dropBothNumbers(lines) !== null ||
  (lines.every((line) => /^(?:[+\- ]|$)/.test(line)) && lines.some((line) => /^[+-]/.test(line)));
