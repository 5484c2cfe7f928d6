import * as z from 'zod/mini';
import type { Tool } from '../agent/tool.ts';
import { changeFiles, type FileChanges, workPath } from './change-files.ts';
import { pathInput } from './path-input.ts';
import { shownPath } from './shown-path.ts';

const input = z.strictObject({
  from: pathInput('The file, from the top of the repository.'),
  to: pathInput('Where it is then, from the top of the repository. Folders on the way are made.'),
});

/** Moves a file, with its mode. */
export function createMoveFile(changes: FileChanges): Tool<z.infer<typeof input>> {
  return {
    name: 'move_file',
    description:
      'Moves or renames a file. Nothing may be where it is moved to. What names it elsewhere is yours to change: use search.',
    input,
    effect: 'write',
    paths: ({ from, to }) => [from, to],
    run: (named, { signal }) =>
      changeFiles(changes, signal, async (files) => {
        const [from, to] = [workPath(named.from), workPath(named.to)];
        await files.move(from, to);
        return { content: `${shownPath(from)} is ${shownPath(to)} now.`, details: { from, to } };
      }),
  };
}
