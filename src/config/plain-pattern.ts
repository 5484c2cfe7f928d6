const LONGEST = 200;

/** Why the pattern cannot do what its writer wants, or null when it can. */
export function patternProblem(pattern: string): string | null {
  if (pattern.trim() === '') return 'is empty';
  if (pattern.length > LONGEST) return `is longer than ${LONGEST} characters`;
  return /[\r\n]/.test(pattern) ? 'has more than one line' : null;
}

/**
 * Whether the whole text is as the pattern says: `*` stands for any characters, every other character for itself, so that
 * `*[bot]` is what it looks like. Nothing is a regular expression, and the time is at most the product of both lengths.
 */
export function matchesPattern(pattern: string, text: string): boolean {
  const [first = '', ...pieces] = pattern.split('*');
  const last = pieces.pop();
  if (last === undefined) return text === pattern;
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last))
    return false;
  const end = text.length - last.length;
  let at = first.length;
  for (const piece of pieces) {
    const found = text.indexOf(piece, at);
    if (found === -1 || found + piece.length > end) return false;
    at = found + piece.length;
  }
  return true;
}
