import * as z from 'zod/mini';
import { type Tool, ToolFailure } from '../agent/tool.ts';
import { encodePath, type RepoPath } from '../change/path.ts';
import type { Snapshot, TreeEntry } from '../change/snapshot.ts';
import { wildmatch } from '../change/wildmatch.ts';
import { findEntry } from './find-entry.ts';
import { anyDepth, globInput } from './glob-input.ts';
import { pathInput } from './path-input.ts';
import { meantPath, shownPath } from './shown-path.ts';

const input = z.strictObject({
  folder: z.optional(pathInput('The folder, from the top of the repository. Default: the top.')),
  depth: z.optional(
    z.int().check(z.gte(1), z.lte(2), z.describe('2 also lists what is in its folders. Default: 1.')),
  ),
  glob: z.optional(globInput('Only what matches: "*.test.ts" at any depth, "src/*/index.ts" from the top.')),
});

const MOST_ENTRIES = 500;
const MARKS: Readonly<Record<TreeEntry['kind'], string>> = {
  file: '',
  folder: '/',
  symlink: ' (symbolic link)',
  submodule: ' (submodule)',
};

/** Lists folders of the snapshot. */
export function createListFiles(snapshot: Snapshot): Tool<z.infer<typeof input>> {
  return {
    name: 'list_files',
    description:
      'Lists the files and folders in a folder, as they are after the change, with their paths from the top of the repository. Use it to find out where something is; to find code, use search.',
    input,
    effect: 'read',
    paths: ({ folder, glob }) => [folder, glob].filter((path) => path !== undefined),
    async run({ folder: named = '', depth = 1, glob }, { signal }) {
      const folder = meantPath(named);
      const kind = await findEntry(snapshot, folder);
      const place = folder === '' ? 'the top of the repository' : shownPath(folder);
      if (kind === null) throw new ToolFailure(`There is no folder ${place}.`);
      if (kind !== 'folder') throw new ToolFailure(`${place} is no folder: use read_file.`);
      const matches = glob === undefined ? () => true : globMatcher(glob);
      const found: string[] = [];
      let left = 0;
      for await (const { path, kind } of walk(snapshot, folder, depth)) {
        signal.throwIfAborted();
        if (!matches(path)) continue;
        if (found.length < MOST_ENTRIES) found.push(`${shownPath(path)}${MARKS[kind]}`);
        else left += 1;
      }
      if (left > 0) found.push(`[${left} more: name a folder in it, or a glob]`);
      return { content: found.length === 0 ? `Nothing in ${place}.` : found.join('\n') };
    },
  };
}

async function* walk(
  snapshot: Snapshot,
  folder: RepoPath,
  depth: number,
): AsyncGenerator<{ path: RepoPath; kind: TreeEntry['kind'] }> {
  const entries = [...(await snapshot.list(folder))].sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const { name, kind } of entries) {
    const path = folder === '' ? name : `${folder}/${name}`;
    yield { path, kind };
    if (kind === 'folder' && depth > 1) yield* walk(snapshot, path, depth - 1);
  }
}

/** By git's own rules, as `search` has them; never backtracks. */
function globMatcher(glob: string): (path: RepoPath) => boolean {
  const matches = wildmatch(encodePath(anyDepth(glob)).toString('latin1'));
  return (path) => matches(encodePath(path).toString('latin1'));
}
