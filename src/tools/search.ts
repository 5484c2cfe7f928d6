import * as z from 'zod/mini';
import { type Tool, ToolFailure } from '../agent/tool.ts';
import type { RepoPath } from '../change/path.ts';
import type { Snapshot } from '../change/snapshot.ts';
import { findEntry } from './find-entry.ts';
import { anyDepth, globInput } from './glob-input.ts';
import { readWithinLimit } from './read-within-limit.ts';
import { shownPath } from './shown-path.ts';
import { shownLine, textLines } from './text-lines.ts';

/** Finds the lines of a tree that match. Implemented in `git/search-tree`. */
export type FindLines = (query: LineQuery, signal: AbortSignal) => Promise<FoundLines>;

export interface LineQuery {
  /** Without newlines and NUL: it is an argument of a program. */
  readonly pattern: string;
  /** A regular expression; else the text itself. */
  readonly regex: boolean;
  readonly ignoreCase: boolean;
  /** From the top, by git's rules for globs. Empty: everywhere. */
  readonly globs: readonly string[];
  /** Ends when so many lines were found. */
  readonly most: number;
}

/** Rejects with a ToolFailure for an expression that is none, or that takes too much. */
export interface FoundLines {
  readonly places: readonly { readonly path: RepoPath; readonly line: number }[];
  /** Why there may be more. */
  readonly stopped: 'most' | 'time' | null;
}

const input = z.strictObject({
  pattern: z
    .string()
    .check(
      z.minLength(1),
      z.maxLength(500),
      z.regex(/^[^\n\0]*$/, { error: 'must be within one line' }),
      z.describe('The text to find, within one line.'),
    ),
  regex: z.optional(
    z.boolean().check(z.describe('The pattern is a Perl-compatible regular expression. Default: false.')),
  ),
  ignore_case: z.optional(z.boolean().check(z.describe('Default: false.'))),
  paths: z.optional(
    z
      .array(globInput('"src/**" from the top, "*.ts" at any depth.'))
      .check(z.maxLength(20), z.describe('Only in files that match one of these globs.')),
  ),
  context: z.optional(
    z.int().check(z.gte(0), z.lte(10), z.describe('Lines to show before and after each line. Default: 0.')),
  ),
});

const MOST_MATCHES = 100;

/** Searches the snapshot's files. Where the lines are is asked of `findLines`; what is in them, of the snapshot. */
export function createSearch(snapshot: Snapshot, findLines: FindLines): Tool<z.infer<typeof input>> {
  return {
    name: 'search',
    description:
      'Finds lines in the files as they are after the change: where a function is defined, who calls it, how others do it. Answers paths, line numbers and lines; those that matched have a ">" in front.',
    input,
    effect: 'read',
    paths: ({ paths = [] }) => paths,
    async run(
      { pattern, regex = false, ignore_case: ignoreCase = false, paths = [], context = 0 },
      { signal },
    ) {
      const query = { pattern, regex, ignoreCase, globs: paths.map(anyDepth), most: MOST_MATCHES };
      const { places: found, stopped } = await findLines(query, signal);
      const byFile = await listedFiles(snapshot, groupByPath(found));
      const parts: string[] = [];
      for (const [path, lines] of byFile) parts.push(await showFile(snapshot, path, lines, context));
      if (stopped === 'most')
        parts.push(`[Only the first ${found.length} lines. Narrow the pattern, or name paths.]`);
      if (stopped === 'time')
        parts.push(
          '[Stopped: it took too long, and there may be more. Use a simpler pattern, or name paths.]',
        );
      if (parts.length === 0) parts.push('No line matches.');
      return {
        content: parts.join('\n\n'),
        details: { matches: [...byFile.values()].flat().length, files: byFile.size, stopped },
        more: 'Narrow the pattern, or name paths.',
      };
    },
  };
}

function groupByPath(places: FoundLines['places']): Map<RepoPath, number[]> {
  const groups = new Map<RepoPath, number[]>();
  for (const { path, line } of places) groups.set(path, [...(groups.get(path) ?? []), line]);
  return groups;
}

/** Of a file that the snapshot does not list, not even the name is told: it may keep some from a model. */
async function listedFiles(
  snapshot: Snapshot,
  byFile: ReadonlyMap<RepoPath, number[]>,
): Promise<Map<RepoPath, number[]>> {
  const listed = new Map<RepoPath, number[]>();
  for (const [path, lines] of byFile) if ((await findEntry(snapshot, path)) !== null) listed.set(path, lines);
  return listed;
}

async function showFile(
  snapshot: Snapshot,
  path: RepoPath,
  matched: readonly number[],
  context: number,
): Promise<string> {
  const name = shownPath(path);
  const lines = await linesOf(snapshot, path);
  if (typeof lines === 'string') return `${name}: ${matched.length} lines, not shown: ${lines}`;
  const shown = new Set<number>();
  for (const number of matched)
    for (let near = number - context; near <= number + context; near += 1) shown.add(near);
  const isMatch = new Set(matched);
  const rows: string[] = [name];
  let previous = 0;
  for (const number of [...shown].sort((a, b) => a - b)) {
    const line = lines[number - 1];
    if (line === undefined) continue;
    if (context > 0 && previous > 0 && number > previous + 1) rows.push('…');
    rows.push(`${isMatch.has(number) ? '>' : ' '}${number}\t${shownLine(line)}`);
    previous = number;
  }
  return rows.join('\n');
}

async function linesOf(snapshot: Snapshot, path: RepoPath): Promise<readonly string[] | string> {
  try {
    const bytes = await readWithinLimit(snapshot, path);
    return (bytes === null ? null : textLines(bytes)?.lines) ?? 'it is binary';
  } catch (error) {
    if (error instanceof ToolFailure) return error.message;
    throw error;
  }
}
