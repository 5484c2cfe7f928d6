import { type BlobRef, type FileChange, isSubmodule, isSymlink } from '../change/change-set.ts';
import { applyHunks, type Hunk } from '../change/hunk.ts';
import type { ContentKind, Line, ReviewedFile } from './check.ts';

/** Reads a blob by its object id. */
export type ReadBlob = (oid: string) => Promise<Buffer>;

/**
 * A changed file as the checks see it. Its lines are decoded when they are first asked for.
 * `others`: of a merge, the same file's changes against the other parents. A line counts as added when no parent
 * has it, as in a combined diff (git-diff-tree(1), `-c`). `room`: where it keeps what it has decoded; with one for all,
 * each file takes it from the one before, so that a large change is not in memory as a whole.
 */
export async function openReviewedFile(
  change: FileChange,
  generated: boolean,
  readBlob: ReadBlob,
  others: readonly FileChange[] = [],
  room: Room = createRoom(),
): Promise<ReviewedFile> {
  const once = keptIn(room);
  const content = await contentOf(change, readBlob);
  // A parent whose file was not read is not known to have any of the lines.
  const read = others.filter(({ hunks }) => hunks !== null);
  const parents = await Promise.all(read.map((other) => contentOf(other, readBlob)));
  const lines = once(() => {
    const { added, removed } = content.lines();
    const elsewhere = parents.map((parent) => new Set(parent.lines().added.map(numberOf)));
    return { added: added.filter((line) => elsewhere.every((numbers) => numbers.has(line.number))), removed };
  });
  const addedText = once(() =>
    lines()
      .added.map((line) => line.text)
      .join('\n'),
  );
  const after = once(() => content.text(change.after));
  const before = once(() => content.text(change.before));
  return {
    path: change.path,
    change,
    kind: content.kind,
    generated,
    get added() {
      return lines().added;
    },
    get addedText() {
      return addedText();
    },
    get removed() {
      return lines().removed;
    },
    after,
    before,
  };
}

interface Content {
  readonly kind: ContentKind;
  lines(): Lines;
  text(blob: BlobRef | null): Promise<string | null>;
}

interface Lines {
  readonly added: Line[];
  readonly removed: Line[];
}

const numberOf = (line: Line): number => line.number;

/** Room for what one file has decoded. */
export interface Room {
  owner: object | null;
  values: Map<object, unknown>;
}

export const createRoom = (): Room => ({ owner: null, values: new Map() });

/** Makes a value when it is first asked for, and again when another file has taken the room meanwhile. */
function keptIn(room: Room) {
  const owner = {};
  return <T>(make: () => T): (() => T) =>
    () => {
      if (room.owner !== owner) {
        room.owner = owner;
        room.values = new Map();
      }
      if (!room.values.has(make)) room.values.set(make, make());
      // Of the type that it was put in with.
      return room.values.get(make) as T;
    };
}

/** Decides by content what a file is. Only a NUL in the diff makes it look further than the diff. */
async function contentOf(change: FileChange, readBlob: ReadBlob): Promise<Content> {
  const hunks = change.hunks ?? [];
  const side = change.after ?? change.before;
  // All of a new file is in its hunks: git need not be asked for it again.
  const read = (blob: BlobRef): Buffer | Promise<Buffer> =>
    change.before === null ? applyHunks(Buffer.alloc(0), hunks) : readBlob(blob.oid);
  const text = (decode: (bytes: Buffer) => string | null) => async (blob: BlobRef | null) =>
    blob === null || change.hunks === null || isSubmodule(blob) ? null : decode(await read(blob));

  if (isSubmodule(side)) {
    return { kind: 'submodule', lines: () => ({ added: [], removed: [] }), text: async () => null };
  }
  if (isSymlink(side) || !hunks.some((hunk) => hunk.body.includes(0))) {
    const kind = isSymlink(side) ? 'symlink' : 'text';
    return { kind, lines: () => decodeHunks(hunks, 'utf8'), text: text(utf8) };
  }
  const [before, after] = await Promise.all(
    [change.before, change.after].map((blob) => blobOf(blob, readBlob)),
  );
  const [old, now] = [before, after].map((bytes) => (bytes ? decodeText(bytes) : null));
  if ((change.after === null ? old : now) == null) {
    return { kind: 'binary', lines: () => decodeHunks(hunks, 'latin1'), text: text(decodeText) };
  }
  const inUtf16 = [before, after].some((bytes) => bytes && utf16Encoding(bytes));
  return {
    kind: 'text',
    lines: () => (inUtf16 ? differingLines(old ?? '', now ?? '') : decodeHunks(hunks, 'utf8')),
    text: text(decodeText),
  };
}

