import { displayPath, type RepoPath } from '../change/path.ts';

/**
 * Characters that move the cursor, change the direction of the text or cannot be seen: control characters and
 * so every ANSI or OSC sequence, format characters (bidirectional controls, zero width, tags), halves of
 * surrogate pairs, line separators, and what Unicode asks to draw as nothing (UAX #44,
 * `Default_Ignorable_Code_Point`: fillers, variation selectors). A variation selector that chooses the look of
 * the emoji before it is what it seems to be, and is not among them. Inside of a function: V8 takes long to make it.
 */
const hostile = (): RegExp =>
  /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}](?<!\p{Extended_Pictographic}[\ufe0e\ufe0f])/gu;

/** Most text. */
const HARMLESS = /^[ -~\n]*$/;

/**
 * Text of a repository, a tool or a model as a terminal, a log or a page may show it: hostile characters are
 * written as `<U+202E>`, tabs as four spaces. Newlines stay.
 */
export function sanitize(text: string): string {
  if (HARMLESS.test(text)) return text;
  return text.replace(/\r\n/g, '\n').replace(hostile(), (character) => {
    if (character === '\n') return '\n';
    if (character === '\t') return '    ';
    return `<U+${hex(character.codePointAt(0) ?? 0).toUpperCase()}>`;
  });
}

/** The same on one line: newlines are spaces. */
export function sanitizeLine(text: string): string {
  return sanitize(text).replace(/\n+/g, ' ');
}

/** A path as it may be shown: the path itself when there is nothing hostile in it. */
export function sanitizePath(path: RepoPath): string {
  return sanitize(displayPath(path));
}

/** JSON text with its hostile characters as JSON escapes: the same value, and harmless when it is printed. */
export function sanitizeJson(json: string): string {
  return json.replace(hostile(), (character) =>
    character === '\n' ? '\n' : character.replace(/[\s\S]/g, (unit) => `\\u${hex(unit.charCodeAt(0))}`),
  );
}

const hex = (code: number): string => code.toString(16).padStart(4, '0');
