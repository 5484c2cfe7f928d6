import { nearMiss } from '../near-miss.ts';
import { placeLines, type SoughtLines } from './place-lines.ts';
import type { PatchHunk, PatchLine } from './read-hunk.ts';

/** A file with hunks in it, or why one of them does not fit. */
export type PatchedText =
  | {
      readonly bytes: Buffer;
      /** Of each hunk, the number of the line of the old file where it begins. */
      readonly lines: readonly number[];
    }
  | {
      readonly hunk: number;
      /** For the model: sentences, the first of which begins behind a colon. */
      readonly problem: string;
    };

/**
 * Puts hunks where the lines stand that they speak of, all of them, and there is no other place for them. Where they do not
 * stand there as they are, they are taken as lines of a model that has seen neither carriage returns nor a byte order mark:
 * both stay as the file has them.
 */
export function patchedText(before: Buffer, hunks: readonly PatchHunk[]): PatchedText {
  const file = readLines(before.toString('latin1'));
  const exact = patchLines(file, hunks);
  const plainer = before.includes('\r') || file.text.startsWith(MARK);
  if ('bytes' in exact || !exact.missing || !plainer) return exact;
  return patchLines(readPlainly(file.text), hunks.map(withoutReturns));
}

interface FileLine {
  /** Bytes, a character for each (latin1), without the line end. */
  readonly text: string;
  readonly end: '\n' | '\r\n';
}

interface FileLines {
  readonly text: string;
  readonly mark: string;
  readonly lines: readonly FileLine[];
  /** The last line has its end. */
  readonly ended: boolean;
}

/** A byte order mark of UTF-8, as latin1. */
const MARK = '\xef\xbb\xbf';

function readLines(text: string): FileLines {
  const lines = text.split('\n').map((line): FileLine => ({ text: line, end: '\n' }));
  const ended = lines.at(-1)?.text === '';
  if (ended) lines.pop();
  return { text, mark: '', lines, ended };
}

/** Returns before newlines and the mark aside. A line without an end would have that of the line before. */
function readPlainly(text: string): FileLines {
  const mark = text.startsWith(MARK) ? MARK : '';
  const { lines, ended } = readLines(text.slice(mark.length));
  const plain = lines.map((line, index): FileLine => {
    if (index === lines.length - 1 && !ended)
      return { text: line.text, end: lines[index - 1]?.text.endsWith('\r') ? '\r\n' : '\n' };
    return line.text.endsWith('\r') ? { text: line.text.slice(0, -1), end: '\r\n' } : line;
  });
  return { text, mark, lines: plain, ended };
}

const withoutReturns = ({ header, lines }: PatchHunk): PatchHunk => ({
  header,
  lines: lines.map((line) => ({ ...line, text: line.text.replace(/\r$/, '') })),
});

type Fit = Extract<PatchedText, { bytes: Buffer }>;
/** `missing`: it has no place at all. */
type Misfit = Extract<PatchedText, { hunk: number }> & { readonly missing: boolean };

function patchLines(file: FileLines, hunks: readonly PatchHunk[]): Fit | Misfit {
  const texts = file.lines.map(({ text }) => text);
  const sought = hunks.map(({ lines }): SoughtLines => {
    const old = lines.filter(({ kind }) => kind !== 'added');
    return { lines: old.map(({ text }) => text), atEnd: old.at(-1)?.ended === false };
  });
  const unended = sought.findIndex(({ atEnd }) => atEnd && file.ended);
  if (unended >= 0)
    return {
      ...{ hunk: unended, missing: true },
      problem: 'it says that the last line has no newline at its end, and it has one.',
    };
  const placed = placeLines(texts, sought);
  if (placed.found) return { bytes: put(file, hunks, placed.at), lines: placed.at.map((index) => index + 1) };
  const { which, places } = placed;
  const [one, other] = places;
  if (one !== undefined && other !== undefined)
    return {
      ...{ hunk: which, missing: false },
      problem: `it could be at line ${one + 1} and at line ${other + 1}: give more of the lines around it.`,
    };
  return { hunk: which, missing: true, problem: whyMissing(texts, sought, which) };
}

function whyMissing(texts: readonly string[], sought: readonly SoughtLines[], which: number): string {
  const { lines = [] } = sought[which] ?? {};
  if (lines.length === 0)
    return 'it has no lines of the file: give those before and after what is added, with a space in front.';
  const alone = placeLines(texts, [{ lines, atEnd: false }]);
  if (which > 0 && (alone.found || alone.places.length > 0)) {
    const [at] = alone.found ? alone.at : alone.places;
    return `its lines stand at line ${(at ?? 0) + 1}, which is not behind the hunk before it: the hunks of a file are in the order of its lines.`;
  }
  const decode = (text: string): string => Buffer.from(text, 'latin1').toString().replace(/\r$/, '');
  const near = nearMiss(texts.map(decode), lines.map(decode));
  return `its lines are not in the file as they are. ${near ?? 'Look at the file with read_file.'}`;
}

function put(file: FileLines, hunks: readonly PatchHunk[], places: readonly number[]): Buffer {
  const out: FileLine[] = [];
  let ended = true;
  let at = 0;
  const copyTo = (end: number): void => {
    for (; at < end; at += 1) {
      const line = file.lines[at];
      if (line === undefined) continue;
      out.push(line);
      ended = at < file.lines.length - 1 || file.ended;
    }
  };
  for (const [index, { lines }] of hunks.entries()) {
    copyTo(places[index] ?? 0);
    let end = file.lines[at]?.end ?? '\n';
    for (const line of lines) {
      if (line.kind === 'added') {
        out.push({ text: line.text, end });
        ended = line.ended;
        continue;
      }
      end = file.lines[at]?.end ?? end;
      if (line.kind === 'context') copyTo(at + 1);
      else at += 1;
    }
  }
  copyTo(file.lines.length);
  // A hunk that says nothing of the newline at the end has not seen that there is none.
  if (!file.ended && !hunks.some(({ lines }) => lines.some(saysUnended))) ended = false;
  const body = out.map(({ text, end }, index) => (index < out.length - 1 || ended ? text + end : text));
  return Buffer.from(file.mark + body.join(''), 'latin1');
}

const saysUnended = ({ ended }: PatchLine): boolean => !ended;
