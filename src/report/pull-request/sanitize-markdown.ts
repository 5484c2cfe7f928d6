import { sanitize, sanitizeLine } from '../sanitize.ts';
import { codeOf, codeSpan, fencedAs, LANGUAGES, longestRun } from './code-text.ts';
import { codeSpans, inlineTokens } from './inline-tokens.ts';
import { linkTarget, wellFormedStart } from './link-target.ts';
import { withoutMarkers } from './marker.ts';

export interface MarkdownLimits {
  /** Hosts that a link may lead to, as a URL has them, with a port that is not 443. `github.com` when left out. */
  readonly hosts?: readonly string[];
  /** UTF-16 code units, 100 or more. What is longer is cut between lines, and that is said. */
  readonly longest?: number;
}

/** GitHub takes 65,536 characters; the rest is room for what is ours. */
export const LONGEST_BODY = 60_000;

const CUT = '(The text goes on: it is too long to be shown.)';

/**
 * Markdown of a model, a repository, a tool or a person as it may stand in a body of ours on GitHub. Emphasis, lists, tables, code and
 * links to `hosts` stay. It cannot show an image, hold HTML, hide anything, name a person, a team or an issue so that
 * GitHub tells them, offer a suggestion, be a command at the start of a line, look like a marker, or leave a fence open.
 * What it does not know, it writes as text. Takes linear time; what comes out comes out the same again.
 */
export function plainMarkdown(
  text: string,
  { hosts = ['github.com'], longest = LONGEST_BODY }: MarkdownLimits = {},
): string {
  const pieces: { readonly text: string; readonly block: Block }[] = [];
  let length = -1;
  for (const block of blocksOf(sanitize(text))) {
    const texts = block.kind === 'code' ? [codeBlock(block)] : textBlock(block.lines, hosts);
    for (const text of texts) {
      pieces.push({ text, block });
      length += text.length + 1;
    }
    if (length > longest) break;
  }
  if (length <= longest) return pieces.map(({ text }) => text).join('\n');

  let room = longest - CUT.length - 2;
  const kept: string[] = [];
  for (const piece of pieces) {
    const text =
      piece.text.length <= room ? piece.text : beginningOf(piece.block, kept.length === 0, room, hosts);
    if (text === null) break;
    kept.push(text);
    room -= text.length + 1;
    if (text !== piece.text) break;
  }
  while (kept.at(-1) === '') kept.pop();
  return kept.length === 0 ? CUT : [...kept, '', CUT].join('\n');
}

/** On one line, and so that nothing in it has a meaning but code: for a title, a cell of a table, an item of a list. */
export function plainLine(text: string, hosts: readonly string[] = []): string {
  const line = sanitizeLine(text).trim();
  const { text: plain } = renderInline(line, { hosts, links: hosts.length > 0, bare: true });
  return plain.replace(/^(?:[#>+=/-]|\d+(?=[.)]))/, (mark) => (/\d/.test(mark) ? `${mark}\\` : `\\${mark}`));
}

/** Sanitised Markdown for where none is shown: what is code on a line, without the backticks around it. Blocks of code stay. */
export function withoutCodeMarks(text: string): string {
  const blocks = [...blocksOf(text)].flatMap((block) =>
    block.kind === 'code'
      ? [fencedAs(block.lines.map((line) => `${line}\n`).join(''), block.info)]
      : block.lines.map(lineWithoutCodeMarks),
  );
  return blocks.join('\n');
}

/** The same of one line. */
export function lineWithoutCodeMarks(line: string): string {
  let [out, at] = ['', 0];
  for (const [start, { from, to, end }] of codeSpans(line)) {
    out += line.slice(at, start) + withoutPadding(line.slice(from, to));
    at = end;
  }
  return out + line.slice(at);
}

type Block = CodeBlock | { readonly kind: 'text'; readonly lines: readonly string[] };
interface CodeBlock {
  readonly kind: 'code';
  readonly info: string;
  readonly lines: readonly string[];
}

/** Fences at any depth, and the lines between them in paragraphs: a blank line is a paragraph of its own. */
function* blocksOf(text: string): Generator<Block> {
  let paragraph: string[] = [];
  let code: { info: string; lines: string[]; indent: number; closing: RegExp } | null = null;
  for (const line of text.split('\n')) {
    if (code !== null) {
      if (code.closing.test(line)) {
        yield { kind: 'code', ...code };
        code = null;
      } else code.lines.push(withoutIndent(line, code.indent));
      continue;
    }
    const [, indent = '', fence = '', info = ''] = /^( *)(`{3,}(?=[^`]*$)|~{3,})(.*)$/.exec(line) ?? [];
    const blank = /^ *$/.test(line);
    if ((fence !== '' || blank) && paragraph.length > 0) {
      yield { kind: 'text', lines: paragraph };
      paragraph = [];
    }
    if (fence !== '') {
      const closing = new RegExp(`^ *${fence[0]}{${fence.length},} *$`);
      code = { info: info.trim(), lines: [], indent: indent.length, closing };
    } else if (blank) yield { kind: 'text', lines: [line] };
    else paragraph.push(line);
  }
  if (code !== null) yield { kind: 'code', ...code };
  if (paragraph.length > 0) yield { kind: 'text', lines: paragraph };
}

function withoutIndent(line: string, indent: number): string {
  let at = 0;
  while (at < indent && line[at] === ' ') at += 1;
  return line.slice(at);
}

function codeBlock({ info, lines }: CodeBlock): string {
  const language = info.toLowerCase().split(/[ ,{]/, 1)[0] ?? '';
  const code = lines.map((line) => `${line}\n`).join('');
  return fencedAs(withoutMarkers(code), LANGUAGES.has(language) ? language : 'text');
}

/** Lines of one paragraph. A `|` ends a cell also inside of code: with both, it is no table. */
function textBlock(lines: readonly string[], hosts: readonly string[]): string[] {
  const rendered = lines.map((line) => textLine(line, hosts));
  const unsafe = rendered.some(({ splits }) => splits);
  return rendered.map(({ text }) => (unsafe && isDelimiterRow(text) ? text.replace('-', '\\-') : text));
}

/** GFM, "Tables": the row below the header; also behind marks of lists and quotes. */
const isDelimiterRow = (line: string): boolean =>
  /^[ >*+\d.)|:-]*$/.test(line) && line.includes('-') && /[|:]/.test(line);

function textLine(line: string, hosts: readonly string[]): Inline {
  const [prefix = ''] = /^ *(?:(?:>|[*+-] |\d{1,9}[.)] ) *)*/.exec(line) ?? [];
  const rest = line.slice(prefix.length);
  const [heading = ''] = /^#{1,3}(?= |$)/.exec(rest) ?? [];
  // Other programs than ours, too, take these for orders.
  const [command = ''] = /^\/[A-Za-z][\w/-]*/.exec(rest) ?? [];
  const begin = heading === '' ? (command === '' ? '' : codeOf(command)) : '####';
  const inline = renderInline(rest.slice(heading.length + command.length), {
    hosts,
    links: true,
    bare: false,
    behindCode: command !== '',
  });
  return { text: withoutCommand(prefix + begin + inline.text), splits: inline.splits };
}

