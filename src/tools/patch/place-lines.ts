import { occurrences } from '../occurrences.ts';

/** Lines that must stand in a file, one after the other. */
export interface SoughtLines {
  readonly lines: readonly string[];
  /** They are the last ones of it. */
  readonly atEnd: boolean;
}

export type Placement =
  /** Of each, the index of its first line. */
  | { readonly found: true; readonly at: readonly number[] }
  /** `which` cannot be placed; `also`: where else it could be, when it can be in two places. */
  | {
      readonly found: false;
      readonly which: number;
      readonly places: readonly [] | readonly [number, number];
    };

/**
 * The only way in which all of these can stand in the file in their order, without a line in two of them. It is the only
 * one when the first that fits, from the top, is also the last that fits, from the bottom.
 */
export function placeLines(file: readonly string[], sought: readonly SoughtLines[]): Placement {
  const first = placeFrom(file, sought, 'top');
  if (first.length < sought.length) return { found: false, which: first.length, places: [] };
  const reversed = sought.map(({ lines, atEnd }) => ({ lines: lines.toReversed(), atEnd })).reverse();
  const last = placeFrom(file.toReversed(), reversed, 'bottom')
    .map((at, index) => file.length - at - (reversed[index]?.lines.length ?? 0))
    .reverse();
  const which = first.findIndex((at, index) => at !== last[index]);
  if (which < 0) return { found: true, at: first };
  return { found: false, which, places: [first[which] ?? 0, last[which] ?? 0] };
}

/** As early as can be; as many as can be. */
function placeFrom(
  file: readonly string[],
  sought: readonly SoughtLines[],
  side: 'top' | 'bottom',
): readonly number[] {
  const places: number[] = [];
  let from = 0;
  for (const { lines, atEnd } of sought) {
    const only = side === 'top' ? file.length - lines.length : 0;
    const at = atEnd ? placeAt(file, lines, from, only) : firstPlace(file, lines, from);
    if (at === null) break;
    places.push(at);
    from = at + lines.length;
  }
  return places;
}

/** No lines at all have a place in an empty file alone. */
function firstPlace(file: readonly string[], lines: readonly string[], from: number): number | null {
  if (lines.length === 0) return file.length === 0 ? 0 : null;
  for (const at of occurrences(file, lines, from)) return at;
  return null;
}

const placeAt = (
  file: readonly string[],
  lines: readonly string[],
  from: number,
  at: number,
): number | null => (at >= from && lines.every((line, index) => file[at + index] === line) ? at : null);
