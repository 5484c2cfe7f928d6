import type { Hunk } from './hunk.ts';

/** What a patch says about one file: everything from one `diff --git` line to the next. */
export interface PatchSection {
  /** From the `index` line; null where there is none (mode change or rename without a change of content). */
  readonly oids: { readonly old: string; readonly new: string } | null;
  /** git would not diff the content ("Binary files differ"). Cannot be with `--text`; never taken for "no change". */
  readonly opaque: boolean;
  readonly hunks: readonly Hunk[];
}

const HUNK = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@ ?(.*)$/;
const INDEX = /^index ([0-9a-f]{40,64})\.\.([0-9a-f]{40,64})(?: \d{6})?$/;
const NEWLINE = 10;
const [SPACE, PLUS, MINUS, BACKSLASH] = [32, 43, 45, 92];

/**
 * The sections of a unified diff as git prints it with `--full-index --text -U<n>`, one by one while it arrives.
 * The counts of a hunk's header decide where the hunk ends, never what its lines look like.
 * Throws RangeError on anything that is not git's format, and on a patch that ends too early.
 */
export async function* parsePatch(
  chunks: AsyncIterable<Buffer> | Iterable<Buffer>,
): AsyncGenerator<PatchSection> {
  let section: { oids: PatchSection['oids']; opaque: boolean; hunks: Hunk[] } | null = null;
  let hunk: OpenHunk | null = null;
  let rest: Buffer = Buffer.alloc(0);

  for await (const chunk of chunks) {
    const input = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let at = 0;
    for (;;) {
      if (hunk !== null) {
        at = hunk.take(input, at);
        if (!hunk.complete) break;
        section?.hunks.push(hunk.close());
        hunk = null;
      }
      const end = input.indexOf(NEWLINE, at);
      if (end < 0) break;
      // The header of the next hunk may only be told from "\ No newline" once its first byte is here.
      if (input[at] === BACKSLASH) {
        const last = section?.hunks.pop();
        if (section === null || last === undefined) throw new RangeError('patch: "\\" without a hunk');
        section.hunks.push({ ...last, body: Buffer.concat([last.body, input.subarray(at, end + 1)]) });
        at = end + 1;
        continue;
      }
      const line = input.toString('latin1', at, end);
      at = end + 1;
      if (line.startsWith('diff --git ')) {
        if (section !== null) yield section;
        section = { oids: null, opaque: false, hunks: [] };
        continue;
      }
      if (section === null) throw new RangeError(`patch: begins with ${JSON.stringify(line.slice(0, 120))}`);
      if (line.startsWith('@@ ')) {
        hunk = openHunk(line, input.toString('utf8', at - line.length - 1, end));
      } else if (line.startsWith('index ')) {
        const [, old, now] = INDEX.exec(line) ?? [];
        if (old !== undefined && now !== undefined) section.oids = { old, new: now };
      } else if (line.startsWith('Binary files ') || line === 'GIT binary patch') {
        section.opaque = true;
      }
    }
    rest = input.subarray(at);
  }
  if (hunk !== null || rest.length > 0) throw new RangeError('patch: ends in the middle of a hunk');
  if (section !== null) yield section;
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
      body: Buffer.concat(parts),
    }),
  };
}
