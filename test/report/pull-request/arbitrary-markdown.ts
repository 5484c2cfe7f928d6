import fc from 'fast-check';
import { hostileText } from '../arbitrary-review.ts';

/** Pieces of Markdown that mean something to GitHub, and that together mean something else. */
const PIECES = [
  ...[
    '@bob',
    '@org/team',
    '@',
    '#1',
    '#',
    'o/r#2',
    'GH-3',
    'fixes ',
    'closes ',
    'user',
    'bob',
    'a',
    '.',
    '_',
    '$',
    '$x',
  ],
  ...[
    '`',
    '``',
    '```',
    '````',
    '~~~',
    '~~',
    '\n',
    '\n\n',
    '    ',
    ' ',
    '> ',
    '- ',
    '1. ',
    '# ',
    '+',
    '-',
    '^',
    "'",
    '"',
  ],
  ...[
    '|',
    '| - |',
    '|---|---|',
    '| a | b |\n|---|---|\n',
    ':-',
    '- | -',
    '===',
    '---',
    '*',
    '**',
    '\t',
    '\r',
  ],
  ...[
    '![',
    '[',
    ']',
    '(',
    ')',
    '](',
    '](https://evil.example/x)',
    '](https://github.com/a)',
    '![a](https://e/?q=1)',
  ],
  ...[
    '[r]: https://evil.example',
    '[r]',
    '[^1]',
    '[x]',
    '<img src=x>',
    '<',
    '>',
    '<b>',
    '<details>',
    '</details>',
  ],
  ...[
    '<!--',
    '-->',
    '<!-- code-agent:finding:a:0 -->',
    '&commat;',
    '&#64;',
    '&amp;',
    '&lt;',
    '&',
    '\\',
    '\\\\',
    '\\@',
    '\\`',
  ],
  ...[
    '\\[',
    '!',
    '\\!',
    'https://evil.example/a|b',
    'https://github.com/a_b',
    'https://github.com/o/r/issues/1',
    'www.',
  ],
  ...[
    'http',
    's://',
    '://',
    '//evil.example',
    '<https://evil.example>',
    '<https://github.com>',
    'mailto:a@b.c',
    'xmpp:',
  ],
  ...[
    '/agent dismiss',
    '```suggestion\nx',
    '```mermaid\n',
    '```js\n@bob\n```',
    '\u202e',
    '\u200b',
    'é',
    '\u{1f600}',
  ],
];

export const markdownText: fc.Arbitrary<string> = fc
  .array(fc.oneof({ weight: 8, arbitrary: fc.constantFrom(...PIECES) }, hostileText), { maxLength: 12 })
  .map((parts) => parts.join(''));

/** What stands outside of code, by the rules of CommonMark, in paragraphs; and the names of the fences. */
export function outsideOfCode(markdown: string): {
  readonly text: string;
  readonly fences: readonly string[];
  readonly open: boolean;
} {
  const paragraphs: string[][] = [[]];
  const fences: string[] = [];
  let fence: string | null = null;
  for (const line of markdown.split('\n')) {
    const [, ticks, info = ''] = /^ {0,3}(`{3,})([^`]*)$/.exec(line) ?? [];
    if (fence !== null)
      fence = ticks !== undefined && info.trim() === '' && ticks.length >= fence.length ? null : fence;
    else if (ticks !== undefined) {
      fence = ticks;
      fences.push(info);
      paragraphs.push([]);
    } else if (/^[ \t]*$/.test(line)) paragraphs.push([]);
    else paragraphs.at(-1)?.push(line);
  }
  const text = paragraphs
    .map((lines) => withoutSpans(lines.join('\n')).replace(/<code>[^<]*<\/code>/g, ''))
    .join('\n\n');
  return { text, fences, open: fence !== null };
}

/** A run of backticks is closed by the next one of its length; a backslash escapes one only outside of code. */
function withoutSpans(text: string): string {
  let out = '';
  for (let at = 0; at < text.length; ) {
    const [escaped] = /^\\[^\w\s]/.exec(text.slice(at, at + 2)) ?? [];
    const [run = ''] = /^`+/.exec(text.slice(at)) ?? [];
    if (escaped !== undefined) {
      out += escaped;
      at += 2;
    } else if (run !== '') {
      const behind = at + run.length;
      const closing = new RegExp(`(?<!\`)${run}(?!\`)`).exec(text.slice(behind));
      out += closing === null ? run : '\u2423';
      at = closing === null ? behind : behind + closing.index + run.length;
    } else {
      out += text[at];
      at += 1;
    }
  }
  return out;
}
