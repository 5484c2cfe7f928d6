import * as z from 'zod/mini';
import type { Tool } from '../agent/tool.ts';
import { changeFiles, type FileChanges, workPath } from './change-files.ts';
import { pathInput } from './path-input.ts';
import { shownPath } from './shown-path.ts';
import { textInput } from './text-input.ts';
import { textLines } from './text-lines.ts';

const input = z.strictObject({
  path: pathInput('The file, from the top of the repository: "src/upload.ts". Folders on the way are made.'),
  content: textInput('All that is in the file then.'),
  executable: z.optional(
    z.boolean().check(z.describe('Whether it may be run. Default: as it was, and of a new file false.')),
  ),
});

/** Makes or replaces a whole file. */
export function createWriteFile(changes: FileChanges): Tool<z.infer<typeof input>> {
  return {
    name: 'write_file',
    description:
      'Makes a file, or replaces all that is in one. To change a part of a file, use edit_file. Says whether the file was there.',
    input,
    effect: 'write',
    paths: ({ path }) => [path],
    run: ({ path: named, content, executable }, { signal }) =>
      changeFiles(changes, signal, async (files) => {
        const path = workPath(named);
        const name = shownPath(path);
        const bytes = Buffer.from(content);
        const before = await files.read(path);
        const same =
          before?.equals(bytes) && [undefined, await files.isExecutable(path)].includes(executable);
        if (same) return { content: `${name} is so already: nothing was changed.` };
        await files.write(path, bytes, executable === undefined ? {} : { executable });
        const details = { path, existed: before !== null };
        if (before === null) return { content: `${name} is new: ${lineCount(bytes)}.`, details };
        const kinds = [lineEnds(before), lineEnds(bytes)];
        const note = kinds[0] !== kinds[1] && !kinds.includes('no') ? ` Its line ends were ${kinds[0]}.` : '';
        return {
          content: `${name} was there, and is replaced: ${lineCount(bytes)}, before ${lineCount(before)}.${note}`,
          details,
        };
      }),
  };
}

function lineCount(bytes: Buffer): string {
  const lines = textLines(bytes)?.lines.length;
  if (lines === undefined) return `${bytes.length} bytes`;
  return lines === 1 ? '1 line' : `${lines} lines`;
}

function lineEnds(bytes: Buffer): 'CRLF' | 'LF' | 'no' {
  if (!bytes.includes('\n')) return 'no';
  return bytes.includes('\r\n') ? 'CRLF' : 'LF';
}
