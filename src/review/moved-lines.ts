import type { ShownHunk } from './shown-file.ts';
import type { ReviewUnit } from './units.ts';

/** Where the hunks of a file began when a model was shown them. */
export interface FileBegins {
  readonly path: string;
  readonly hunks: readonly HunkBegin[];
}

/** The number of the hunk's first line in the old and in the new file; 0 when it has no line there. */
export interface HunkBegin {
  readonly old: number;
  readonly new: number;
}

/** Of every file of the unit that has hunks. */
export function fileBegins(unit: ReviewUnit): FileBegins[] {
  return unit.files.flatMap(({ file: { path }, hunks }) =>
    hunks.length === 0
      ? []
      : [
          {
            path,
            hunks: hunks.map((hunk) => ({
              old: linesOf(hunk, 'old')[0] ?? 0,
              new: linesOf(hunk, 'new')[0] ?? 0,
            })),
          },
        ],
  );
}

/**
 * Where a line of a file is now that was `line` when the hunks began at `then`: it has moved as far as the hunk that is
 * nearest to it, of two that are as near the first. `now`: the same hunks, in the same order. A file that has none, or
 * other ones, tells nothing, and the line stays what it was.
 */
export function movedLine(
  line: number,
  side: 'old' | 'new',
  then: readonly HunkBegin[],
  now: readonly ShownHunk[],
): number {
  if (then.length !== now.length) return line;
  let [moved, least] = [line, Number.POSITIVE_INFINITY];
  for (const [index, hunk] of now.entries()) {
    const lines = linesOf(hunk, side);
    const [first, last, before] = [lines[0], lines.at(-1), then[index]?.[side] ?? 0];
    if (first === undefined || last === undefined || before === 0) continue;
    const distance = Math.max(before - line, line - (before + last - first), 0);
    if (distance < least) [moved, least] = [line + first - before, distance];
  }
  return Math.max(1, moved);
}

const linesOf = ({ lines }: ShownHunk, side: 'old' | 'new'): number[] =>
  lines.flatMap(({ oldLine, newLine }) => {
    const line = side === 'old' ? oldLine : newLine;
    return line === 0 ? [] : [line];
  });
