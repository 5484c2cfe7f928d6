import { occurrences } from './occurrences.ts';

/** Of what is shown. */
const MOST_PLACES = 3;
const MOST_LINES = 20;
/** Where the first line is looked for. */
const MOST_TRIED = 100;

/**
 * Where lines that are not in a file nearly are: for the model that was wrong about them. Either they differ in white space
 * alone, or they begin as they should. Null: nowhere.
 */
export function nearMiss(file: readonly string[], wanted: readonly string[]): string | null {
  const first = wanted.findIndex((line) => line.trim() !== '');
  const sought = wanted.slice(first, wanted.findLastIndex((line) => line.trim() !== '') + 1);
  if (first < 0) return null;
  const squeezed = file.map(squeeze);
  const places = findLines(squeezed, sought.map(squeeze));
  if (places.length > 0) return shownPlaces(file, places, sought.length);
  return firstDifference(file, squeezed, sought);
}

const squeeze = (line: string): string => line.replace(/\s+/g, '');

/** The first and the last line are parts of lines. */
function findLines(squeezed: readonly string[], sought: readonly string[]): number[] {
  const text = squeezed.join('\n');
  const places: number[] = [];
  let [line, counted] = [0, 0];
  for (const at of occurrences<string>(text, sought.join('\n'))) {
    for (; counted < at; counted += 1) if (text[counted] === '\n') line += 1;
    if (places.at(-1) !== line) places.push(line);
    if (places.length === MOST_PLACES) break;
  }
  return places;
}

function shownPlaces(file: readonly string[], places: readonly number[], count: number): string {
  const parts = places.map((start) => {
    const rows = file
      .slice(start, start + Math.min(count, MOST_LINES))
      .map((line, index) => `${start + index + 1}\t${JSON.stringify(cut(line))}`);
    const which = count === 1 ? `Line ${start + 1} differs` : `Lines ${start + 1}-${start + count} differ`;
    return [`${which} only in white space. As JSON:`, ...rows, ...(count > MOST_LINES ? ['…'] : [])].join(
      '\n',
    );
  });
  return parts.join('\n');
}

function firstDifference(
  file: readonly string[],
  squeezed: readonly string[],
  sought: readonly string[],
): string | null {
  const wanted = sought.map(squeeze);
  let best = { start: 0, equal: 0 };
  let tried = 0;
  for (let start = squeezed.indexOf(wanted[0] ?? ''); start >= 0 && tried < MOST_TRIED; tried += 1) {
    let equal = 1;
    while (equal < wanted.length && squeezed[start + equal] === wanted[equal]) equal += 1;
    if (equal > best.equal) best = { start, equal };
    start = squeezed.indexOf(wanted[0] ?? '', start + 1);
  }
  if (best.equal === 0 || best.equal >= sought.length) return null;
  const there = file[best.start + best.equal];
  const is = there === undefined ? 'the file ends' : `the file has ${JSON.stringify(cut(there))}`;
  return `It begins as at line ${best.start + 1}, but at line ${best.start + best.equal + 1} ${is}, not ${JSON.stringify(cut(sought[best.equal] ?? ''))}.`;
}

const LONGEST = 300;
const cut = (line: string): string =>
  line.length > LONGEST ? `${line.slice(0, LONGEST).toWellFormed()}…` : line;
