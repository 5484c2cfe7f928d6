/**
 * Where a part begins in a sequence, in order, also where one begins within the other. In time that grows with the lengths
 * alone, whatever repeats in them (Knuth, Morris, Pratt 1977): both come from a model. An empty part begins nowhere.
 */
export function* occurrences<T>(sequence: ArrayLike<T>, part: ArrayLike<T>, from = 0): Generator<number> {
  if (part.length === 0) return;
  const borders = bordersOf(part);
  let matched = 0;
  for (let at = from; at < sequence.length; at += 1) {
    while (matched > 0 && sequence[at] !== part[matched]) matched = borders[matched - 1] ?? 0;
    if (sequence[at] === part[matched]) matched += 1;
    if (matched < part.length) continue;
    yield at + 1 - matched;
    matched = borders[matched - 1] ?? 0;
  }
}

/** Of each beginning of the part, how long the longest beginning is that it also ends with, other than itself. */
function bordersOf<T>(part: ArrayLike<T>): Uint32Array {
  const borders = new Uint32Array(part.length);
  let border = 0;
  for (let at = 1; at < part.length; at += 1) {
    while (border > 0 && part[at] !== part[border]) border = borders[border - 1] ?? 0;
    if (part[at] === part[border]) border += 1;
    borders[at] = border;
  }
  return borders;
}
