/** A line of a comment as a reader sees it. */
export interface CommentLine {
  /**
   * `own`: it begins with what the author says. `aside`: it is empty, or begins in a quote, in code, or in what is folded
   * away or not shown at all.
   */
  readonly kind: 'own' | 'aside';
  /** Without HTML comments, which nobody sees. */
  readonly text: string;
}

/**
 * The lines of a GitHub comment, up to where a mail program repeats the mail that was answered. Markdown as CommonMark
 * 0.31 has it, as far as it decides how a line begins: indented code (4.4), fences (4.5), block quotes with lazy
 * continuation (5.1), code spans (6.1), HTML comments (4.6, 6.6), and elements of HTML that quote, fold or hide. In doubt
 * a line is an aside. Takes linear time.
 */
export function commentLines(body: string): CommentLine[] {
  const lines: CommentLine[] = [];
  let element: OpenElement | null = null;
  let paragraph: string[] = [];
  const endParagraph = (): void => {
    if (paragraph.length === 0) return;
    const scanned = scanParagraph(paragraph.join('\n'), element);
    for (const line of scanned.lines) lines.push(line);
    element = scanned.element;
    paragraph = [];
  };

  let fence: string | null = null;
  let inComment = false;
  let inQuote = false;
  for (const line of withoutRepeatedMail(body.split(/\r\n|\n|\r/))) {
    let aside: string | null = line;
    if (fence !== null) {
      if (closes(line, fence)) fence = null;
    } else if (inComment || /^ {0,3}<!--/.test(line)) {
      const end = line.indexOf('-->', inComment ? 0 : line.indexOf('<!--') + 4);
      inComment = end === -1;
      inQuote = false;
      aside = inComment ? '' : line.slice(end + 3);
    } else if (/^[ \t]*>/.test(line)) {
      inQuote = /[^> \t]/.test(line);
    } else if (line.trim() === '') {
      inQuote = false;
    } else {
      fence = fenceOf(line);
      if (fence !== null) inQuote = false;
      else if (!inQuote) aside = null;
    }
    if (aside === null) paragraph.push(line);
    else {
      endParagraph();
      lines.push({ kind: 'aside', text: aside });
    }
  }
  endParagraph();
  return lines;
}

/** What mail programs put above the mail that they repeat, and what begins a signature (RFC 3676, section 4.3). */
const REPEATED = /^(?:On .{1,300} wrote:|-{2,20} ?Original Message ?-{2,20}|_{32}|-- )$/i;

function withoutRepeatedMail(lines: readonly string[]): readonly string[] {
  const isWrapped = (line: string, next = ''): boolean =>
    line.startsWith('On ') && line.length + next.length < 300 && REPEATED.test(`${line} ${next}`);
  const end = lines.findIndex((line, index) => REPEATED.test(line) || isWrapped(line, lines[index + 1]));
  return end === -1 ? lines : lines.slice(0, end);
}

/** What opens fenced code in the line, also where an item of a list begins with it; null when nothing does. */
function fenceOf(line: string): string | null {
  const found = /^[ \t]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*(`{3,}|~{3,})(.*)$/.exec(line);
  const [, fence = '', info = ''] = found ?? [];
  return found === null || (fence.startsWith('`') && info.includes('`')) ? null : fence;
}

function closes(line: string, fence: string): boolean {
  const text = line.trim();
  return text.length >= fence.length && text === fence.charAt(0).repeat(text.length);
}

/** The outermost of the elements whose content is not what the author says, and how many of its name are open. */
interface OpenElement {
  readonly name: string;
  readonly depth: number;
}

const APART = 'details|pre|code|kbd|samp|blockquote|script|style|template|textarea|title';

/** Lines without an empty one between them. `element`: what is open in front of them, and behind. */
function scanParagraph(
  text: string,
  open: OpenElement | null,
): { lines: CommentLine[]; element: OpenElement | null } {
  const closing = closingRuns(text);
  const lastCommentEnd = text.lastIndexOf('-->');
  let element = open;
  let [seen, own] = ['', ''];
  const take = (part: string, isOwn: boolean): void => {
    seen += part;
    own += isOwn ? part : part.replace(/\S/g, ASIDE);
  };
  const tokens = new RegExp(`\\\\[\\\\\`<]|\`+|<!--|<(/?)(${APART})(?=[\\s/>])`, 'gi');
  let at = 0;
  for (let token = tokens.exec(text); token !== null; token = tokens.exec(text)) {
    const [whole, slash, name] = token;
    take(text.slice(at, token.index), element === null);
    let end = token.index + whole.length;
    if (whole === '<!--' && lastCommentEnd >= end) {
      end = text.indexOf('-->', end) + 3;
      const breaks = text.slice(token.index, end).replace(/[^\n]/g, '');
      seen += breaks;
      // What begins behind a comment does not begin its line.
      own += `${ASIDE}${breaks}${ASIDE}`;
    } else {
      if (whole.startsWith('`')) end = closing.get(token.index) ?? end;
      if (name !== undefined) element = afterTag(element, name.toLowerCase(), slash === '/');
      take(text.slice(token.index, end), false);
    }
    at = end;
    tokens.lastIndex = end;
  }
  take(text.slice(at), element === null);
  const owned = own.split('\n');
  const lines = seen.split('\n').map((line, index): CommentLine => {
    const begin = owned[index] ?? '';
    const isCode = /^(?: {0,3}\t| {4})/.test(begin);
    return { kind: isCode || begin.trimStart().startsWith(ASIDE) ? 'aside' : 'own', text: line };
  });
  return { lines, element };
}

/** Stands for a character that is not the author's own. */
const ASIDE = '\0';

function afterTag(open: OpenElement | null, name: string, ends: boolean): OpenElement | null {
  if (open === null) return ends ? null : { name, depth: 1 };
  if (open.name !== name) return open;
  const depth = open.depth + (ends ? -1 : 1);
  return depth === 0 ? null : { name, depth };
}

/** For each run of backticks that opens a code span, where the run that closes it ends: the next one as long. */
function closingRuns(text: string): Map<number, number> {
  const next = new Map<number, number>();
  const closing = new Map<number, number>();
  for (const { 0: run, index } of [...text.matchAll(/`+/g)].reverse()) {
    const end = next.get(run.length);
    if (end !== undefined) closing.set(index, end);
    next.set(run.length, index + run.length);
  }
  return closing;
}
