import type { ByteRange } from './find-text.ts';
import { numberedLine, textLines } from './text-lines.ts';

/** Lines before and after a place. */
const AROUND = 3;
const MOST_PLACES = 5;
/** Lines of one place: of more, so many of the beginning and of the end. */
const MOST_LINES = 60;

/** The numbered lines around places of a text, in order. The first places alone, where there are many. */
export function linesAround(bytes: Buffer, places: readonly ByteRange[]): string {
  const lines = textLines(bytes)?.lines ?? [];
  const lineOf = lineNumbers(bytes);
  const spans = places.slice(0, MOST_PLACES).map(({ start, end }) => {
    const first = lineOf(start);
    return { first, last: end > start ? lineOf(end - 1) : first };
  });
  const shown = new Set<number>();
  for (const { first, last } of spans)
    for (let number = first - AROUND; number <= last + AROUND; number += 1)
      if (number < first + MOST_LINES / 2 || number > last - MOST_LINES / 2) shown.add(number);
  const rows: string[] = [];
  let previous = 0;
  for (const number of [...shown].sort((one, other) => one - other)) {
    const line = lines[number - 1];
    if (line === undefined) continue;
    if (previous > 0 && number > previous + 1) rows.push('…');
    rows.push(numberedLine(number, line));
    previous = number;
  }
  if (places.length > MOST_PLACES) rows.push(`[${places.length - MOST_PLACES} more places are not shown]`);
  return rows.join('\n');
}

/** The number of the line that a byte is in, for offsets in order. */
export function lineNumbers(bytes: Buffer): (offset: number) => number {
  let [line, counted] = [1, 0];
  return (offset) => {
    for (; counted < offset; counted += 1) if (bytes[counted] === 10) line += 1;
    return line;
  };
}
