import * as z from 'zod/mini';
import { type Tool, ToolFailure } from '../agent/tool.ts';
import type { ChangeSet, FileChange } from '../change/change-set.ts';
import type { Hunk } from '../change/hunk.ts';
import { pathInput } from './path-input.ts';
import { meantPath, shownPath } from './shown-path.ts';
import { shownLine } from './text-lines.ts';

const input = z.strictObject({ path: pathInput('A file of this change, from the top of the repository.') });

const MOST_NAMES = 100;

/** Shows what the change does to one of its files. */
export function createFileDiff(change: ChangeSet): Tool<z.infer<typeof input>> {
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
        content: [describe(file), ...showHunks(file)].join('\n'),
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

function showHunks({ hunks, unread }: FileChange): string[] {
  if (hunks === null) return [`Its diff was not read: ${unread ?? 'unknown'}.`];
  if (hunks.length === 0) return ['No line of it changed.'];
  if (hunks.some(({ body }) => body.includes(0))) return ['It is binary. Its diff is not shown.'];
  return hunks.flatMap((hunk) => [header(hunk), ...linesOf(hunk)]);
}

const header = ({ oldStart, oldCount, newStart, newCount, section }: Hunk): string =>
  shownLine(`@@ -${oldStart},${oldCount} +${newStart},${newCount} @@ ${section}`.trimEnd());

const linesOf = ({ body }: Hunk): string[] =>
  body
    .toString('utf8')
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => shownLine(line.endsWith('\r') ? line.slice(0, -1) : line));
