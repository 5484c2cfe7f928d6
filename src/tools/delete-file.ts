import * as z from 'zod/mini';
import type { Tool } from '../agent/tool.ts';
import { changeFiles, type FileChanges, workPath } from './change-files.ts';
import { pathInput } from './path-input.ts';
import { shownPath } from './shown-path.ts';

const input = z.strictObject({ path: pathInput('The file, from the top of the repository.') });

/** Deletes one file. */
export function createDeleteFile(changes: FileChanges): Tool<z.infer<typeof input>> {
  return {
    name: 'delete_file',
    description:
      'Deletes a file, and the folders that are empty then. What names it elsewhere is yours to change.',
    input,
    effect: 'delete',
    paths: ({ path }) => [path],
    run: ({ path: named }, { signal }) =>
      changeFiles(changes, signal, async (files) => {
        const path = workPath(named);
        await files.remove(path);
        return { content: `${shownPath(path)} is deleted.`, details: { path } };
      }),
  };
}
