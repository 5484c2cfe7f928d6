import type { Line, ReviewedFile } from '../../check.ts';
import type { Problem } from '../../finding.ts';

const SCRIPT =
  /(?:^|\/)(?:package\.json|[^/]*(?:Dockerfile|Containerfile)[^/]*|(?:GNU)?[Mm]akefile|[Jj]ustfile|[^/]+\.(?:mk|sh|bash|zsh|ksh|ps1))$/;
const CHEAP = /curl|wget|Invoke-|iwr|irm/i;
const SHELL = String.raw`(?:(?:sudo|env|exec|command)\s[^|;&\n]{0,100})?(?:\/\S{1,50}\/)?(?:(?:ba|da|z|k|a)?sh|python3?|node|perl|ruby)\b(?!\s+-m\s+json|\s+-c\b|\s+-p?e\b)`;
const DOWNLOADED = new RegExp(String.raw`\b(?:curl|wget)\s[^|;\n]{1,300}\|\s{0,20}${SHELL}`);
const SUBSTITUTED = /\b(?:bash|zsh|sh|source|eval)\b[^\n]{0,60}(?:<\(|\$\(|`)\s{0,20}(?:curl|wget)\s/;
const POWERSHELL =
  /\b(?:iwr|irm|Invoke-WebRequest|Invoke-RestMethod)\b[^|;\n]{1,300}\|\s{0,20}(?:iex|Invoke-Expression)\b/i;
const NOT_RUN = /^\s*(?:#|\/\/|REM\b|echo\b|printf\b|@?echo\b)/;

/** A download that is run before anybody could have looked at it. */
export function* pipeToShell(file: ReviewedFile): Generator<Problem> {
  if (!SCRIPT.test(file.path) || !CHEAP.test(file.addedText)) return;
  for (const { number, endLine, text } of commands(file.added)) {
    if (NOT_RUN.test(text) || !CHEAP.test(text)) continue;
    if (!DOWNLOADED.test(text) && !SUBSTITUTED.test(text) && !POWERSHELL.test(text)) continue;
    yield {
      path: file.path,
      place: { startLine: number, endLine },
      title: 'Runs what it downloads, unseen',
      body: 'Whoever controls that address, or the way to it, runs code here. Download a fixed version, check its hash, then run it.',
    };
  }
}

interface Command {
  readonly number: number;
  readonly endLine: number;
  readonly text: string;
}

/** Lines with those that a backslash at their end goes on in. */
function* commands(lines: readonly Line[]): Generator<Command> {
  for (let at = 0; at < lines.length; at += 1) {
    const first = lines[at];
    if (first === undefined) return;
    let { number: endLine, text } = first;
    while (text.endsWith('\\') && text.length < 5000 && lines[at + 1]?.number === endLine + 1) {
      at += 1;
      endLine += 1;
      text = `${text.slice(0, -1)} ${lines[at]?.text.trim() ?? ''}`;
    }
    yield { number: first.number, endLine, text };
  }
}
