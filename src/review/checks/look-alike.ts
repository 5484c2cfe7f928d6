/**
 * Letters that most fonts draw like a Latin one, each followed by that one. From confusables.txt of UTS 39, without
 * the pairs that only resemble each other: Greek small letters stand beside Latin ones in every formula.
 */
const PAIRS: Readonly<Record<string, string>> = {
  Cyrillic:
    '\u0430a\u0441c\u0501d\u0435e\u04bbh\u0456i\u0458j\u043ak\u04cfl\u043eo\u0440p\u051bq\u0455s\u051dw\u0445x\u0443y\u04afy\u0410A\u0412B\u0415E\u0405S\u0406I\u0408J\u041aK\u041cM\u041dH\u041eO\u0420P\u0421C\u0422T\u0425X\u04aeY\u051aQ\u051cW\u04c0I',
  Greek:
    '\u03bfo\u03f2c\u03f3j\u0391A\u0392B\u0395E\u0396Z\u0397H\u0399I\u039aK\u039cM\u039dN\u039fO\u03a1P\u03a4T\u03a5Y\u03a7X\u03f9C',
  Armenian: '\u0585o\u0578n\u057du\u0570h\u0581g\u0566q\u0575j\u0555O\u054fS\u053cL\u054dU',
  Cherokee:
    '\u13a0D\u13a1R\u13a2T\u13a5i\u13aaA\u13abJ\u13acE\u13b3W\u13b7M\u13bbH\u13c0G\u13c3Z\u13deL\u13dfC\u13e2P\u13e6K\u13d9V\u13daS\u13f4B',
};

const LOOK_ALIKES: ReadonlyMap<string, { readonly script: string; readonly latin: string }> = new Map(
  Object.entries(PAIRS).flatMap(([script, pairs]) =>
    (pairs.match(/../gu) ?? []).map((pair) => [pair.charAt(0), { script, latin: pair.charAt(1) }] as const),
  ),
);

const ANY = new RegExp(`[${[...LOOK_ALIKES.keys()].join('')}]`, 'u');
const ALL_LOOK_LATIN = new RegExp(`^[\\p{sc=Latin}\\p{M}\\p{Nd}_${[...LOOK_ALIKES.keys()].join('')}]+$`, 'u');
const OTHER_ALPHABET = /[\p{sc=Cyrillic}\p{sc=Greek}\p{sc=Armenian}\p{sc=Cherokee}]/gu;
const LATIN = /\p{sc=Latin}/u;

/**
 * An escape (`\n`, `%s`) is no part of the word that it stands before. Bounded, because V8 keeps a way back for every
 * step of such a class and runs out of stack after some millions; a longer word is taken in pieces.
 */
const WORDS = /[\\%][A-Za-z]|[\p{L}\p{M}\p{Nd}_]{1,500}/gu;
/** `URL\u0430`, and what is in the middle of `[a-z\u0410-\u042f]`: a Latin word with an ending of another alphabet. */
const INFLECTED = /^[\p{sc=Latin}\p{Nd}_]+[^\p{sc=Latin}]{1,3}$/u;

export interface MixedWord {
  /** Of the first look-alike, in UTF-16 units from 0. */
  readonly at: number;
  readonly start: number;
  readonly end: number;
  readonly script: string;
  readonly latin: string;
}

/** Whether {@link mixedWords} could find anything: cheap. */
export const hasLookAlike = (text: string): boolean => ANY.test(text);

/**
 * Words of Latin letters among which are some that only look Latin: `p\u0430ypal`. A word that shows
 * another alphabet (`Δx`, `яA`) deceives nobody, nor does one wholly of another alphabet that a reader cannot tell.
 */
export function* mixedWords(line: string): Generator<MixedWord> {
  if (!ANY.test(line) || !LATIN.test(line)) return;
  const prose = showsOtherAlphabet(line);
  for (const { 0: word, index } of line.matchAll(WORDS)) {
    if (!ANY.test(word) || !LATIN.test(word) || !ALL_LOOK_LATIN.test(word)) continue;
    if (prose && INFLECTED.test(word)) continue;
    const offset = word.search(ANY);
    const found = LOOK_ALIKES.get(word.charAt(offset));
    if (found === undefined) continue;
    yield { ...found, at: index + offset, start: index, end: index + word.length };
  }
}

/** The line has letters of these alphabets that do not look Latin: somebody writes in that language. */
function showsOtherAlphabet(line: string): boolean {
  for (const { 0: letter } of line.matchAll(OTHER_ALPHABET)) if (!LOOK_ALIKES.has(letter)) return true;
  return false;
}
