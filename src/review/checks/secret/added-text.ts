import type { ReviewedFile } from '../../check.ts';
import type { Place } from '../../finding.ts';

/** No pattern goes on over it: of those that go on over line ends none takes a NUL. */
const BETWEEN_FILES = '\n\0\n';

/** All that the change adds to the files as one text, to be searched in one pass. */
export const addedText = (files: readonly ReviewedFile[]): string =>
  files.map((file) => file.addedText).join(BETWEEN_FILES);

/** From a part of that text to where it is. Takes time in proportion to the number of lines, once. */
export function placesIn(
  files: readonly ReviewedFile[],
): (part: { readonly start: number; readonly end: number }) => { file: ReviewedFile; place: Place } {
  const lines: { readonly file: ReviewedFile; readonly number: number; readonly start: number }[] = [];
  let start = 0;
  for (const file of files) {
    for (const { number, text } of file.added) {
      lines.push({ file, number, start });
      start += text.length + 1;
    }
    start += BETWEEN_FILES.length - (file.added.length === 0 ? 0 : 1);
  }
  const lineAt = (offset: number) => {
    let [low, high] = [0, lines.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((lines[middle]?.start ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    const line = lines[low];
    if (line === undefined) throw new RangeError(`no line was added at offset ${offset}`);
    return line;
  };
  return (part) => {
    const [first, last] = [lineAt(part.start), lineAt(part.end - 1)];
    const place = {
      startLine: first.number,
      endLine: last.number,
      startColumn: part.start - first.start + 1,
      endColumn: part.end - last.start + 1,
    };
    return { file: first.file, place };
  };
}
