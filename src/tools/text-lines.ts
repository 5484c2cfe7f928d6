/** A file as lines that a model is shown. */
export interface TextLines {
  /** Without their ends. */
  readonly lines: readonly string[];
  readonly crlf: boolean;
  /** Whether the last line has an end. */
  readonly ended: boolean;
}

/** The lines of a text in UTF-8, or in UTF-16 that says so; null when the bytes are no text: they hold a NUL. */
export function textLines(bytes: Buffer): TextLines | null {
  const encoding = utf16Mark(bytes);
  if (encoding === null && bytes.includes(0)) return null;
  // It drops the byte order mark.
  const text = new TextDecoder(encoding ?? 'utf-8').decode(bytes);
  const parts = text.split('\n');
  const ended = parts.at(-1) === '';
  if (ended) parts.pop();
  return { lines: parts.map(withoutReturn), crlf: parts.some((line) => line.endsWith('\r')), ended };
}

const utf16Mark = (bytes: Buffer): 'utf-16le' | 'utf-16be' | null =>
  bytes[0] === 0xff && bytes[1] === 0xfe
    ? 'utf-16le'
    : bytes[0] === 0xfe && bytes[1] === 0xff
      ? 'utf-16be'
      : null;

const withoutReturn = (line: string): string => (line.endsWith('\r') ? line.slice(0, -1) : line);

const LONGEST = 2_000;

/** The line, cut when it is longer than what a person writes: minified code would take all the room there is. */
export function shownLine(line: string): string {
  if (line.length <= LONGEST) return line;
  return `${line.slice(0, LONGEST).toWellFormed()}… [${line.length - LONGEST} more characters]`;
}

/** With its number in front, as `cat -n` has it. */
export const numberedLine = (number: number, line: string): string => `${number}\t${shownLine(line)}`;
