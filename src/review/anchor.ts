import type { ChangeSet, FileChange } from '../change/change-set.ts';
import { type Hunk, hunkLines } from '../change/hunk.ts';
import type { RepoPath } from '../change/path.ts';
import type { Place } from './finding.ts';

/** GitHub's names for the file before (`LEFT`) and after the change. */
export type Side = 'LEFT' | 'RIGHT';

/** Where a finding may be said: at lines of the diff, at the file, or only about the change as a whole. */
export type Anchor =
  | { readonly kind: 'inline'; readonly side: Side; readonly startLine: number; readonly endLine: number }
  | { readonly kind: 'file' }
  | { readonly kind: 'summary'; readonly why: string };

/**
 * Decides it by GitHub's rules for `line`, `start_line` and `side`
 * (https://docs.github.com/rest/pulls/comments#create-a-review-comment-for-a-pull-request): all lines in one hunk and
 * of its side, which are the added and the context lines on the right, the removed and the context lines on the left.
 * Two hunks are two, even when they touch. `path` is the one after the change, also of a renamed file.
 */
export function anchor(change: ChangeSet, path: RepoPath, place: Place | null, side: Side): Anchor {
  const file = fileAt(change, path);
  if (file === undefined) return { kind: 'summary', why: 'the file is not part of the change' };
  if (mayBeMoved(file)) return { kind: 'summary', why: 'the file may be shown by the name that it has now' };
  if (place === null || !isShownAsText(file)) return { kind: 'file' };
  const { startLine, endLine } = place;
  return (file.hunks ?? []).some((hunk) => hasLines(hunk, startLine, endLine, side))
    ? { kind: 'inline', side, startLine, endLine }
    : { kind: 'file' };
}

/**
 * Whether the change is at the place: a line that it adds (on the left, removes), or a line right beside one that it
 * removes (on the left, adds). Of a place that is a whole file: whether the file is part of the change.
 */
export function touchesChange(change: ChangeSet, path: RepoPath, place: Place | null, side: Side): boolean {
  const file = fileAt(change, path);
  if (file === undefined || place === null) return file !== undefined;
  return (file.hunks ?? []).some((hunk) => touches(hunk, place, side));
}

const fileAt = (change: ChangeSet, path: RepoPath): FileChange | undefined =>
  change.files.find((file) => file.path === path);

/** Of a file that was not read it is not known whether it was renamed, and GitHub knows no file by an old name. */
const mayBeMoved = ({ status, unread }: FileChange): boolean => status === 'deleted' && unread !== null;

/** git shows no lines of a file with a NUL, and a change of type as two files of one name. */
const isShownAsText = ({ hunks, status }: FileChange): boolean =>
  status !== 'type-changed' && !(hunks ?? []).some(({ body }) => body.includes(0));

const rangeOf = (hunk: Hunk, side: Side): readonly [start: number, count: number] =>
  side === 'RIGHT' ? [hunk.newStart, hunk.newCount] : [hunk.oldStart, hunk.oldCount];

function hasLines(hunk: Hunk, startLine: number, endLine: number, side: Side): boolean {
  const [first, count] = rangeOf(hunk, side);
  return first <= startLine && startLine <= endLine && endLine < first + count;
}

function touches(hunk: Hunk, { startLine, endLine }: Place, side: Side): boolean {
  const [start, count] = rangeOf(hunk, side);
  let next = count === 0 ? start + 1 : start;
  for (const { kind, oldLine, newLine } of hunkLines(hunk)) {
    const line = side === 'RIGHT' ? newLine : oldLine;
    // A line of the other side alone stands between the last line of this side and the next one.
    if (line === 0 && startLine <= next && endLine >= next - 1) return true;
    if (line !== 0 && kind !== 'context' && startLine <= line && line <= endLine) return true;
    if (line !== 0) next = line + 1;
  }
  return false;
}
