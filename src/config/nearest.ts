/**
 * How many insertions, deletions, replacements and swaps of neighbours turn one word into the other: the
 * unrestricted Damerau-Levenshtein distance, which is a metric. Takes time and memory of `a.length × b.length`.
 */
export function editDistance(a: string, b: string): number {
  const width = b.length + 2;
  const unreachable = a.length + b.length;
  const cost = new Uint32Array((a.length + 2) * width).fill(unreachable);
  const at = (row: number, column: number) => cost[(row + 1) * width + column + 1] ?? unreachable;
  for (let row = 0; row <= a.length; row += 1) cost[(row + 1) * width + 1] = row;
  for (let column = 0; column <= b.length; column += 1) cost[width + column + 1] = column;

  const lastRowOf = new Map<string, number>();
  for (let row = 1; row <= a.length; row += 1) {
    let lastMatch = 0;
    for (let column = 1; column <= b.length; column += 1) {
      const swapRow = lastRowOf.get(b.charAt(column - 1)) ?? 0;
      const swapColumn = lastMatch;
      const same = a.charAt(row - 1) === b.charAt(column - 1);
      if (same) lastMatch = column;
      cost[(row + 1) * width + column + 1] = Math.min(
        at(row - 1, column - 1) + (same ? 0 : 1),
        at(row, column - 1) + 1,
        at(row - 1, column) + 1,
        at(swapRow - 1, swapColumn - 1) + (row - swapRow - 1) + 1 + (column - swapColumn - 1),
      );
    }
    lastRowOf.set(a.charAt(row - 1), row);
  }
  return at(a.length, b.length);
}

const MOST_EDITS = 3;
const SHORTEST_BEGINNING = 3;

/** The known word that was probably meant: a few edits away for its length, or begun by `word`. Null when none is. */
export function nearest(word: string, known: readonly string[]): string | null {
  const written = word.toLowerCase();
  let best: string | null = null;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const candidate of known) {
    const meant = candidate.toLowerCase();
    if (written.length > meant.length + MOST_EDITS) continue;
    const begun = written.length >= SHORTEST_BEGINNING && meant.startsWith(written);
    const allowed = Math.min(MOST_EDITS, Math.floor(Math.max(written.length, meant.length) / 3));
    const distance = editDistance(written, meant);
    if ((begun || distance <= allowed) && distance < bestDistance)
      [best, bestDistance] = [candidate, distance];
  }
  return best;
}

/** ` Did you mean "x"?`, or nothing when no known word is near. To be put after a sentence. */
export function didYouMean(word: string, known: readonly string[]): string {
  const meant = nearest(word, known);
  return meant === null ? '' : ` Did you mean "${meant}"?`;
}
