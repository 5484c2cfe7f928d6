import { ToolFailure } from '../../agent/tool.ts';

/** A hunk as a model wrote it. */
export interface PatchHunk {
  /** Its first line, `@@ … @@`. */
  readonly header: string;
  readonly lines: readonly PatchLine[];
}

export interface PatchLine {
  readonly kind: 'context' | 'removed' | 'added';
  /** Its bytes, a character for each (latin1), without the newline. */
  readonly text: string;
  /** "No newline at end of file" does not follow. */
  readonly ended: boolean;
}

const KINDS: Readonly<Record<string, PatchLine['kind']>> = { ' ': 'context', '-': 'removed', '+': 'added' };
const COUNTS = /^@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@/;

/**
 * The hunk that begins at a line, and the index behind it. It ends at the next hunk or file: what its header counts is
 * believed only where the names of a next file may as well be lines of the hunk. `git`: every file begins with `diff --git`.
 */
export function readHunk(
  lines: readonly string[],
  start: number,
  git: boolean,
): { hunk: PatchHunk; end: number } {
  const header = (lines[start] ?? '').replace(/\r$/, '');
  const [, oldCount = '1', newCount = '1'] = COUNTS.exec(header) ?? [];
  const read: (PatchLine & { readonly blank: boolean })[] = [];
  const left = { old: Number(oldCount), new: Number(newCount) };
  let at = start + 1;
  for (; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    if (line.startsWith('@@') || line.startsWith('diff --git ')) break;
    if (isFileHeader(lines, at) && !(git && (left.old > 0 || left.new > 0))) break;
    if (line.startsWith('\\ ')) {
      const last = read.pop();
      if (last === undefined) throw refusal(at, `${JSON.stringify(line.slice(0, 60))} follows no line`);
      read.push({ ...last, ended: false });
      continue;
    }
    const blank = line === '' || line === '\r';
    const kind = blank ? 'context' : KINDS[line.charAt(0)];
    if (kind === undefined)
      throw refusal(
        at,
        `a line of a hunk begins with a space, - or +, not as ${JSON.stringify(line.slice(0, 60))}`,
      );
    if (kind !== 'added') left.old -= 1;
    if (kind !== 'removed') left.new -= 1;
    read.push({ kind, text: Buffer.from(line.slice(1)).toString('latin1'), ended: true, blank });
  }
  // Between hunks they are there for the eye.
  while (read.at(-1)?.blank) read.pop();
  if (read.every(({ kind }) => kind === 'context')) throw refusal(start, 'this hunk has no line with - or +');
  for (const other of ['added', 'removed'] as const) {
    const unended = read.filter(({ kind }) => kind !== other).findIndex(({ ended }) => !ended);
    if (unended >= 0 && unended < read.filter(({ kind }) => kind !== other).length - 1)
      throw refusal(start, 'in this hunk, lines follow one that has no newline');
  }
  return { hunk: { header, lines: read.map(({ kind, text, ended }) => ({ kind, text, ended })) }, end: at };
}

/** `--- …`, then `+++ …`, then a hunk. */
const isFileHeader = (lines: readonly string[], at: number): boolean =>
  (lines[at]?.startsWith('--- ') && lines[at + 1]?.startsWith('+++ ') && lines[at + 2]?.startsWith('@@')) ===
  true;

const refusal = (at: number, why: string): ToolFailure =>
  new ToolFailure(`Line ${at + 1} of the patch: ${why}. Nothing was changed.`);
