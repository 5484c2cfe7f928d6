import { isUtf8 } from 'node:buffer';

/**
 * A path inside a repository, relative to its top level, with `/` between its parts.
 *
 * Git paths are bytes in no particular encoding. Bytes that are valid UTF-8 are decoded; every other byte b
 * becomes the lone surrogate U+DC00+b (Python's "surrogateescape", PEP 383), so that a path is one string
 * that compares, keys a map and converts back to exactly the bytes that git holds.
 */
export type RepoPath = string;

/** The path that git gave as bytes (`-z` output). Never fails. */
export function decodePath(bytes: Uint8Array): RepoPath {
  return isUtf8(bytes) ? decode(bytes) : decodeEscaping(bytes);
}

const decode = ({ buffer, byteOffset, byteLength }: Uint8Array): string =>
  Buffer.from(buffer, byteOffset, byteLength).toString();

function decodeEscaping(bytes: Uint8Array): RepoPath {
  let path = '';
  for (let at = 0; at < bytes.length; ) {
    const length = validSequenceLength(bytes, at);
    if (length === 0) {
      path += String.fromCharCode(0xdc00 + (bytes[at] ?? 0));
      at += 1;
    } else {
      path += decode(bytes.subarray(at, at + length));
      at += length;
    }
  }
  return path;
}

/** Length in bytes of the valid UTF-8 sequence at `at`, 0 when there is none. */
function validSequenceLength(bytes: Uint8Array, at: number): number {
  const lead = bytes[at] ?? 0;
  const length = lead < 0x80 ? 1 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc2 ? 2 : 0;
  if (length === 0 || at + length > bytes.length) return 0;
  return isUtf8(bytes.subarray(at, at + length)) ? length : 0;
}

/** The bytes that git holds for the path. The inverse of {@link decodePath}. */
export function encodePath(path: RepoPath): Buffer {
  if (path.isWellFormed()) return Buffer.from(path, 'utf8');
  const parts: Buffer[] = [];
  for (const character of path) {
    const code = character.charCodeAt(0);
    const escaped = character.length === 1 && code >= 0xdc80 && code <= 0xdcff;
    parts.push(escaped ? Buffer.of(code - 0xdc00) : Buffer.from(character, 'utf8'));
  }
  return Buffer.concat(parts);
}

/**
 * Controls, formats, halves of surrogate pairs, separators of lines, and what Unicode asks to draw as nothing (UAX #44,
 * `Default_Ignorable_Code_Point`). A variation selector that chooses the look of the emoji before it hides nothing.
 * Inside of a function: V8 takes long to make it.
 */
const unseen = (): RegExp =>
  /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}](?<!\p{Extended_Pictographic}[\ufe0e\ufe0f])/gu;

const HARMLESS = /^[ -~]*$/;

/**
 * The path as a person may see it: control characters, invisible and direction-changing characters and bytes
 * that are no UTF-8 are written as escapes, so that a file name can neither move the cursor nor lie.
 */
export function displayPath(path: RepoPath): string {
  if (HARMLESS.test(path)) return path;
  return path.replace(unseen(), (character) => {
    const code = character.codePointAt(0) ?? 0;
    if (code >= 0xdc80 && code <= 0xdcff) return `\\x${(code - 0xdc00).toString(16)}`;
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
  });
}
