import * as z from 'zod/mini';
import { type Tool, ToolFailure, type ToolOutput } from '../agent/tool.ts';
import type { RepoPath } from '../change/path.ts';
import type { Snapshot } from '../change/snapshot.ts';
import { findEntry } from './find-entry.ts';
import { lineInput, pathInput } from './path-input.ts';
import { readWithinLimit } from './read-within-limit.ts';
import { meantPath, shownPath } from './shown-path.ts';
import { numberedLine, textLines } from './text-lines.ts';

const input = z.strictObject({
  path: pathInput('The file, from the top of the repository: "src/upload.ts".'),
  start_line: z.optional(lineInput('The first line to show. Default: 1.')),
  end_line: z.optional(lineInput('The last line to show. Default: as many as fit.')),
});

/** Of one call. */
const MOST_LINES = 1_000;

/** Reads files of the snapshot, which is the only thing that it can see: a link's target is told and not followed. */
export function createReadFile(snapshot: Snapshot): Tool<z.infer<typeof input>> {
  return {
    name: 'read_file',
    description:
      'Shows a file as it is after the change, with the number of each line and a tab in front of it. Use it to see the code around a change, or a file that the changed code depends on. A quote never includes the number and the tab.',
    input,
    effect: 'read',
    paths: ({ path }) => [path],
    async run({ path: named, start_line: start = 1, end_line: end = start + MOST_LINES - 1 }) {
      const path = meantPath(named);
      if (end < start) throw new ToolFailure(`end_line (${end}) comes before start_line (${start}).`);
      const bytes = await readRegular(snapshot, path);
      return Buffer.isBuffer(bytes)
        ? showLines(path, bytes, start, Math.min(end, start + MOST_LINES - 1))
        : bytes;
    },
  };
}

/** The file's bytes; of what is no file but is there, what to say of it. */
async function readRegular(snapshot: Snapshot, path: RepoPath): Promise<Buffer | ToolOutput> {
  const kind = await findEntry(snapshot, path);
  if (kind === 'folder') throw new ToolFailure(`${shownPath(path)} is a folder: use list_files.`);
  if (kind === 'submodule')
    return { content: `${shownPath(path)} is a submodule: another repository, which is not here.` };
  const bytes = kind === null ? null : await readWithinLimit(snapshot, path);
  if (bytes === null)
    throw new ToolFailure(`There is no file ${shownPath(path)}. list_files shows what there is.`);
  if (kind === 'file') return bytes;
  const target = JSON.stringify(bytes.toString('utf8').slice(0, 4096));
  return { content: `${shownPath(path)} is a symbolic link to ${target}. It is not followed.` };
}

function showLines(path: RepoPath, bytes: Buffer, start: number, wanted: number): ToolOutput {
  const name = shownPath(path);
  if (bytes.length === 0) return { content: `${name} is empty.` };
  const text = textLines(bytes);
  if (text === null)
    return { content: `${name} is binary (${bytes.length} bytes). Its content is not shown.` };
  const { lines, crlf, ended } = text;
  if (start > lines.length) throw new ToolFailure(`${name} has only ${lines.length} lines.`);
  const end = Math.min(wanted, lines.length);
  const notes = [crlf ? 'CRLF line ends' : '', ended ? '' : 'no newline at the end'].filter(Boolean);
  const shown = lines.slice(start - 1, end).map((line, index) => numberedLine(start + index, line));
  return {
    content: [
      [`${name}: lines ${start}-${end} of ${lines.length}`, ...notes].join(', '),
      ...shown,
      ...(end < lines.length ? [`[To read on: start_line ${end + 1}]`] : []),
    ].join('\n'),
    details: { path, startLine: start, endLine: end },
    more: 'To read on: start_line, with the number behind that of the last line shown.',
  };
}
