import type { Hunk } from './hunk.ts';

/** What a patch says about one file: everything from one `diff --git` line to the next. */
export interface PatchSection {
  /** From the `index` line; null where there is none (mode change or rename without a change of content). */
  readonly oids: { readonly old: string; readonly new: string } | null;
  /** git would not diff the content ("Binary files differ"). Cannot be with `--text`; never taken for "no change". */
  readonly opaque: boolean;
  readonly hunks: readonly Hunk[];
}

/** The section may hold a carriage return: git takes it from a line, and only a newline ends one. */
const HUNK = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@ ?(.*)$/s;
const INDEX = /^index ([0-9a-f]{40,64})\.\.([0-9a-f]{40,64})(?: \d{6})?$/;
const NEWLINE = 10;
const [SPACE, PLUS, MINUS, BACKSLASH] = [32, 43, 45, 92];

export interface PatchParser {
  /** Takes the next bytes of the patch; answers the sections that they complete. */
  push(chunk: Buffer): PatchSection[];
  /** The last section. Throws RangeError when the patch ends in the middle of a hunk. */
  end(): PatchSection[];
}

/**
 * Parses a unified diff as git prints it with `--full-index --text`, while it arrives.
 * The counts of a hunk's header decide where the hunk ends, never what its lines look like.
 * Throws RangeError on anything that is not git's format.
 */
export function createPatchParser(): PatchParser {
  let section: OpenSection | null = null;
  let hunk: OpenHunk | null = null;
  let rest: Buffer = Buffer.alloc(0);

  function takeLine(line: string, input: Buffer, at: number, end: number): PatchSection[] {
    if (line.startsWith('diff --git ')) {
      const done = section === null ? [] : [section];
      section = { oids: null, opaque: false, hunks: [] };
      return done;
    }
    if (section === null) throw new RangeError(`patch: begins with ${JSON.stringify(line.slice(0, 120))}`);
    if (line.startsWith('@@')) hunk = openHunk(line, input.toString('utf8', at, end));
    else if (line.startsWith('\\')) noteMissingNewline(section, input.subarray(at, end + 1));
    else if (section.hunks.length > 0) {
      throw new RangeError(`patch: behind a hunk: ${JSON.stringify(line.slice(0, 120))}`);
    } else if (line.startsWith('index ')) section.oids = parseOids(line);
    else if (line.startsWith('Binary files ') || line === 'GIT binary patch') section.opaque = true;
    return [];
  }

  /** Takes whole lines; answers where it stopped. */
  function take(input: Buffer, done: PatchSection[]): number {
    for (let at = 0; ; ) {
      if (hunk !== null) {
        at = hunk.take(input, at);
        if (!hunk.complete) return at;
        section?.hunks.push(hunk.close());
        hunk = null;
      }
      const end = input.indexOf(NEWLINE, at);
      if (end < 0) return at;
      done.push(...takeLine(input.toString('latin1', at, end), input, at, end));
      at = end + 1;
    }
  }

  return {
    push(chunk) {
      const done: PatchSection[] = [];
      let input = chunk;
      if (rest.length > 0) {
        // Only the line that was cut is put together: the chunks of a large patch are not copied.
        const end = chunk.indexOf(NEWLINE) + 1;
        const line = Buffer.concat([rest, end === 0 ? chunk : chunk.subarray(0, end)]);
        rest = line.subarray(take(line, done));
        if (end === 0) return done;
        input = chunk.subarray(end);
      }
      rest = input.subarray(take(input, done));
      return done;
    },
    end() {
      if (hunk !== null || rest.length > 0) throw new RangeError('patch: ends in the middle of a hunk');
      return section === null ? [] : [section];
    },
  };
}

interface OpenSection {
  oids: PatchSection['oids'];
  opaque: boolean;
  readonly hunks: Hunk[];
}

function parseOids(line: string): PatchSection['oids'] {
  const [, old, now] = INDEX.exec(line) ?? [];
  return old === undefined || now === undefined ? null : { old, new: now };
}

/** "\\ No newline at end of file" behind the last line of a hunk belongs to that hunk. */
function noteMissingNewline(section: OpenSection, line: Buffer): void {
  const last = section.hunks.pop();
  if (last === undefined) throw new RangeError('patch: "\\" without a hunk');
  section.hunks.push({ ...last, body: Buffer.concat([last.body, line]) });
}

interface OpenHunk {
  /** Takes whole lines of the hunk from `input`, from `at` on; answers where it stopped. */
  take(input: Buffer, at: number): number;
  readonly complete: boolean;
  close(): Hunk;
}

function openHunk(header: string, decoded: string): OpenHunk {
  const [, oldStart, oldCount = '1', newStart, newCount = '1'] = HUNK.exec(header) ?? [];
  if (oldStart === undefined || newStart === undefined) {
    throw new RangeError(`patch: not a hunk header: ${JSON.stringify(header.slice(0, 120))}`);
  }
  let oldLeft = Number(oldCount);
  let newLeft = Number(newCount);
  const parts: Buffer[] = [];
  return {
    get complete() {
      return oldLeft === 0 && newLeft === 0;
    },
    take(input, from) {
      let at = from;
      while (oldLeft > 0 || newLeft > 0) {
        const end = input.indexOf(NEWLINE, at);
        if (end < 0) break;
        const marker = input[at];
        if (marker === SPACE) {
          oldLeft -= 1;
          newLeft -= 1;
        } else if (marker === MINUS) oldLeft -= 1;
        else if (marker === PLUS) newLeft -= 1;
        else if (marker !== BACKSLASH) throw new RangeError('patch: a line of a hunk has no marker');
        at = end + 1;
      }
      if (at > from) parts.push(input.subarray(from, at));
      return at;
    },
    close: () => ({
      oldStart: Number(oldStart),
      oldCount: Number(oldCount),
      newStart: Number(newStart),
      newCount: Number(newCount),
      section: HUNK.exec(decoded)?.[5] ?? '',
      // Nearly all of the bytes that arrive are kept, so a part of them is not worth a copy.
      body: parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts),
    }),
  };
}
