import { runGit } from './run-git.ts';

/** A part of a diff. */
export interface ShownHunk {
  /** The line `@@ … @@`. */
  readonly header: string;
  readonly oldStart: number;
  readonly newStart: number;
  /** One of ` `, `+`, `-` for each line. */
  readonly kinds: string;
  /** The lines, each with its kind in front. */
  readonly lines: readonly string[];
}

export interface ShownFile {
  /** Of the new side; of the old side when it was deleted. */
  readonly path: string;
  readonly oldPath: string;
  readonly hunks: readonly ShownHunk[];
}

/** What GitHub shows of a pull request: files by their new path. */
export type ShownDiff = ReadonlyMap<string, ShownFile>;

/** The diff between two commits of a bare repository, by git alone: this knows nothing of what it is there to test. */
export async function readShownDiff(path: string, base: string, head: string): Promise<ShownDiff> {
  return parseDiff(await runGit(path, ['diff', ...DIFF_OPTIONS, '-U3', base, head, '--']));
}

/** As above without context: which lines of the one commit are where in the other. */
export async function readLineMoves(path: string, from: string, to: string): Promise<ShownDiff> {
  return parseDiff(await runGit(path, ['diff', ...DIFF_OPTIONS, '-U0', from, to, '--']));
}

const DIFF_OPTIONS = [
  '--raw',
  '-p',
  '-z',
  '-M',
  '--no-color',
  '--no-ext-diff',
  '--no-textconv',
  '--full-index',
];

/**
 * Reads `git diff --raw -z -p`. The names are those of the raw part, which quotes nothing; the patches follow in the same
 * order (a change of type has two). What a hunk has is counted, so content that looks like a header is content.
 */
export function parseDiff(output: Buffer): ShownDiff {
  const files = new Map<string, ShownFile>();
  const entries: { path: string; oldPath: string; patches: number }[] = [];
  let at = 0;
  const field = () => {
    const end = output.indexOf(0, at);
    const text = output.toString('utf8', at, end);
    at = end + 1;
    return text;
  };
  while (output[at] === 0x3a) {
    const status = field().split(' ').at(-1) ?? '';
    const oldPath = field();
    const path = /^[RC]/.test(status) ? field() : oldPath;
    entries.push({ path, oldPath, patches: status.startsWith('T') ? 2 : 1 });
  }
  if (output[at] === 0) at += 1;
  const lines = output.toString('utf8', at).split('\n');
  let line = 0;
  for (const { path, oldPath, patches } of entries) {
    const hunks: ShownHunk[] = [];
    for (let left = patches; left > 0; left -= 1) {
      while (line < lines.length && !lines[line]?.startsWith('diff --git ')) line += 1;
      line += 1;
      while (line < lines.length && !lines[line]?.startsWith('diff --git ')) {
        const header = HUNK.exec(lines[line] ?? '');
        if (header === null) {
          line += 1;
          continue;
        }
        let [old, added] = [Number(header[2] ?? 1), Number(header[4] ?? 1)];
        const first = line + 1;
        let kinds = '';
        for (line = first; old > 0 || added > 0 || lines[line]?.startsWith('\\'); line += 1) {
          const kind = lines[line]?.[0] ?? '';
          if (kind === '\\') continue;
          if (kind !== '+') old -= 1;
          if (kind !== '-') added -= 1;
          kinds += kind;
        }
        hunks.push({
          header: lines[first - 1] ?? '',
          oldStart: Number(header[1]),
          newStart: Number(header[3]),
          kinds,
          lines: lines.slice(first, line).filter((one) => !one.startsWith('\\')),
        });
      }
    }
    // No JSON can name a path that is not UTF-8.
    if (!path.includes('\uFFFD')) files.set(path, { path, oldPath, hunks });
  }
  return files;
}

const HUNK = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/;
