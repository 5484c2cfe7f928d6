/** A part of a line that must not be shown: offsets in UTF-16 code units, `end` exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface MaskedLine {
  readonly text: string;
  /** Where an offset of the line has come to be in `text`. */
  offset(original: number): number;
}

/** How a secret is shown: of a long one the first four characters, which are its kind and not its value. */
export function maskSecret(value: string): string {
  return `${value.length >= 20 ? value.slice(0, 4) : ''}…(${value.length} characters)`;
}

/** The line with every span masked. Spans may overlap and come in any order. */
export function maskLine(line: string, spans: readonly Span[]): MaskedLine {
  const pieces: { from: number; to: number; text: string }[] = [];
  let at = 0;
  for (const { start, end } of merged(spans)) {
    pieces.push({ from: at, to: start, text: line.slice(at, start) });
    pieces.push({ from: start, to: end, text: maskSecret(line.slice(start, end)) });
    at = end;
  }
  pieces.push({ from: at, to: line.length, text: line.slice(at) });
  return {
    text: pieces.map((piece) => piece.text).join(''),
    offset(original) {
      let shown = 0;
      for (const { from, to, text } of pieces) {
        if (original < to || to === line.length) {
          const whole = text.length === to - from;
          return shown + (whole ? original - from : original === from ? 0 : text.length);
        }
        shown += text.length;
      }
      return shown;
    },
  };
}

function merged(spans: readonly Span[]): Span[] {
  const result: Span[] = [];
  for (const { start, end } of [...spans].sort((one, other) => one.start - other.start)) {
    const last = result.at(-1);
    if (end <= start) continue;
    if (last !== undefined && start <= last.end)
      result.splice(-1, 1, { start: last.start, end: Math.max(last.end, end) });
    else result.push({ start, end });
  }
  return result;
}

/** The spans of each line (counted from 0) that a span over the whole text covers. */
export function spansByLine(text: string, spans: readonly Span[]): Map<number, Span[]> {
  const byLine = new Map<number, Span[]>();
  if (spans.length === 0) return byLine;
  let start = 0;
  for (const [number, line] of text.split('\n').entries()) {
    const here = spans
      .filter((span) => span.start < start + line.length && span.end > start)
      .map((span) => ({
        start: Math.max(0, span.start - start),
        end: Math.min(line.length, span.end - start),
      }));
    if (here.length > 0) byLine.set(number, here);
    start += line.length + 1;
  }
  return byLine;
}
