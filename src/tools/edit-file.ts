import * as z from 'zod/mini';
import { type Tool, ToolFailure } from '../agent/tool.ts';
import { changeFiles, type FileChanges, workPath } from './change-files.ts';
import { checkEditable } from './check-editable.ts';
import { type ByteRange, crlfAt, type FoundText, findText } from './find-text.ts';
import { lineNumbers, linesAround } from './lines-around.ts';
import { nearMiss } from './near-miss.ts';
import { pathInput } from './path-input.ts';
import { shownPath } from './shown-path.ts';
import { textInput } from './text-input.ts';
import { textLines } from './text-lines.ts';

const input = z.strictObject({
  path: pathInput('The file, from the top of the repository: "src/upload.ts".'),
  old_text: textInput(
    'What is replaced, character for character as it stands in the file, without the numbers that read_file puts in front. With as many lines around it as it takes to stand there once.',
    1,
  ),
  new_text: textInput('What stands there then. Empty: old_text is taken away.'),
  all: z.optional(z.boolean().check(z.describe('Replaces it wherever it stands. Default: false.'))),
});

/** Of the places of an ambiguous text, so many are told. */
const TOLD = 20;

/** Replaces an exact text in a file. Line ends and a byte order mark stay as the file has them. */
export function createEditFile(changes: FileChanges): Tool<z.infer<typeof input>> {
  return {
    name: 'edit_file',
    description:
      'Replaces a text in a file. The text must stand there once, unless all is set. Line ends are written as newlines, and become those of the file. Answers with the lines around the change, numbered.',
    input,
    effect: 'write',
    paths: ({ path }) => [path],
    run: ({ path: named, old_text: oldText, new_text: newText, all = false }, { signal }) =>
      changeFiles(changes, signal, async (files) => {
        const path = workPath(named);
        const name = shownPath(path);
        const bytes = await files.read(path);
        if (bytes === null) throw new ToolFailure(`There is no file ${name}. write_file makes one.`);
        checkEditable(name, bytes);
        const found = findPlaces(name, bytes, oldText, all);
        const after = replacePlaces(bytes, found, newText, files.maxBytes);
        if (after === null)
          throw new ToolFailure(`${name} would have more than ${files.maxBytes} bytes: too much.`);
        if (after.bytes.equals(bytes))
          throw new ToolFailure(`Nothing was changed: ${name} has new_text there.`);
        await files.write(path, after.bytes);
        const { length } = after.places;
        const count = length === 1 ? '1 place' : `${length} places`;
        const now =
          after.bytes.length === 0
            ? 'It is empty now.'
            : `The lines are now:\n${linesAround(after.bytes, after.places)}`;
        return {
          content: `${name}: ${count} changed. ${now}`,
          details: { path, places: length },
        };
      }),
  };
}

/** Throws a ToolFailure when the text does not stand there, or more than once and not all are meant. */
function findPlaces(name: string, bytes: Buffer, text: string, all: boolean): FoundText {
  const most = all ? Number.POSITIVE_INFINITY : TOLD + 1;
  const found = findText(bytes, text, { overlapping: !all, most });
  const { length } = found.places;
  if (length === 0) {
    const near = nearMiss(textLines(bytes)?.lines ?? [], text.split('\n'));
    throw new ToolFailure(`old_text is not in ${name}. ${near ?? 'Look at the file with read_file.'}`);
  }
  if (length > 1 && !all) {
    const lineOf = lineNumbers(bytes);
    const lines = new Set(found.places.slice(0, TOLD).map(({ start }) => lineOf(start)));
    const more = length > TOLD ? ' and more' : '';
    throw new ToolFailure(
      `old_text stands in ${name} more than once: lines ${[...lines].join(', ')}${more}. Put more of what is around it into old_text, or set all.`,
    );
  }
  return found;
}

interface Replaced {
  readonly bytes: Buffer;
  /** Where the text is in them. */
  readonly places: readonly ByteRange[];
}

/** Puts a text in these places, with the line ends that each has. Null: it would be too large. */
function replacePlaces(
  bytes: Buffer,
  { places, exact }: FoundText,
  text: string,
  maxBytes: number,
): Replaced | null {
  const plain = Buffer.from(exact ? text : text.replaceAll('\r\n', '\n'));
  const returned = exact ? plain : Buffer.from(text.replace(/\r?\n/g, '\r\n'));
  const isCrlf = crlfAt(bytes);
  const texts = places.map(({ start }) => (isCrlf(start) ? returned : plain));
  const size = places.reduce(
    (sum, { start, end }, index) => sum - (end - start) + (texts[index]?.length ?? 0),
    bytes.length,
  );
  if (size > maxBytes) return null;
  const after = Buffer.alloc(size);
  const now: ByteRange[] = [];
  let [at, length] = [0, 0];
  for (const [index, place] of places.entries()) {
    length += bytes.copy(after, length, at, place.start);
    const start = length;
    length += texts[index]?.copy(after, length) ?? 0;
    now.push({ start, end: length });
    at = place.end;
  }
  bytes.copy(after, length, at);
  return { bytes: after, places: now };
}
