/**
 * The parts of a text of ours, in paragraphs of their own: lists, tables and HTML of one end before the next one. The marker
 * is the last line.
 */
export const commentBody = (parts: readonly string[], marker: string): string =>
  [...parts.filter((part) => part !== ''), marker].join('\n\n');

/**
 * As many of the texts as fit into `room` characters and are at most `most`, one a line, then what `rest` says of those that are
 * left out.
 */
export function fitting(
  texts: Iterable<string>,
  count: number,
  { room, most }: { readonly room: number; readonly most: number },
  rest: (left: number) => string,
): string[] {
  const shown: string[] = [];
  let left = room - rest(count).length;
  for (const text of texts) {
    left -= text.length + 1;
    if (left < 0 || shown.length === most) break;
    shown.push(text);
  }
  return shown.length < count ? [...shown, rest(count - shown.length)] : shown;
}
