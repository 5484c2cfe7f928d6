import type { ShownDiff, ShownFile, ShownHunk } from './shown-diff.ts';

/** A comment as it is sent with a review, or alone. */
export interface SentComment {
  readonly path: string;
  readonly body: string;
  readonly line?: number | null | undefined;
  readonly side?: string | undefined;
  readonly start_line?: number | null | undefined;
  readonly start_side?: string | undefined;
  /** Only with the endpoint for a single comment. */
  readonly subject_type?: string | undefined;
  readonly position?: number | undefined;
}

export type Side = 'LEFT' | 'RIGHT';

/** GitHub's limits (docs.github.com; field knowledge of what answers 422). */
export const LIMITS = { body: 65_536, output: 65_535, annotations: 50 };

/**
 * Why GitHub refuses a review comment, or null. The line must be shown in the diff of the pull request: on the RIGHT added
 * and context lines by their new number, on the LEFT deleted and context lines by their old one; a range has its start
 * strictly before its end, in the same hunk.
 * @param diff merge base ... head, with three lines of context
 */
export function reviewCommentProblem(diff: ShownDiff, comment: SentComment): string | null {
  const bodyProblem = textProblem(comment.body);
  if (bodyProblem !== null) return bodyProblem;
  const file = diff.get(comment.path);
  if (file === undefined) return `Path could not be resolved: ${comment.path}`;
  if (comment.position !== undefined) return 'Position is closing down: use line';
  if (comment.subject_type === 'file')
    return comment.line == null && comment.start_line == null ? null : 'A comment on a file has no line';
  if (comment.line == null) return 'Line is missing';
  const side = sideOf(comment.side, 'RIGHT');
  const startSide = sideOf(comment.start_side, side ?? 'RIGHT');
  if (side === null) return `Side is not LEFT or RIGHT: ${comment.side}`;
  if (startSide === null) return `Start side is not LEFT or RIGHT: ${comment.start_side}`;
  const end = findLine(file, comment.line, side);
  if (end === null) return `Line must be part of the diff: ${comment.path}:${comment.line} ${side}`;
  if (comment.start_line == null)
    return comment.start_side === undefined ? null : 'Start side without a start line';
  const start = findLine(file, comment.start_line, startSide);
  if (start === null)
    return `Start line must be part of the diff: ${comment.path}:${comment.start_line} ${startSide}`;
  if (start.hunk !== end.hunk) return `Start line must be part of the same hunk as the line: ${comment.path}`;
  if (start.index >= end.index || (side === startSide && comment.start_line >= comment.line))
    return `Start line must precede the end line: ${comment.path}:${comment.start_line}-${comment.line}`;
  return null;
}

/** Why GitHub refuses the body of a comment, or null. It counts characters. */
export function textProblem(body: string): string | null {
  if (body.trim() === '') return "Body can't be blank";
  const length = [...body].length;
  return length > LIMITS.body ? `Body is too long (maximum is ${LIMITS.body} characters): ${length}` : null;
}

/** Where a line is shown; null when it is not. */
export function findLine(
  file: ShownFile,
  line: number,
  side: Side,
): { readonly hunk: ShownHunk; readonly index: number } | null {
  const hidden = side === 'RIGHT' ? '-' : '+';
  for (const hunk of file.hunks) {
    let number = side === 'RIGHT' ? hunk.newStart : hunk.oldStart;
    if (line < number || line >= number + hunk.kinds.length) continue;
    // A new file may be a hunk of a million lines.
    if (!hunk.kinds.includes(hidden)) return { hunk, index: line - number };
    for (let index = 0; index < hunk.kinds.length; index += 1) {
      if (hunk.kinds[index] === hidden) continue;
      if (number === line) return { hunk, index };
      number += 1;
    }
  }
  return null;
}

/** The number of lines below the first `@@` of the file, of which each further one counts too. */
export function positionOf(file: ShownFile, line: number, side: Side): number | null {
  const found = findLine(file, line, side);
  if (found === null) return null;
  let before = 0;
  for (const hunk of file.hunks) {
    if (hunk === found.hunk) return before + found.index + 1;
    before += hunk.kinds.length + 1;
  }
  return null;
}

/** What is shown above a comment: its hunk down to its line. */
export function diffHunkOf(file: ShownFile, line: number, side: Side): string {
  const found = findLine(file, line, side);
  return found === null
    ? ''
    : [found.hunk.header, ...found.hunk.lines.slice(Math.max(0, found.index - 40), found.index + 1)].join(
        '\n',
      );
}

/** Where a line of the old side of a diff without context is on the new side; null when it is gone. */
export function movedLine(hunks: readonly ShownHunk[], line: number): number | null {
  let shift = 0;
  for (const { kinds, oldStart } of hunks) {
    const removed = kinds.split('-').length - 1;
    // Without removed lines a hunk stands behind its old line (git-diff(1), `-U0`).
    const first = removed === 0 ? oldStart + 1 : oldStart;
    if (line < first) break;
    if (line < first + removed) return null;
    shift += kinds.length - 2 * removed;
  }
  return line + shift;
}

function sideOf(side: string | undefined, byDefault: Side): Side | null {
  if (side === undefined) return byDefault;
  return side === 'LEFT' || side === 'RIGHT' ? side : null;
}
