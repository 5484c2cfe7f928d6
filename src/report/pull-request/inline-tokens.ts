/** A piece of one line of Markdown. */
export type InlineToken =
  /** May stand as it is: words and marks without a meaning, or with one escaped. */
  | { readonly kind: 'text'; readonly text: string }
  /** A mark that may mean emphasis or the end of a cell, and is text when escaped: a run of `*`, `_`, `~`, `|` or `#`. */
  | { readonly kind: 'mark'; readonly text: string }
  /** What stood in backticks, or what GitHub would take for a name, a number of an issue or a formula. */
  | { readonly kind: 'code'; readonly text: string }
  /** `label` is Markdown again; null for an address that stands by itself. */
  | { readonly kind: 'link'; readonly url: string; readonly label: string | null }
  | { readonly kind: 'image' };

/** A token, and where the next one begins. */
type Read = readonly [token: InlineToken, end: number];

/** The pieces of one sanitised line, in order. Takes linear time. */
export function* inlineTokens(line: string): Generator<InlineToken> {
  const marks = findMarks(line);
  const patterns = wordPatterns();
  for (let at = 0; at < line.length; ) {
    const [token, end] = readWord(line, at, patterns) ?? readMark(line, at, marks, patterns);
    yield token;
    at = end;
  }
}

const text = (shown: string, end: number): Read => [{ kind: 'text', text: shown }, end];
const code = (shown: string, end: number): Read => [{ kind: 'code', text: shown }, end];

function match(pattern: RegExp, line: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(line);
}

/**
 * Unicode's letters, digits and marks, and what a login, an address of mail or a host is also made of. A mark begins no word: it
 * belongs to what stands before it, as the look of an emoji does.
 */
const wordPatterns = () => ({
  word: /[\p{L}\p{N}.+-][\p{L}\p{N}\p{M}.+-]*/uy,
  name: /[\p{L}\p{N}\p{M}_./{}@-]+/uy,
});
type WordPatterns = ReturnType<typeof wordPatterns>;

const ADDRESS = /[^\s<>`|[\]\\"]+/y;
const CROSS_REFERENCE = /\/[\w.-]+#\d+/y;

/** A word, or the address, name or reference that it begins. Null where there is no word. */
function readWord(line: string, at: number, { word: pattern, name }: WordPatterns): Read | null {
  const word = match(pattern, line, at)?.[0];
  if (word === undefined) return null;
  const end = at + word.length;
  const start = addressStart(word, line.startsWith('://', end));
  if (start > 0) return plainWord(word.slice(0, start), at + start);
  if (start === 0) {
    const url = withoutTail(match(ADDRESS, line, at)?.[0] ?? word);
    return [{ kind: 'link', url: /^www\./i.test(url) ? `http://${url}` : url, label: null }, at + url.length];
  }
  if (line[end] === '@') {
    const handle = withoutEnd(`${word}@${match(name, line, end + 1)?.[0] ?? ''}`, './');
    return code(handle, at + handle.length);
  }
  const reference = line[end] === '/' ? match(CROSS_REFERENCE, line, end)?.[0] : undefined;
  if (reference !== undefined) return code(word + reference, end + reference.length);
  return plainWord(word, end);
}

/** `GH-1` is an issue. */
const plainWord = (word: string, end: number): Read =>
  /(?<![A-Za-z\d])gh-\d/i.test(word) ? code(word, end) : text(word, end);

/** Where in a word an address begins that GitHub makes a link of (GFM, "Autolinks (extension)"); -1 when there is none. */
function addressStart(word: string, isScheme: boolean): number {
  const www = /(?<![A-Za-z\d])www\./i.exec(word);
  if (www !== null) return www.index;
  const scheme = isScheme ? /(?:https?|ftp)$/i.exec(word) : null;
  return scheme?.index ?? -1;
}

/** What ends a sentence is no part of an address. */
const withoutTail = (url: string): string => withoutEnd(url, ".,;:!?'*_~()") || url;

function withoutEnd(some: string, characters: string): string {
  let end = some.length;
  while (end > 0 && characters.includes(some[end - 1] ?? '')) end -= 1;
  return some.slice(0, end);
}

