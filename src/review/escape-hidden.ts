const HARMLESS = /^[ -~\n\t]*$/;

/**
 * The text with what a person would not see written out, as `<U+202E>`: controls other than tab and newline, formats, halves
 * of surrogate pairs, separators of lines, and what Unicode asks to draw as nothing. A variation selector behind an
 * emoji is what it seems to be.
 */
export function escapeHidden(text: string): string {
  if (HARMLESS.test(text)) return text;
  return text
    .replace(/\r\n/g, '\n')
    .replace(
      /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}](?<!\p{Extended_Pictographic}[\ufe0e\ufe0f])/gu,
      (character) => {
        if (character === '\n' || character === '\t') return character;
        const code = character.codePointAt(0) ?? 0;
        return `<U+${code.toString(16).toUpperCase().padStart(4, '0')}>`;
      },
    );
}
