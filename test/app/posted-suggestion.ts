/** A piece of fenced code of a body. */
interface Fence {
  readonly info: string;
  readonly lines: readonly string[];
}

/**
 * The suggestions that GitHub finds in a body: fenced code with that name (CommonMark, "Fenced code blocks"), also behind marks of
 * lists and quotes.
 * @returns the lines of each
 */
export const suggestionsIn = (body: string): (readonly string[])[] =>
  fencesIn(body)
    .filter(({ info }) => /^suggestion\b/.test(info))
    .map(({ lines }) => lines);

function fencesIn(body: string): Fence[] {
  const fences: Fence[] = [];
  let open: { readonly mark: string; readonly info: string; readonly lines: string[] } | null = null;
  for (const line of body.split(/\r\n|\n|\r/)) {
    if (open === null) {
      const [, mark = '', info = ''] = /^[ >*+\-\d.)]*?(`{3,}(?=[^`]*$)|~{3,})(.*)$/.exec(line) ?? [];
      if (mark !== '') open = { mark, info: info.trim(), lines: [] };
      continue;
    }
    const [, closing = ''] = /^ {0,3}(`{3,}|~{3,})[ \t]*$/.exec(line) ?? [];
    if (closing.startsWith(open.mark)) {
      fences.push(open);
      open = null;
    } else open.lines.push(line);
  }
  return open === null ? fences : [...fences, open];
}

/** The file with a suggestion committed: its lines in place of those of the comment, ended as the file ends lines. */
export function commitSuggestion(
  file: string,
  { startLine, line }: { readonly startLine: number; readonly line: number },
  lines: readonly string[],
): string {
  const old = file.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  const endOf = (some: string | undefined) => /\r?\n$/.exec(some ?? '')?.[0] ?? '';
  const [first, last] = [old[startLine - 1], old[line - 1]];
  if (first === undefined || last === undefined) throw new RangeError(`the file has no line ${line}`);
  const end = endOf(first) || endOf(old[startLine - 2]) || '\n';
  const put = lines.map((one, index) => one + (index === lines.length - 1 ? endOf(last) : end));
  return [...old.slice(0, startLine - 1), ...put, ...old.slice(line)].join('');
}