/** Named references that stand for a character of text. Any other one might stand for a mark that has a meaning to GitHub. */
const REFERENCE = /&(?:amp|lt|gt|quot|apos|nbsp|hellip|mdash|ndash|#39|#96|#124);/y;
const LIKE_REFERENCE = /&(?:#\d{1,7}|#[xX][\da-fA-F]{1,6}|[A-Za-z][A-Za-z\d]{1,31});/y;
const MEDIA = /<(?:img|image|picture|source|video|audio|svg|iframe|object|embed)\b[^<>]*>?/iy;
const AUTOLINK = /<([A-Za-z][A-Za-z\d+.-]{1,31}:[^\s<>]*)>/y;
const NUMBER = /#\d+/y;
const RUN = /([*_~|])\1*|#/y;

function readMark(line: string, at: number, marks: Marks, { name }: WordPatterns): Read {
  switch (line[at]) {
    case '\\':
      return readEscape(line, at);
    case '`': {
      const span = marks.spans.get(at);
      return span === undefined ? text('&#96;', at + 1) : code(line.slice(span.from, span.to), span.end);
    }
    case '<': {
      const media = match(MEDIA, line, at);
      if (media !== null) return [{ kind: 'image' }, at + media[0].length];
      const [link, url] = match(AUTOLINK, line, at) ?? [];
      if (link === undefined || url === undefined) return text('&lt;', at + 1);
      return [{ kind: 'link', url, label: null }, at + link.length];
    }
    case '&': {
      const reference = match(REFERENCE, line, at)?.[0];
      return reference === undefined ? ampersand(line, at) : text(reference, at + reference.length);
    }
    case '!':
      return readImage(line, at, marks) ?? text('!', at + 1);
    case '[':
      return readLink(line, at, marks) ?? text('\\[', at + 1);
    case ']':
      return text('\\]', at + 1);
    case '@':
    case '$': {
      const shown = withoutEnd(match(name, line, at + 1)?.[0] ?? '', './');
      return code(line[at] + shown, at + 1 + shown.length);
    }
    default: {
      const number = match(NUMBER, line, at)?.[0];
      if (number !== undefined) return code(number, at + number.length);
      const run = match(RUN, line, at)?.[0];
      if (run !== undefined) return [{ kind: 'mark', text: run }, at + run.length];
      return text(line[at] ?? '', at + 1);
    }
  }
}

const PUNCTUATION = /[!-/:-@[-`{-~]/;

/** A backslash: what GitHub looks for in the text that it has made of Markdown (`@`, `#1`, `$`) is not escaped by it. */
function readEscape(line: string, at: number): Read {
  const next = line[at + 1] ?? '';
  if (next === '@' || next === '$' || match(NUMBER, line, at + 1) !== null) return text('', at + 1);
  if (next === '`') return text('&#96;', at + 2);
  if (next === '<') return text('&lt;', at + 2);
  if (next === '|') return text('&#124;', at + 2);
  if (next === '&') return ampersand(line, at + 1);
  return PUNCTUATION.test(next) ? text(`\\${next}`, at + 2) : text('\\\\', at + 1);
}

const ampersand = (line: string, at: number): Read =>
  text(match(LIKE_REFERENCE, line, at) === null ? '&' : '&amp;', at + 1);

/** Where a link leads: in angle brackets, or with one level of brackets in it; then its title (CommonMark, "Links"). */
const DESTINATION =
  /\( {0,3}(?:<([^<>]*)>|([^\s()<>]*(?:\([^\s()<>]*\)[^\s()<>]*)*))(?: {1,3}(?:"[^"]*"|'[^']*'))? {0,3}\)/y;

/** An image is one with a destination, or with the name of one. */
function readImage(line: string, at: number, { brackets }: Marks): Read | null {
  const close = brackets.get(at + 1);
  if (close === undefined) return null;
  const destination = match(DESTINATION, line, close + 1)?.[0];
  if (destination !== undefined) return [{ kind: 'image' }, close + 1 + destination.length];
  const named = brackets.get(close + 1);
  return named === undefined ? null : [{ kind: 'image' }, named + 1];
}

/** No link by a name: the definition of one is text, too. */
function readLink(line: string, at: number, { brackets }: Marks): Read | null {
  const close = brackets.get(at);
  const destination = close === undefined ? null : match(DESTINATION, line, close + 1);
  if (close === undefined || destination === null) return null;
  const [whole, angled, plain = ''] = destination;
  const label = line.slice(at + 1, close);
  return [{ kind: 'link', url: angled ?? plain, label }, close + 1 + whole.length];
}

/** Where what begins at a character ends. */
interface Marks {
  /** Of each run of backticks that opens code: where the code begins and ends, and the span. */
  readonly spans: ReadonlyMap<number, { readonly from: number; readonly to: number; readonly end: number }>;
  /** Of each `[`, its `]`. */
  readonly brackets: ReadonlyMap<number, number>;
}

/** Of a line, by where each begins: where its code begins and ends, and the span. In order; takes linear time. */
export const codeSpans = (line: string): Marks['spans'] => findMarks(line).spans;

/** One pass over the line. A run of backticks is closed by the next one of its length (CommonMark, "Code spans"). */
function findMarks(line: string): Marks {
  const spans = new Map<number, { from: number; to: number; end: number }>();
  const brackets = new Map<number, number>();
  const runs = new Map<number, number[]>();
  for (const { 0: run, index } of [...line.matchAll(/`+/g)].reverse()) {
    const starts = runs.get(run.length);
    if (starts === undefined) runs.set(run.length, [index]);
    else starts.push(index);
  }
  const open: number[] = [];
  for (let at = 0; at < line.length; ) {
    const character = line[at];
    if (character === '\\') at += PUNCTUATION.test(line[at + 1] ?? '') ? 2 : 1;
    else if (character === '`') {
      let from = at + 1;
      while (line[from] === '`') from += 1;
      const starts = runs.get(from - at) ?? [];
      while ((starts.at(-1) ?? line.length) < from) starts.pop();
      const to = starts.at(-1);
      if (to !== undefined) spans.set(at, { from, to, end: to + from - at });
      at = to === undefined ? from : to + from - at;
    } else {
      if (character === '[') open.push(at);
      const start = character === ']' ? open.pop() : undefined;
      if (start !== undefined) brackets.set(start, at);
      at += 1;
    }
  }
  return { spans, brackets };
}