/** What a link was called may be a command now that the link is gone. */
const withoutCommand = (line: string): string =>
  line.replace(
    /^((?: |>|[*+-] |\d{1,9}[.)] )*)(\/[A-Za-z][\w/-]*)(`?)/,
    (_, prefix: string, command: string, code: string) =>
      `${prefix}${codeOf(command)}${code === '' ? '' : ` ${code}`}`,
  );

/** As much of a block as fits: of code whole lines, of a line of text only when there is nothing before it. Null: nothing. */
function beginningOf(block: Block, isFirst: boolean, room: number, hosts: readonly string[]): string | null {
  if (block.kind === 'code') {
    const ticks = block.lines.reduce((most, line) => Math.max(most, longestRun(line)), 2) + 1;
    let left = room - 2 * ticks - LONGEST_LANGUAGE - 2;
    const lines: string[] = [];
    for (const line of block.lines) {
      left -= line.length + 2;
      if (left < 0) break;
      lines.push(line);
    }
    return lines.length === 0 ? null : codeBlock({ ...block, lines });
  }
  if (!isFirst) return null;
  const [line = ''] = block.lines;
  return textLine(wellFormedStart(line, Math.max(Math.floor(room / MOST_FOR_ONE) - 1, 0)), hosts).text;
}

const LONGEST_LANGUAGE = 16;
/** So many characters are written for one at most: `&#124;`, and `@` between backticks and a space. */
const MOST_FOR_ONE = 6;

interface Inline {
  readonly text: string;
  /** There is a `|` in it that a table would end a cell at, inside of code or of a link. */
  readonly splits: boolean;
}

interface InlineOptions {
  readonly hosts: readonly string[];
  readonly links: boolean;
  /** Without emphasis and cells. */
  readonly bare: boolean;
  /** Code stands right before it. */
  readonly behindCode?: boolean;
}

const IMAGE_REMOVED = '(image removed)';

/** One line of text as inline Markdown. */
function renderInline(line: string, options: InlineOptions): Inline {
  const { hosts, links, bare, behindCode = false } = options;
  let out = '';
  let splits = false;
  // Two spans of code side by side would be one, and a link behind a `!` an image.
  let last = behindCode ? '`' : '';
  const put = (text: string) => {
    out += text;
    last = text.at(-1) ?? last;
  };
  const putCode = (code: string) => {
    splits ||= code.includes('|');
    const span = bare ? codeSpan(code) : codeOf(withoutMarkers(code));
    put(last === '`' ? ` ${span}` : span);
  };
  const putLink = (address: string, label: string | null) => {
    const target = linkTarget(address, hosts);
    const name = renderInline(label ?? '', { ...options, links: false, behindCode: last === '`' });
    const named = name.text.trim() !== '';
    splits ||= name.splits || (target.kind === 'allowed' && name.text.includes('|'));
    if (target.kind === 'image') put(IMAGE_REMOVED);
    else if (target.kind === 'allowed' && links)
      put(`${last === '!' ? ' ' : ''}${named ? `[${name.text}](${target.url})` : `<${target.url}>`}`);
    else {
      if (named) put(`${name.text} (`);
      putCode(target.kind === 'allowed' ? target.url : target.text);
      if (named) put(')');
    }
  };
  for (const token of inlineTokens(line)) {
    if (token.kind === 'text') put(token.text);
    else if (token.kind === 'mark') put(bare ? escaped(token.text) : token.text.replace(/^~{3,}$/, escaped));
    else if (token.kind === 'code') putCode(withoutPadding(token.text));
    else if (token.kind === 'image') put(IMAGE_REMOVED);
    else putLink(token.url, token.label);
  }
  return { text: out, splits };
}

const escaped = (marks: string): string => marks.replace(/[*_~#]/g, '\\$&').replaceAll('|', '&#124;');

/** One space on each side is no part of code that has one on both (CommonMark, "Code spans"). */
const withoutPadding = (code: string): string =>
  code.startsWith(' ') && code.endsWith(' ') && /[^ ]/.test(code) ? code.slice(1, -1) : code;
