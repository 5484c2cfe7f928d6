import type { FileMode, FileStatus } from '../change/change-set.ts';
import { type Hunk, hunkLines } from '../change/hunk.ts';
import type { RepoPath } from '../change/path.ts';
import { CodeAgentError } from '../code-agent-error.ts';
import type { ReviewedFile } from './check.ts';
import type { Redact } from './redact.ts';

/** A changed file as a model may be shown it: its secrets are replaced by stand-ins. */
export interface ShownFile {
  readonly path: RepoPath;
  readonly oldPath: RepoPath;
  readonly status: FileStatus;
  readonly oldMode: FileMode | null;
  readonly newMode: FileMode | null;
  /** All of its change, with more of the file around it than git's three lines. Empty when it is withheld. */
  readonly hunks: readonly ShownHunk[];
  /** Why only its name is shown. Null when its change is. */
  readonly withheld: Withheld | null;
}

/** `excluded`: it need not be looked at. `skipped`: it should have been, and the review is incomplete without it. */
export interface Withheld {
  readonly outcome: 'excluded' | 'skipped';
  readonly reason: string;
}

export interface ShownHunk {
  /** The line that begins what the hunk is in: a function, a class. '' when there is none. */
  readonly section: string;
  readonly lines: readonly ShownLine[];
}

export interface ShownLine {
  readonly kind: 'context' | 'removed' | 'added';
  /** 0 when the line is not in the old file. */
  readonly oldLine: number;
  /** 0 when the line is not in the new file. */
  readonly newLine: number;
  /** Without the marker and the line's end. */
  readonly text: string;
}

/**
 * Reads what a model is shown of a file. Secrets are searched for in the whole text of both sides, never in the patch: a
 * hunk may hold the middle of a key alone, and its lines have markers in front. A change of more than `mostBytes` is
 * withheld.
 */
export async function showFile(
  file: ReviewedFile,
  redact: Redact,
  mostBytes = Number.POSITIVE_INFINITY,
): Promise<ShownFile> {
  const { path, oldPath, status, before, after } = file.change;
  const shown = {
    ...{ path, oldPath, status, oldMode: before?.mode ?? null, newMode: after?.mode ?? null },
    hunks: [],
  };
  const withheld = reasonToWithhold(file, mostBytes);
  if (withheld !== null) return { ...shown, withheld };

  const [old, now] = [await file.before(), await file.after()];
  try {
    const names = `${oldPath}\n${path}`;
    if ((await redact(names)) !== names) {
      return { ...shown, withheld: { outcome: 'skipped', reason: SECRET_PATH } };
    }
    const sides = { old: await redactLines(old ?? '', redact), now: await redactLines(now ?? '', redact) };
    return { ...shown, hunks: shownHunks(file, sides), withheld: null };
  } catch (error) {
    if (!(error instanceof CodeAgentError)) throw error;
    return { ...shown, withheld: { outcome: 'skipped', reason: error.message } };
  }
}

/** Such a file is not even named to a model. */
export const SECRET_PATH = 'its path holds a secret';

function reasonToWithhold({ change, kind, generated }: ReviewedFile, mostBytes: number): Withheld | null {
  const bytes = (change.hunks ?? []).reduce((sum, { body }) => sum + body.length, 0);
  if (change.unread !== null) return { outcome: 'skipped', reason: change.unread };
  if (generated) return { outcome: 'excluded', reason: 'generated or vendored (.gitattributes)' };
  if (kind === 'submodule') return { outcome: 'excluded', reason: 'a submodule' };
  if (kind === 'binary') return { outcome: 'excluded', reason: 'binary' };
  if (bytes > mostBytes)
    return { outcome: 'skipped', reason: `its change has ${bytes} bytes, more than a model is given` };
  if (change.status === 'deleted') return { outcome: 'excluded', reason: 'deleted: only its name is shown' };
  return null;
}

/** The lines of one side, numbered from 0, as they are and as they may be shown. */
interface Side {
  readonly raw: readonly string[];
  readonly redacted: readonly string[];
}

async function redactLines(text: string, redact: Redact): Promise<Side> {
  const [raw, redacted] = [linesOf(text), linesOf(await redact(text))];
  if (raw.length !== redacted.length) throw new RangeError('the redaction changed the number of lines');
  return { raw, redacted };
}

function linesOf(text: string): string[] {
  const lines = text.split('\n').map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line));
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

interface Sides {
  readonly old: Side;
  readonly now: Side;
}

