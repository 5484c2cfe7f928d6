// Classes of Unicode stand inside of functions: V8 takes long to make them, and most text is ASCII.

/** Characters of two cells: East_Asian_Width W and F (UAX #11, Unicode 17), and emoji that are drawn as such. */
const isWide = (character: string): boolean =>
  /[\u1100-\u115f\u2329\u232a\u2630-\u2637\u268a-\u268f\u2e80-\u303e\u3041-\u3247\u3250-\ua4c6\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6b\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{1b2fb}\u{1d300}-\u{1d376}\u{1f200}-\u{1f265}\u{20000}-\u{3fffd}]|(?![\u{1f1e6}-\u{1f1ff}])\p{Emoji_Presentation}/u.test(
    character,
  );
/** Drawn over the cell before, whatever is there. */
const isMark = (character: string): boolean => /[\p{Mn}\p{Me}]/u.test(character);
/** Drawn into the two cells before: skin tones, vowels and finals of Hangul syllables. */
const isJoined = (character: string): boolean =>
  /[\p{Emoji_Modifier}\u1160-\u11ff\ud7b0-\ud7ff]/u.test(character);
const ASCII = /^[ -~]*$/;
const EMOJI_STYLE = '\ufe0f';

/** The terminal cells that sanitised text on one line takes. */
export function textWidth(text: string): number {
  if (ASCII.test(text)) return text.length;
  let width = 0;
  for (const [, cells] of characters(text)) width += cells;
  return width;
}

/** The text when it fits into `width` cells, else as much of its beginning as does, ended by `…`. */
export function cutEnd(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  let [kept, left] = ['', width - 1];
  for (const [character, cells] of characters(text)) {
    left -= cells;
    if (left < 0) break;
    kept += character;
  }
  return width < 1 ? '' : `${kept}…`;
}

/** The text when it fits into `width` cells, else as much of its end as does, begun by `…`. */
export function cutStart(text: string, width: number): string {
  let over = textWidth(text) - width;
  if (over <= 0) return text;
  let at = 0;
  for (const [character, cells] of characters(text)) {
    // What is drawn into a cell before goes with it: behind the `…` it would take a cell of its own.
    if (over < 0 && cells > 0) break;
    over -= cells;
    at += character.length;
  }
  return width < 1 ? '' : `…${text.slice(at)}`;
}

function* characters(text: string): Generator<[character: string, cells: number]> {
  let before = 0;
  for (const character of text) {
    let cells = isWide(character) ? 2 : 1;
    if (character === EMOJI_STYLE) cells = before === 1 ? 1 : 0;
    else if (isMark(character) || (before === 2 && isJoined(character))) cells = 0;
    if (cells > 0) before = cells;
    yield [character, cells];
  }
}
