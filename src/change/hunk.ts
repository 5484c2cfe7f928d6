/** One hunk of a unified diff. Line numbers count from 1; a range of no lines has git's start (the line before). */
export interface Hunk {
  readonly oldStart: number;
  readonly oldCount: number;
  readonly newStart: number;
  readonly newCount: number;
  /** What git prints after the second `@@`: the function that the hunk is in, or ''. */
  readonly section: string;
  /** The lines with their ` `, `-`, `+` or `\` in front, each ended by a newline, as git printed them. */
  readonly body: Buffer;
}

export interface HunkLine {
  readonly kind: 'context' | 'removed' | 'added';
  /** 0 when the line is not in the old file. */
  readonly oldLine: number;
  /** 0 when the line is not in the new file. */
  readonly newLine: number;
  /** The line's bytes, with the newline that ends it, if one does. */
  readonly bytes: Buffer;
}

const NEWLINE = 10;
const [SPACE, MINUS, PLUS, BACKSLASH] = [32, 45, 43, 92];

/** The lines of a hunk, in git's order. */
export function* hunkLines(hunk: Hunk): Generator<HunkLine> {
  let oldLine = hunk.oldCount === 0 ? hunk.oldStart + 1 : hunk.oldStart;
  let newLine = hunk.newCount === 0 ? hunk.newStart + 1 : hunk.newStart;
  const { body } = hunk;
  for (let at = 0; at < body.length; ) {
    const end = body.indexOf(NEWLINE, at) + 1 || body.length;
    // "\ No newline at end of file" follows the line that it is about.
    const bytes = body.subarray(at + 1, body[end] === BACKSLASH ? end - 1 : end);
    const marker = body[at];
    if (marker === SPACE) yield { kind: 'context', oldLine: oldLine++, newLine: newLine++, bytes };
    else if (marker === MINUS) yield { kind: 'removed', oldLine: oldLine++, newLine: 0, bytes };
    else if (marker === PLUS) yield { kind: 'added', oldLine: 0, newLine: newLine++, bytes };
    at = end;
  }
}

/** The content after the change. Throws when the hunks do not belong to this content. */
export function applyHunks(before: Uint8Array, hunks: readonly Hunk[]): Buffer {
  const old = Buffer.from(before.buffer, before.byteOffset, before.byteLength);
  const parts: Buffer[] = [];
  let at = 0;
  let line = 1;
  for (const hunk of hunks) {
    const start = at;
    for (const first = hunk.oldCount === 0 ? hunk.oldStart + 1 : hunk.oldStart; line < first; line += 1) {
      const end = old.indexOf(NEWLINE, at) + 1;
      if (end === 0)
        throw new RangeError(`hunk at old line ${hunk.oldStart} lies beyond the end of the file`);
      at = end;
    }
    parts.push(old.subarray(start, at));
    for (const { kind, bytes } of hunkLines(hunk)) {
      if (kind !== 'removed') parts.push(bytes);
      if (kind === 'added') continue;
      if (!old.subarray(at, at + bytes.length).equals(bytes)) {
        throw new RangeError(`old line ${line} is not the one that the hunk at ${hunk.oldStart} speaks of`);
      }
      at += bytes.length;
      line += 1;
    }
  }
  parts.push(old.subarray(at));
  return Buffer.concat(parts);
}
