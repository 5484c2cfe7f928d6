import type { ReviewedFile } from '../../check.ts';
import type { Place } from '../../finding.ts';

/** From where something is in a file's `addedText` to where it is in the file. */
export function addedPlaces(
  file: ReviewedFile,
): (range: { readonly start: number; readonly end: number }) => Place {
  const starts: number[] = [];
  let offset = 0;
  for (const { text } of file.added) {
    starts.push(offset);
    offset += text.length + 1;
  }
  const at = (position: number): { line: number; column: number } => {
    let [low, high] = [0, starts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= position) low = middle;
      else high = middle - 1;
    }
    return { line: file.added[low]?.number ?? 1, column: position - (starts[low] ?? 0) + 1 };
  };
  return ({ start, end }) => {
    const [first, last] = [at(start), at(end - 1)];
    return {
      startLine: first.line,
      endLine: last.line,
      startColumn: first.column,
      endColumn: last.column + 1,
    };
  };
}