function shownHunks(file: ReviewedFile, sides: Sides): ShownHunk[] {
  const hunks = file.change.hunks ?? [];
  // Of UTF-16, git's lines are not those of the text.
  if (hunks.some(({ body }) => body.includes(0))) return [hunkOfLines(file, sides)];
  const sectionOf = sectionFinder(sides.old);
  const result: ShownHunk[] = [];
  let shownTo = 0;
  for (const [index, hunk] of hunks.entries()) {
    const [first, next] = [firstLines(hunk), hunks[index + 1]];
    const behind = { old: first.old + hunk.oldCount, now: first.now + hunk.newCount };
    const limit = next === undefined ? sides.now.raw.length : firstLines(next).now - 1;
    const [from, to] = [
      Math.max(shownTo + 1, first.now - MORE_CONTEXT),
      Math.min(limit, behind.now - 1 + MORE_CONTEXT),
    ];
    const lines = Array.from(hunkLines(hunk), ({ kind, oldLine, newLine }) => {
      return { kind, oldLine, newLine, text: lineText(oldLine, newLine, sides) };
    });
    result.push({
      section: sectionOf(hunk),
      lines: [
        ...contextLines(from, first.now - 1, first.old - first.now, sides),
        ...lines,
        ...contextLines(behind.now, to, behind.old - behind.now, sides),
      ],
    });
    shownTo = Math.max(to, behind.now - 1);
  }
  return result;
}

/** Shown above and below what git shows: a turn of a model that has to ask for them costs more than they do. */
const MORE_CONTEXT = 7;

/** The numbers of the first line of the hunk on both sides; of a range of no lines, those that the next line has. */
const firstLines = ({ oldStart, oldCount, newStart, newCount }: Hunk): { old: number; now: number } => ({
  old: oldCount === 0 ? oldStart + 1 : oldStart,
  now: newCount === 0 ? newStart + 1 : newStart,
});

/** Unchanged lines by their numbers in the new file. `shift`: how much higher their old numbers are. */
function contextLines(from: number, to: number, shift: number, sides: Sides): ShownLine[] {
  const lines: ShownLine[] = [];
  for (let newLine = from; newLine <= to; newLine += 1) {
    const oldLine = newLine + shift;
    lines.push({ kind: 'context', oldLine, newLine, text: lineText(oldLine, newLine, sides) });
  }
  return lines;
}

/** A line by its numbers, 0 where it is not. One that is on both sides is shown only as both may show it. */
function lineText(oldLine: number, newLine: number, { old, now }: Sides): string {
  const before = oldLine === 0 ? undefined : old.redacted[oldLine - 1];
  const after = newLine === 0 ? undefined : now.redacted[newLine - 1];
  if ((oldLine > 0 && before === undefined) || (newLine > 0 && after === undefined)) {
    throw new RangeError(
      `the text has no old line ${oldLine} or no new line ${newLine}: the hunk is not its`,
    );
  }
  if (before === undefined || before === after) return after ?? '';
  if (after === undefined || after === now.raw[newLine - 1]) return before;
  return before === old.raw[oldLine - 1] ? after : '[secret: line withheld]';
}

/** Only what differs, of a text whose lines git does not know. */
function hunkOfLines(file: ReviewedFile, { old, now }: Sides): ShownHunk {
  const removed = file.removed.flatMap(({ number }) => {
    const text = old.redacted[number - 1];
    return text === undefined ? [] : [{ kind: 'removed' as const, oldLine: number, newLine: 0, text }];
  });
  const added = file.added.flatMap(({ number }) => {
    const text = now.redacted[number - 1];
    return text === undefined ? [] : [{ kind: 'added' as const, oldLine: 0, newLine: number, text }];
  });
  return { section: '', lines: [...removed, ...added] };
}

/**
 * What git prints behind a hunk's `@@` is a line of the old file, cut at 80 bytes: perhaps in the middle of a secret. So
 * the line itself is looked up and shown redacted, and nothing when it is not found. To be asked hunk by hunk, in order.
 */
function sectionFinder({ raw, redacted }: Side): (hunk: Hunk) => string {
  let [searched, known, shown] = [0, '', ''];
  return (hunk) => {
    const section = hunk.section.replace(/[\s\ufffd]+$/, '');
    const from = Math.min(hunk.oldStart, raw.length);
    for (let line = from; line > searched && section !== ''; line -= 1) {
      if (!raw[line - 1]?.includes(section)) continue;
      [known, shown] = [section, (redacted[line - 1] ?? '').trim().slice(0, LONGEST_SECTION)];
      break;
    }
    searched = Math.max(searched, from);
    // Not since the last hunk: then it is what that one is in, or cannot be known.
    return known === section ? shown : '';
  };
}

/** Characters of a line that says what others are in. */
export const LONGEST_SECTION = 120;