/** The text that the bytes are, UTF-8 or UTF-16; null when they are none. */
export function decodeText(bytes: Buffer): string | null {
  const encoding = utf16Encoding(bytes);
  if (encoding !== undefined) return new TextDecoder(encoding).decode(bytes);
  return bytes.includes(0) ? null : utf8(bytes);
}

const utf8 = (bytes: Buffer): string => bytes.toString('utf8').replace(/^\ufeff/, '');

function blobOf(blob: BlobRef | null, readBlob: ReadBlob): Promise<Buffer | null> {
  return blob === null || isSubmodule(blob) ? Promise.resolve(null) : readBlob(blob.oid);
}

/** The added and removed lines as git found them. */
function decodeHunks(hunks: readonly Hunk[], encoding: 'utf8' | 'latin1'): Lines {
  const added: Line[] = [];
  const removed: Line[] = [];
  for (const hunk of hunks) {
    let oldLine = hunk.oldStart;
    let newLine = hunk.newStart;
    for (const line of hunk.body.toString(encoding).split('\n')) {
      const marker = line[0];
      if (marker === ' ') {
        oldLine += 1;
        newLine += 1;
      } else if (marker === '+') added.push({ number: newLine++, text: lineText(line, newLine === 2) });
      else if (marker === '-') removed.push({ number: oldLine++, text: lineText(line, oldLine === 2) });
    }
  }
  return { added, removed };
}

/** Without the marker, the CR of a CRLF, and the byte order mark that a first line may begin with. */
function lineText(line: string, first: boolean): string {
  const start = first && line.charCodeAt(1) === 0xfeff ? 2 : 1;
  return line.endsWith('\r') ? line.slice(start, -1) : line.slice(start);
}

/**
 * git cuts UTF-16 at every byte 10, in the middle of characters too, so its hunks have other lines than the text.
 * A line counts as added as often as the new text has it more often than the old one.
 */
function differingLines(before: string, after: string): Lines {
  const [old, now] = [splitLines(before), splitLines(after)];
  return { added: without(now, old), removed: without(old, now) };
}

function splitLines(text: string): Line[] {
  const parts = text.split('\n');
  if (parts.at(-1) === '') parts.pop();
  return parts.map((part, index) => ({
    number: index + 1,
    text: part.endsWith('\r') ? part.slice(0, -1) : part,
  }));
}

function without(lines: readonly Line[], known: readonly Line[]): Line[] {
  const left = new Map<string, number>();
  for (const { text } of known) left.set(text, (left.get(text) ?? 0) + 1);
  return lines.filter(({ text }) => {
    const count = left.get(text) ?? 0;
    if (count > 0) left.set(text, count - 1);
    return count === 0;
  });
}

/**
 * That of a text in UTF-16: by its byte order mark or, without one, when every second byte of its first 4,096 is
 * mostly zero, which is what ASCII looks like in it. Undefined when it is no UTF-16.
 */
function utf16Encoding(bytes: Buffer): 'utf-16le' | 'utf-16be' | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  const sample = bytes.subarray(0, 4096);
  const zeros = [0, 0];
  for (let at = 0; at < sample.length; at += 1)
    if (sample[at] === 0) zeros[at % 2] = (zeros[at % 2] ?? 0) + 1;
  const [even = 0, odd = 0] = zeros;
  const most = sample.length * 0.35;
  if (odd > most && even < odd / 20) return 'utf-16le';
  return even > most && odd < even / 20 ? 'utf-16be' : undefined;
}
