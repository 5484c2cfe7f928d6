import { occurrences } from './occurrences.ts';

/** A part of a file, in bytes: `end` is the offset behind it. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

export interface FoundText {
  /** In order. */
  readonly places: readonly ByteRange[];
  /** The text says itself how its lines end, and stands there so. */
  readonly exact: boolean;
}

const [NEWLINE, RETURN] = [10, 13];

/**
 * Where a text stands in a file. A newline in it stands for a line end of either kind; a carriage return stands for itself,
 * or, when the text does not stand there so, a CRLF for a line end of either kind. `overlapping`: also where a place begins
 * within the one before. Ends after `most` places.
 */
export function findText(
  bytes: Buffer,
  text: string,
  { overlapping, most }: { readonly overlapping: boolean; readonly most: number },
): FoundText {
  const find = (sequence: Buffer, part: Buffer): ByteRange[] => {
    const places: ByteRange[] = [];
    for (const start of occurrences(sequence, part)) {
      if (!overlapping && start < (places.at(-1)?.end ?? 0)) continue;
      places.push({ start, end: start + part.length });
      if (places.length === most) break;
    }
    return places;
  };
  if (text.includes('\r') || !bytes.includes('\r\n')) {
    const places = find(bytes, Buffer.from(text));
    if (places.length > 0 || !text.includes('\r\n')) return { places, exact: text.includes('\r') };
  }
  const { kept, offset } = withoutReturns(bytes);
  const places = find(kept, Buffer.from(text.replaceAll('\r\n', '\n')));
  return {
    places: places.map(({ start, end }) => ({ start: offset(start), end: offset(end) })),
    exact: false,
  };
}

/** The bytes with a newline for every CRLF, and where an offset in them was: of such a newline, in front of the return. */
function withoutReturns(bytes: Buffer): { kept: Buffer; offset: (at: number) => number } {
  const kept = Buffer.alloc(bytes.length);
  const left: number[] = [];
  let length = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte === RETURN && bytes[at + 1] === NEWLINE) left.push(length);
    else {
      kept[length] = byte;
      length += 1;
    }
  }
  return { kept: kept.subarray(0, length), offset: (at) => at + countBelow(left, at) };
}

/** How many of the sorted numbers are smaller. */
function countBelow(sorted: readonly number[], limit: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** For offsets in order: whether the line there ends with CRLF, or, where none ends behind, the last line that does end. */
export function crlfAt(bytes: Buffer): (offset: number) => boolean {
  const isCrlf = (newline: number): boolean => newline > 0 && bytes[newline - 1] === RETURN;
  const last = bytes.lastIndexOf(NEWLINE);
  let next = bytes.indexOf(NEWLINE);
  return (offset) => {
    while (next >= 0 && next < offset) next = bytes.indexOf(NEWLINE, next + 1);
    return isCrlf(next >= 0 ? next : last);
  };
}
