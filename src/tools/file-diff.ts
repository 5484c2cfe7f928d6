import * as z from 'zod/mini';
import { type Tool, ToolFailure } from '../agent/tool.ts';
import type { ChangeSet, FileChange } from '../change/change-set.ts';
import { type Hunk, hunkLines } from '../change/hunk.ts';
import type { RepoPath } from '../change/path.ts';
import type { Snapshot } from '../change/snapshot.ts';
import { pathInput } from './path-input.ts';
import { readWithinLimit } from './read-within-limit.ts';
import { meantPath, shownPath } from './shown-path.ts';
import { shownLine, textLines } from './text-lines.ts';

const input = z.strictObject({ path: pathInput('A file of this change, from the top of the repository.') });

const MOST_NAMES = 100;

/**
 * Shows what the change does to one of its files. What is in the lines is asked of the snapshots: those that a model may
 * read have no secrets in them, and nobody can tell from a hunk alone that it is the middle of a key.
 */
export function createFileDiff(
  change: ChangeSet,
  before: Snapshot,
  after: Snapshot,
): Tool<z.infer<typeof input>> {
  return {
    name: 'file_diff',
    description:
      'Shows the diff of another file of the same change, as git writes it. Use it to see whether callers, tests or other halves of a change were changed with it.',
    input,
    effect: 'read',
    paths: ({ path }) => [path],
    async run({ path: named }) {
      const path = meantPath(named);
      const file =
        change.files.find((one) => one.path === path) ?? change.files.find((one) => one.oldPath === path);
      if (file === undefined)
        throw new ToolFailure(`This change does not touch ${shownPath(path)}. ${touched(change)}`);
      return {
        content: [describe(file), ...(await showHunks(file, before, after))].join('\n'),
        details: { path: file.path },
        more: 'read_file with start_line shows the rest of the file as it is after the change.',
      };
    },
  };
}

function touched({ files }: ChangeSet): string {
  const names = files.slice(0, MOST_NAMES).map(({ path }) => shownPath(path));
  const left = files.length - names.length;
  return `It touches: ${names.join(', ')}${left > 0 ? ` and ${left} more` : ''}.`;
}

function describe({ path, oldPath, status, before, after }: FileChange): string {
  const notes = [
    status,
    ...(oldPath === path ? [] : [`was ${shownPath(oldPath)}`]),
    ...(before && after && before.mode !== after.mode ? [`mode ${before.mode}, now ${after.mode}`] : []),
  ];
  return `${shownPath(path)} (${notes.join(', ')})`;
}

async function showHunks(file: FileChange, before: Snapshot, after: Snapshot): Promise<string[]> {
  const { hunks, unread } = file;
  if (hunks === null) return [`Its diff was not read: ${unread ?? 'unknown'}.`];
  if (hunks.length === 0) return ['No line of it changed.'];
  if (hunks.some(({ body }) => body.includes(0))) return ['It is binary. Its diff is not shown.'];
  const old = file.before === null ? [] : await linesOf(before, file.oldPath);
  const now = file.after === null ? [] : await linesOf(after, file.path);
  return hunks.flatMap((hunk) => [header(hunk, old), ...showHunk(hunk, old, now)]);
}

async function linesOf(snapshot: Snapshot, path: RepoPath): Promise<readonly string[]> {
  const bytes = await readWithinLimit(snapshot, path);
  return (bytes === null ? null : textLines(bytes)?.lines) ?? [];
}

/** So far back from a hunk it is looked for what it is in. */
const SECTION_REACH = 2_000;

/** What git says that a hunk is in, is the beginning of a line before it: shown when the snapshot has that too. */
function header({ oldStart, oldCount, newStart, newCount, section }: Hunk, old: readonly string[]): string {
  const near = old.slice(Math.max(0, oldStart - SECTION_REACH), oldStart);
  const known = section !== '' && near.some((line) => line.startsWith(section));
  return `@@ -${oldStart},${oldCount} +${newStart},${newCount} @@${known ? ` ${section}` : ''}`;
}

const MARKERS = { context: ' ', removed: '-', added: '+' } as const;

function* showHunk(hunk: Hunk, old: readonly string[], now: readonly string[]): Generator<string> {
  for (const { kind, oldLine, newLine, bytes } of hunkLines(hunk)) {
    const line = kind === 'removed' ? old[oldLine - 1] : now[newLine - 1];
    yield `${MARKERS[kind]}${line === undefined ? '[not shown]' : shownLine(line)}`;
    if (bytes.at(-1) !== 10) yield '\\ No newline at end of file';
  }
}
