import type { RepoPath } from '../../change/path.ts';

/** What a language's comments and strings begin and end with: enough to tell them from code, no grammar. */
interface Lexis {
  readonly lineComments: readonly string[];
  readonly blockComments: readonly (readonly [open: string, close: string])[];
  /** Those that begin alike come longest first. A backslash escapes in all of them. */
  readonly strings: readonly { readonly quote: string; readonly multiline: boolean }[];
  /** ECMAScript: regular expression literals, and code inside `${}` of a template. */
  readonly ecmaScript?: true;
}

const QUOTES = [
  { quote: '"', multiline: false },
  { quote: "'", multiline: false },
] as const;
const TRIPLE_QUOTES = [{ quote: '"""', multiline: true }] as const;
const C_COMMENTS = { lineComments: ['//'], blockComments: [['/*', '*/']] } as const;

const ECMA_SCRIPT: Lexis = {
  ...C_COMMENTS,
  strings: [...QUOTES, { quote: '`', multiline: true }],
  ecmaScript: true,
};
const PYTHON: Lexis = {
  lineComments: ['#'],
  blockComments: [],
  strings: [...TRIPLE_QUOTES, { quote: "'''", multiline: true }, ...QUOTES],
};
const RUBY: Lexis = { lineComments: ['#'], blockComments: [['\n=begin', '\n=end']], strings: QUOTES };
const PERL: Lexis = { lineComments: ['#'], blockComments: [['\n=pod', '\n=cut']], strings: QUOTES };
const ELIXIR: Lexis = { lineComments: ['#'], blockComments: [], strings: [...TRIPLE_QUOTES, ...QUOTES] };
const PHP: Lexis = { ...C_COMMENTS, strings: QUOTES };
const JVM: Lexis = { ...C_COMMENTS, strings: [...TRIPLE_QUOTES, ...QUOTES] };
const GO: Lexis = { ...C_COMMENTS, strings: [...QUOTES, { quote: '`', multiline: true }] };
/** An apostrophe begins a lifetime more often than a character. */
const RUST: Lexis = { ...C_COMMENTS, strings: [{ quote: '"', multiline: true }] };

const LEXES: readonly (readonly [RegExp, Lexis])[] = [
  [/\.(?:[cm]?[jt]sx?|vue|svelte|astro)$/, ECMA_SCRIPT],
  [/\.pyi?$/, PYTHON],
  [/\.(?:rb|rake)$/, RUBY],
  [/\.(?:pl|pm|t)$/, PERL],
  [/\.exs?$/, ELIXIR],
  [/\.php$/, PHP],
  [/\.(?:java|kts?|scala|groovy|cs)$/, JVM],
  [/\.go$/, GO],
  [/\.rs$/, RUST],
];

/**
 * The text with everything inside comments, strings and regular expressions written as spaces; delimiters and
 * newlines stay, and so does every position. A guess made in one pass, for checks that look for a word in
 * code: a heredoc, an apostrophe in markup or a nested comment mislead it, mostly until the end of the line.
 */
export function codeOnly(path: RepoPath, text: string): string {
  const lexis = LEXES.find(([paths]) => paths.test(path))?.[1];
  return lexis === undefined ? text : blankOut(text, hiddenRanges(text, lexis));
}

function blankOut(text: string, ranges: Iterable<readonly [start: number, end: number]>): string {
  const parts: string[] = [];
  let at = 0;
  for (const [start, end] of ranges) {
    parts.push(text.slice(at, start), text.slice(start, end).replace(/[^\n]/g, ' '));
    at = end;
  }
  parts.push(text.slice(at));
  return parts.join('');
}

