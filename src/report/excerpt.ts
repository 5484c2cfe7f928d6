import type { Excerpt } from '../review/finding.ts';
import { sanitizeLine } from './sanitize.ts';
import { cutEnd, cutStart, textWidth } from './text-width.ts';

const LEAST_ROOM = 20;

/** The lines of an excerpt behind their numbers, cut to `width` cells around what is marked, and `^` under it. */
export function renderExcerpt({ firstLine, lines, caret }: Excerpt, width: number): string[] {
  const digits = String(firstLine + lines.length - 1).length;
  const room = Math.max(width - digits - 3, LEAST_ROOM);
  return lines.flatMap((text, index) => {
    const number = firstLine + index;
    const gutter = `${String(number).padStart(digits)} │ `;
    if (caret?.line !== number) return [`${gutter}${fitAround(text, 0, 0, room).join('')}`.trimEnd()];
    const [before, marked, after] = fitAround(text, caret.startColumn - 1, caret.endColumn - 1, room);
    const marks = '^'.repeat(Math.max(textWidth(marked), 1));
    return [
      `${gutter}${before}${marked}${after}`.trimEnd(),
      `${' '.repeat(digits)} │ ${' '.repeat(textWidth(before))}${marks}`,
    ];
  });
}

/**
 * The line before, in and after the marked code units: sanitised, and together at most `room` cells wide. Looks
 * at no more code units than there are cells on each side: the line may be a whole bundle.
 */
function fitAround(line: string, from: number, to: number, room: number): [string, string, string] {
  const start = Math.min(from, line.length);
  const end = Math.max(Math.min(to, line.length), start);
  const [first, last] = [Math.max(start - room, 0), Math.min(end + room, line.length)];
  const before = sanitizeLine(`${first > 0 ? '…' : ''}${line.slice(first, start)}`);
  const after = sanitizeLine(`${line.slice(end, last)}${last < line.length ? '…' : ''}`);
  const marked = cutEnd(sanitizeLine(line.slice(start, Math.min(end, start + room))), room - 2);
  const left = room - textWidth(marked);
  const shownBefore = cutStart(before, Math.max(left - textWidth(after), Math.ceil((left * 2) / 3)));
  return [shownBefore, marked, cutEnd(after, left - textWidth(shownBefore))];
}
