/** The pieces that a reader sees in "getHTTPToken2": a capital with the small letters after it, capitals, digits. */
const PIECE = /[A-Z]?[a-z]+|[A-Z]+|[0-9]+/g;

/**
 * Whether a text looks drawn at random. Written words make long pieces, four letters and more; random letters
 * and digits make pieces of about two. A random text also repeats few characters, which Shannon's entropy says.
 */
export function looksRandom(text: string): boolean {
  const pieces = text.match(PIECE) ?? [];
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  // Few of these can be words: signs between them (`a/b/c`, `x-y-z`) make short pieces too.
  if (length < text.length * 0.75) return false;
  const hasDigit = /[0-9]/.test(text);
  return (
    length / pieces.length <= (hasDigit ? 3 : 2.2) &&
    entropy(text) >= Math.min(3.2, Math.log2(text.length) - 1)
  );
}

/** Shannon's entropy of the text's characters, in bits a character. */
function entropy(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}
