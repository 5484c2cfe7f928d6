/**
 * More memory, in bytes, than oxc's messages can need for the text. It cannot be told to leave out the picture of the
 * line that each of them has in it, so that a long line with an error in each word of it takes its length squared
 * (oxc 0.158: 1.3 GB for 40,000 characters).
 */
export function messageBound(text: string): number {
  let bytes = 0;
  for (let start = 0; start < text.length; ) {
    const end = text.indexOf('\n', start) + 1 || text.length;
    bytes += (end - start) ** 2;
    start = end;
  }
  return bytes;
}