function* hiddenRanges(text: string, lexis: Lexis): Generator<readonly [start: number, end: number]> {
  const delimiters = [
    ...lexis.lineComments,
    ...lexis.blockComments.map(([open]) => open),
    ...lexis.strings.map(({ quote }) => quote),
    ...(lexis.ecmaScript ? ['/', '{', '}'] : []),
  ];
  const next = new RegExp(
    delimiters.map((one) => one.replace(/[/*]/g, '\\$&').replace(/[{}]/, '[$&]')).join('|'),
    'g',
  );
  /** Open braces inside each `${` that is not closed yet. */
  const templates: number[] = [];
  for (let match = next.exec(text); match !== null; match = next.exec(text)) {
    const [token] = match;
    const start = next.lastIndex;
    if (token === '{' || token === '}') {
      const depth = templates.at(-1);
      if (depth === undefined) continue;
      if (token === '{' || depth > 0) {
        templates[templates.length - 1] = depth + (token === '{' ? 1 : -1);
        continue;
      }
      templates.pop();
    }
    const end = hiddenEnd(text, token, start, lexis);
    if (end === null) continue;
    yield [start, end];
    const closed = token === '`' || token === '}' ? templateClosing(text, end) : 0;
    if (closed === 2) templates.push(0);
    next.lastIndex = end + (closed || closingLength(text, token, end, lexis));
  }
}

/** Where what begins with the token ends, before what closes it. Null when it hides nothing. */
function hiddenEnd(text: string, token: string, start: number, lexis: Lexis): number | null {
  if (lexis.lineComments.includes(token)) return before(text, '\n', start);
  const block = lexis.blockComments.find(([open]) => open === token);
  if (block !== undefined) return before(text, block[1], start);
  if (token === '/') return beginsRegExp(text, start - 1) ? regExpEnd(text, start) : null;
  if (token === '}' || (token === '`' && lexis.ecmaScript)) return templateEnd(text, start);
  const string = lexis.strings.find(({ quote }) => quote === token);
  return stringEnd(text, token, start, string?.multiline ?? false);
}

/** How much of the text at `end` closes what the token began. */
function closingLength(text: string, token: string, end: number, lexis: Lexis): number {
  const closing = lexis.blockComments.find(([open]) => open === token)?.[1] ?? token;
  return text.startsWith(closing, end) ? closing.length : 0;
}

function before(text: string, closing: string, from: number): number {
  const end = text.indexOf(closing, from);
  return end === -1 ? text.length : end;
}

function stringEnd(text: string, quote: string, from: number, multiline: boolean): number {
  const stop = quote === '"' ? /["\\\n]/g : quote === "'" ? /['\\\n]/g : /["'`\\]/g;
  stop.lastIndex = from;
  for (let match = stop.exec(text); match !== null; match = stop.exec(text)) {
    if (match[0] === '\\') stop.lastIndex += 1;
    else if (match[0] === '\n' ? !multiline : text.startsWith(quote, match.index)) return match.index;
  }
  return text.length;
}

/** A template's text goes on until its end or the code inside it: `from` lies behind a "`" or a "}". */
function templateEnd(text: string, from: number): number {
  const stop = /[`\\]|\$\{/g;
  stop.lastIndex = from;
  for (let match = stop.exec(text); match !== null; match = stop.exec(text)) {
    if (match[0] !== '\\') return match.index;
    stop.lastIndex += 1;
  }
  return text.length;
}

/** Length of the "`" or "${" at the end of a template's text. */
const templateClosing = (text: string, end: number): number =>
  text[end] === '`' ? 1 : text[end] === '$' ? 2 : 0;

/** A slash divides after a value and begins a regular expression elsewhere. After `<` it closes a tag. */
function beginsRegExp(text: string, slash: number): boolean {
  if (text[slash + 1] === '>') return false;
  let at = slash - 1;
  while (at >= 0 && (text[at] === ' ' || text[at] === '\t')) at -= 1;
  const previous = text[at] ?? '\n';
  if (/[\w$]/.test(previous))
    return /\b(?:return|typeof|case|in|of|do|else|void|yield|await)$/.test(
      text.slice(Math.max(0, at - 10), at + 1),
    );
  return !/[)\]}<'"`.]/.test(previous);
}

/** Never beyond the line: what is not closed on it hides the rest of it. */
function regExpEnd(text: string, from: number): number {
  const stop = /[[\]\\/\n]/g;
  stop.lastIndex = from;
  let inClass = false;
  for (let match = stop.exec(text); match !== null; match = stop.exec(text)) {
    const [found] = match;
    if (found === '\n' || (found === '/' && !inClass)) return match.index;
    if (found === '\\') stop.lastIndex += 1;
    else inClass = found === '[' || (inClass && found !== ']');
  }
  return text.length;
}
