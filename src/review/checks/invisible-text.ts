import type { Check, Line, ReviewedFile } from '../check.ts';
import type { Problem, Severity } from '../finding.ts';
import { characterName } from './character-name.ts';
import { isFixturePath, isTestPath } from './test-path.ts';

/** Beyond ASCII text: anything that a check of this file could be about. */
const SUSPECT = /[^\n\f\r\t -~]/;

// Below, classes of Unicode stand inside of functions: V8 takes up to 2 ms to make one, which most commits do not need.

/**
 * Characters that are not seen: Default_Ignorable_Code_Point of Unicode, controls, line separators. The soft
 * hyphen is shown where a line breaks.
 */
const invisibleIn = (text: string) =>
  text.matchAll(/(?![\t\f\r\u00ad])[\p{DI}\p{Cc}\u2028\u2029\ufff9-\ufffb]/gu);

/** CVE-2021-42574: embeddings, overrides and isolates show the code in another order than it runs in. */
const isBidi = (code: number): boolean =>
  (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
const isMark = (code: number): boolean => code === 0x200e || code === 0x200f || code === 0x061c;
const isJoiner = (code: number): boolean => code === 0x200c || code === 0x200d;
const isTag = (code: number): boolean => code >= 0xe0000 && code <= 0xe007f;
const isSelector = (code: number): boolean =>
  (code >= 0xfe00 && code <= 0xfe0f) || (code >= 0xe0100 && code <= 0xe01ef);
/** Letters that show nothing: JavaScript and others allow them in names. */
const isFiller = (code: number): boolean => [0x115f, 0x1160, 0x3164, 0xffa0].includes(code);

const RIGHT_TO_LEFT = /[\u0590-\u05ff\u0600-\u07ff\u0840-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;
/** Scripts whose letters are joined or kept apart by ZWJ and ZWNJ. */
const isJoining = (character: string): boolean =>
  /[\p{scx=Arabic}\p{scx=Syriac}\p{scx=Nko}\p{scx=Deva}\p{scx=Beng}\p{scx=Guru}\p{scx=Gujr}\p{scx=Orya}\p{scx=Taml}\p{scx=Telu}\p{scx=Knda}\p{scx=Mlym}\p{scx=Sinh}\p{scx=Mymr}\p{scx=Khmr}\p{scx=Mong}\p{scx=Tibt}\p{scx=Hebr}]/u.test(
    character,
  );
/** Scripts without spaces between words, where a line may break at a zero width space. */
const isSpaceless = (character: string): boolean =>
  /[\p{sc=Thai}\p{sc=Laoo}\p{sc=Khmr}\p{sc=Mymr}\p{sc=Tibt}\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Java}]/u.test(
    character,
  );
const isEmoji = (character: string): boolean =>
  /[\p{Extended_Pictographic}\p{Emoji_Component}\p{S}]/u.test(character);
const isSelectable = (character: string): boolean =>
  /[\p{Emoji}\p{S}\p{Pd}\p{Po}\p{No}\p{sc=Han}\p{sc=Mymr}\p{sc=Phag}\p{sc=Mong}\p{sc=Manichaean}]/u.test(
    character,
  );

const TRANSLATION =
  /\.(?:po|pot|xlf|xliff|ftl|strings|stringsdict|arb|resx|tmx|properties)$|(?:^|[/._-])(?:locales?|i18n|l10n|lang|langs|languages?|translations?|messages|_?intl)[/._-]|\/values-[a-z]{2}/i;
const PROSE =
  /\.(?:md|mdx|markdown|rst|adoc|txt|tex|html?|xhtml|srt|vtt|csv|tsv)$|(?:^|\/)(?:AUTHORS|README|CHANGES|CHANGELOG|COPYING|CONTRIBUTORS|CREDITS|LICEN[CS]E|NEWS|THANKS)$/i;
/** Terminal output that was recorded, to be compared byte for byte. */
const RECORDING = /\.(?:snap|ans|ansi|cast)$|snapshots\//;

/** Text that a person does not see as the machine reads it. */
export const invisibleText: Check = {
  id: 'invisible-text',
  summary: 'Characters that change direction, are not seen or only look like others',
  severity: 'warning',
  generatedToo: true,
  scope: 'files',
  async *run(files) {
    for (const file of files) {
      if (file.kind !== 'text' || !SUSPECT.test(file.addedText)) continue;
      const found = [...invisibles(file), ...(await lookAlikes(file))];
      yield* file.generated || isFixturePath(file.path)
        ? found.filter(({ severity }) => severity === 'error')
        : found;
    }
  },
};

interface Hidden {
  readonly code: number;
  readonly line: Line;
  /** UTF-16 units from 0. */
  readonly at: number;
}

/** One for every line with something dangerous; for the rest one for every character, however often it stands there. */
function* invisibles(file: ReviewedFile): Generator<Problem> {
  const harmless = new Map<number | 'controls', { readonly first: Hidden; lines: number }>();
  const undecoded = isUndecoded(file.addedText);
  for (const line of file.added) {
    if (!SUSPECT.test(line.text)) continue;
    const firsts = new Map<number, Hidden>();
    let dangerous: Hidden | undefined;
    let run = 0;
    let previous = -2;
    for (const hidden of hiddenCharacters(line, file.path)) {
      const { code, at } = hidden;
      if (undecoded && isControl(code)) continue;
      run = isSelector(code) && at - previous <= 2 ? run + 1 : 1;
      previous = at;
      if (!firsts.has(code)) firsts.set(code, hidden);
      if (!isDangerous(code, file.path) && run < PAYLOAD) continue;
      dangerous = hidden;
      break;
    }
    if (dangerous !== undefined) {
      yield hiddenProblem(file, dangerous, 'error');
      continue;
    }
    for (const first of firsts.values()) {
      const group = isControl(first.code) ? 'controls' : first.code;
      const known = harmless.get(group);
      if (known === undefined) harmless.set(group, { first, lines: 1 });
      else known.lines += 1;
    }
  }
  for (const { first, lines } of harmless.values()) yield hiddenProblem(file, first, 'warning', lines);
}

const isControl = (code: number): boolean => code < 0xa0;

/** No NUL, but no UTF-8 either: compressed, encrypted, or an old encoding. Its bytes mean no characters. */
function isUndecoded(text: string): boolean {
  const sample = text.slice(0, 4096);
  return (sample.match(/\ufffd/g)?.length ?? 0) * 20 > sample.length;
}

/** So many variation selectors in a row hold bytes, one each: code was smuggled in so. */
const PAYLOAD = 4;

const isDangerous = (code: number, path: string): boolean =>
  isBidi(code) || isTag(code) || (isFiller(code) && !PROSE.test(path) && !TRANSLATION.test(path));

function hiddenProblem(
  { path }: ReviewedFile,
  { code, line, at }: Hidden,
  severity: Severity,
  lines = 1,
): Problem {
  const endColumn = at + 1 + (code > 0xffff ? 2 : 1);
  return {
    path,
    place: { startLine: line.number, endLine: line.number, startColumn: at + 1, endColumn },
    title: `Invisible ${characterName(code)}${lines > 1 ? `, on ${lines} lines` : ''}`,
    body: bodyOf(code),
    severity,
  };
}

function bodyOf(code: number): string {
  if (isBidi(code)) {
    return 'The line is shown in another order than the machine reads it in (CVE-2021-42574). Write it as an escape.';
  }
  if (isTag(code) || isSelector(code))
    return 'Such characters can hold a text that nobody sees. Remove them.';
  if (isFiller(code)) {
    return 'It shows as nothing, and is a letter that can be a name. Remove it, or write it as an escape.';
  }
  if (isControl(code)) return 'A terminal obeys it when the file is shown. Write it as an escape.';
  return 'It is not seen, and makes texts differ that look the same. Remove it, or write it as an escape.';
}

/** The invisible characters of a line that no writing system wants where they stand. */
function* hiddenCharacters(line: Line, path: string): Generator<Hidden> {
  const { text } = line;
  const translation = TRANSLATION.test(path);
  const rightToLeft = RIGHT_TO_LEFT.test(text);
  const directed = rightToLeft && (translation || PROSE.test(path)) && isBalanced(text);
  for (const { 0: character, index: at } of invisibleIn(text)) {
    const code = character.codePointAt(0) ?? 0;
    if (isBidi(code) && directed) continue;
    if (isMark(code) && (rightToLeft || translation)) continue;
    if (code === 0xfeff && line.number === 1 && at === 0) continue;
    if (code === 0x1b && (RECORDING.test(path) || isTestPath(path))) continue;
    if (isJoiner(code) && rightToLeft) continue;
    if (!belongs(text, code, at)) yield { code, line, at };
  }
}

/** No override, and every embedding and isolate is ended on the line: so translators and Fluent write. */
function isBalanced(line: string): boolean {
  let depth = 0;
  for (const { 0: control } of line.matchAll(/[\u202a-\u202e\u2066-\u2069]/g)) {
    if (control === '\u202d' || control === '\u202e') return false;
    depth += control === '\u202c' || control === '\u2069' ? -1 : 1;
    if (depth < 0) return false;
  }
  return depth === 0;
}

/** The writing system wants it where it stands. */
function belongs(text: string, code: number, at: number): boolean {
  const previous = characterBefore(text, at);
  const next = String.fromCodePoint(text.codePointAt(at + (code > 0xffff ? 2 : 1)) ?? 0x20);
  if (isJoiner(code)) {
    return isJoining(previous) || isJoining(next) || (code === 0x200d && isEmoji(previous) && isEmoji(next));
  }
  if (code === 0x200b) return isSpaceless(previous) || isSpaceless(next);
  if (isSelector(code)) return isSelectable(previous);
  if (isTag(code)) return inFlag(text, at);
  if (code === 0x115f || code === 0x1160)
    return /[\u1100-\u11ff\ua960-\ua97f\ud7b0-\ud7ff]/.test(previous + next);
  if (code === 0x034f) return /\p{M}/u.test(previous + next) || /\p{L}/u.test(previous);
  if ((code >= 0x180b && code <= 0x180f) || code === 0x17b4 || code === 0x17b5) return isJoining(previous);
  return false;
}

function characterBefore(text: string, at: number): string {
  const unit = text.charCodeAt(at - 1);
  return text.slice(Math.max(0, at - (unit >= 0xdc00 && unit <= 0xdfff ? 2 : 1)), at);
}

/** A black flag, at most six tags, the cancel tag: the flags of England, Scotland, Wales. UTS 51, ED-14a. */
function inFlag(text: string, at: number): boolean {
  const around = text.slice(Math.max(0, at - 14), at + 16);
  return /\u{1f3f4}[\u{e0020}-\u{e007e}]{1,6}\u{e007f}/u.test(around);
}

async function lookAlikes(file: ReviewedFile): Promise<Problem[]> {
  const { hasLookAlike, mixedWords } = await import('./look-alike.ts');
  if (!hasLookAlike(file.addedText)) return [];
  const problems: Problem[] = [];
  const code = !PROSE.test(file.path) && !TRANSLATION.test(file.path);
  for (const { number, text } of file.added) {
    if (text.includes('\ufffd')) continue;
    for (const { at, start, end, script, latin } of mixedWords(text)) {
      const unit = text.charCodeAt(at).toString(16).toUpperCase().padStart(4, '0');
      const word = text.slice(Math.max(start, at - 20), Math.min(end, at + 21));
      const escaped = word.replace(
        /[^\x20-\x7e]/g,
        (one) => `<U+${one.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}>`,
      );
      problems.push({
        path: file.path,
        place: { startLine: number, endLine: number, startColumn: start + 1, endColumn: end + 1 },
        title: `${escaped} mixes alphabets: the ${script} U+${unit} looks like "${latin}"`,
        body: 'Another word than the one that is read. Type it anew in one alphabet.',
        severity: code ? 'error' : 'warning',
      });
      break;
    }
  }
  return problems;
}
