import * as z from 'zod/mini';
import { type Tool, ToolFailure, type ToolOutput } from '../agent/tool.ts';
import type { ChangeSet } from '../change/change-set.ts';
import type { RepoPath } from '../change/path.ts';
import { lineInput, pathInput } from './path-input.ts';
import { meantPath, shownPath } from './shown-path.ts';
import { numberedLine, shownLine } from './text-lines.ts';

/** What was before a change. Implemented in `git/history`. What it cannot find, rejects with a ToolFailure. */
export interface History {
  /** The last commits that changed a file, newest first, across its renames. */
  log(path: RepoPath, most: number, signal: AbortSignal): Promise<readonly Commit[]>;
  /** Which commit each line is from. A range that ends behind the file ends with it. */
  blame(path: RepoPath, from: number, to: number, signal: AbortSignal): Promise<readonly BlamedLine[]>;
  /** One commit of the history, by the beginning of its id. */
  show(id: string, signal: AbortSignal): Promise<ShownCommit>;
}

export interface Commit {
  readonly id: string;
  /** `2026-02-28` */
  readonly date: string;
  /** The first line of its message. */
  readonly subject: string;
}

export interface BlamedLine {
  readonly number: number;
  readonly text: string;
  readonly commit: Commit;
}

export interface ShownCommit extends Commit {
  readonly message: string;
  readonly files: readonly CommitFile[];
}

export interface CommitFile {
  readonly path: RepoPath;
  /** Lines; null when git takes the file for binary. */
  readonly added: number | null;
  readonly removed: number | null;
}

const input = z.strictObject({
  what: z
    .enum(['log', 'blame', 'show'])
    .check(
      z.describe(
        'log: the last commits that changed `path`. blame: which commit each line of `path` is from. show: message and files of `commit`.',
      ),
    ),
  path: z.optional(pathInput('For log and blame: the file, from the top of the repository.')),
  start_line: z.optional(lineInput('For blame: the first line, as numbered before the change.')),
  end_line: z.optional(lineInput('For blame: the last line.')),
  commit: z.optional(
    z
      .string()
      .check(z.regex(/^[0-9a-f]{7,64}$/), z.describe('For show: a commit id, as log and blame give it.')),
  ),
});
type HistoryInput = z.infer<typeof input>;

const MOST_COMMITS = 20;
const MOST_LINES = 200;
const MOST_FILES = 100;
const MOST_MESSAGE = 4_000;

/** Tells what was before the change. `history` null: nothing was. */
export function createHistoryTool(history: History | null, change: ChangeSet): Tool<HistoryInput> {
  return {
    name: 'history',
    description:
      'Tells about the commits before this change: why a line is as it is, and whether it was like the new one before. Lines are numbered as they were before the change.',
    input,
    effect: 'read',
    paths: ({ path }) => (path === undefined ? [] : [path]),
    async run(asked, { signal }) {
      if (history === null) throw new ToolFailure('There is no commit before this change.');
      if (asked.what === 'show') return showCommit(await history.show(needed(asked, 'commit'), signal));
      const path = pathBefore(meantPath(needed(asked, 'path')), change);
      return asked.what === 'log'
        ? showLog(path, await history.log(path, MOST_COMMITS, signal))
        : showBlame(path, await history.blame(path, ...lineRange(asked), signal));
    },
  };
}

function needed(asked: HistoryInput, key: 'commit' | 'path'): string {
  const value = asked[key];
  if (value === undefined) throw new ToolFailure(`"${asked.what}" needs ${key}.`);
  return value;
}

/** The history does not know yet what the change has named anew. */
function pathBefore(path: RepoPath, { files }: ChangeSet): RepoPath {
  const file = files.find((one) => one.path === path);
  if (file !== undefined && file.before === null)
    throw new ToolFailure(`${shownPath(path)} is new in this change: it has no history.`);
  return file?.oldPath ?? path;
}

function lineRange({ start_line: from, end_line: to }: HistoryInput): [number, number] {
  if (from === undefined) throw new ToolFailure('"blame" needs start_line.');
  if (to !== undefined && to < from)
    throw new ToolFailure(`end_line (${to}) comes before start_line (${from}).`);
  return [from, Math.min(to ?? from, from + MOST_LINES - 1)];
}

const named = ({ id, date, subject }: Commit): string => shownLine(`${id.slice(0, 12)} ${date} ${subject}`);

function showLog(path: RepoPath, commits: readonly Commit[]): ToolOutput {
  if (commits.length === 0)
    throw new ToolFailure(`No commit before this change has a file ${shownPath(path)}.`);
  const more = commits.length === MOST_COMMITS ? ['[Older ones are not shown.]'] : [];
  return { content: [`${shownPath(path)}, newest first:`, ...commits.map(named), ...more].join('\n') };
}

function showBlame(path: RepoPath, lines: readonly BlamedLine[]): ToolOutput {
  const rows = lines.flatMap(({ number, text, commit }, index) => [
    ...(lines[index - 1]?.commit.id === commit.id ? [] : [named(commit)]),
    numberedLine(number, text),
  ]);
  return {
    content: [`${shownPath(path)}, before the change:`, ...rows].join('\n'),
    more: 'Ask for fewer lines.',
  };
}

function showCommit({ message, files, ...commit }: ShownCommit): ToolOutput {
  const listed = files
    .slice(0, MOST_FILES)
    .map(
      ({ path, added, removed }) =>
        `${added === null ? 'binary' : `+${added} -${removed}`}\t${shownPath(path)}`,
    );
  const left = files.length - listed.length;
  return {
    content: [
      `${commit.id} ${commit.date}`,
      message.length > MOST_MESSAGE ? `${message.slice(0, MOST_MESSAGE)}…` : message,
      ...listed,
      ...(left > 0 ? [`[${left} more files]`] : []),
    ].join('\n'),
  };
}
