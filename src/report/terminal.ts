import type { Finding, Severity } from '../review/finding.ts';
import type { Review } from '../review/review.ts';
import { renderExcerpt } from './excerpt.ts';
import { sanitize, sanitizeLine, sanitizePath } from './sanitize.ts';
import { droppedText, groupByReason, summaryLine } from './summary.ts';
import { cutEnd, textWidth } from './text-width.ts';

export interface TerminalOptions {
  readonly color: boolean;
  /** Also lists what is suppressed and excluded, and every path where else a few stand for all. */
  readonly verbose?: boolean;
  /** In cells. */
  readonly width?: number;
}

const DEFAULT_WIDTH = 100;
const SHOWN_IN_FULL = 10;
const SHOWN_PATHS = 3;
const WIDEST_PATHS = 40;
const LEAST_TITLE = 30;
const INDENT = '  ';

/** ECMA-48 SGR. Not `util.styleText`: from Node 22.13 on it looks at the process's streams and environment. */
const COLORS: Readonly<Record<Severity, number>> = { error: 31, warning: 33, info: 36 };

/** What a person sees of a review: the findings, the most important in full, then the summary and the ledger. */
export function renderTerminal(review: Review, options: TerminalOptions): string {
  const { color, verbose = false, width = DEFAULT_WIDTH } = options;
  const counted = review.findings.filter((finding) => finding.suppressed === null);
  const blocks = [
    ...counted.slice(0, SHOWN_IN_FULL).map((finding) => findingInFull(finding, color, width)),
    counted.slice(SHOWN_IN_FULL).map((finding) => findingLine(finding, color, width)),
    verbose ? suppressedLines(review.findings, color, width) : [],
    [summaryLine(review), ...ledgerLines(review, verbose).map((line) => `${INDENT}${line}`)],
  ].filter((block) => block.length > 0);
  const lines = blocks.flatMap((block) => ['', ...block]);
  // A review that found nothing is one line, without the empty one that sets findings off from the command.
  return `${(blocks.length > 1 ? lines : lines.slice(1)).join('\n')}\n`;
}

function findingInFull(finding: Finding, color: boolean, width: number): string[] {
  const room = width - INDENT.length;
  const body = [
    ...wrap(sanitizeLine(finding.title), room),
    ...(finding.excerpt === null ? [] : renderExcerpt(finding.excerpt, room)),
    ...sanitize(finding.body)
      .trim()
      .split('\n')
      .flatMap((line) => wrap(line, room)),
    ...suggestionLines(finding),
  ];
  return [
    `${heading(finding, color)}${sourceText(finding)}${INDENT}${idText(finding)}`,
    ...body.map((line) => `${INDENT}${line}`.trimEnd()),
  ];
}

/** `Suggested:  32 │     await backoff(i);` */
function suggestionLines({ suggestion }: Finding): string[] {
  if (suggestion === null) return [];
  const { startLine, lines } = suggestion;
  if (lines.length === 0) return ['Suggested:  remove it'];
  const digits = String(startLine + lines.length - 1).length;
  return lines.map(
    (line, index) =>
      `${index === 0 ? 'Suggested:' : '          '}  ${String(startLine + index).padStart(digits)} │ ${sanitizeLine(line)}`,
  );
}

function findingLine(finding: Finding, color: boolean, width: number): string {
  const taken = textWidth(`${heading(finding, false)}${INDENT}${INDENT}${idText(finding)}`);
  const title = cutEnd(sanitizeLine(finding.title), Math.max(width - taken, LEAST_TITLE));
  return [heading(finding, color), title, idText(finding)].join(INDENT);
}

function suppressedLines(findings: readonly Finding[], color: boolean, width: number): string[] {
  return findings.flatMap((finding) => {
    if (finding.suppressed === null) return [];
    const { by, reason } = finding.suppressed;
    const why = `${by}: ${sanitizeLine(reason)}`;
    return [`suppressed${INDENT}${findingLine(finding, color, width)}`, `${INDENT}${why}`];
  });
}

function ledgerLines({ coverage, model }: Review, verbose: boolean): string[] {
  const dropped = model === null ? null : droppedText(model);
  const groups = (outcome: 'skipped' | 'excluded') =>
    groupByReason(coverage.files, outcome).map(({ reason, paths }) => {
      const shown = verbose ? paths : paths.slice(0, SHOWN_PATHS);
      const more = paths.length > shown.length ? ` and ${paths.length - shown.length} more` : '';
      return { label: outcome, paths: `${shown.map(sanitizePath).join(', ')}${more}`, reason };
    });
  const rows = [...groups('skipped'), ...(verbose ? groups('excluded') : [])];
  const column = Math.min(Math.max(0, ...rows.map(({ paths }) => textWidth(paths))), WIDEST_PATHS);
  const lines = [
    ...rows.map(({ label, paths, reason }) => [label, `${padEnd(paths, column)}  ${reason}`] as const),
    ...coverage.failures.map((failure) => ['failed', sanitizeLine(failure)] as const),
    ...coverage.notes.map((note) => ['note', sanitizeLine(note)] as const),
    ...(dropped === null ? [] : [['note', dropped] as const]),
  ];
  const labels = Math.max(0, ...lines.map(([label]) => label.length));
  return lines.map(([label, text]) => `${label.padEnd(labels)}  ${text}`);
}

function heading(finding: Finding, color: boolean): string {
  const { severity, category, path, place } = finding;
  const shown = color ? `\x1b[${COLORS[severity]}m${severity}\x1b[39m` : severity;
  const lines = place === null ? '' : `:${place.startLine}`;
  const end = place !== null && place.endLine > place.startLine ? `-${place.endLine}` : '';
  return [shown, sanitizeLine(category), `${sanitizePath(path)}${lines}${end}`].join(INDENT);
}

function sourceText({ source, confidence }: Finding): string {
  if (source === 'check') return '';
  const sure = confidence < 1 ? `, confidence ${Number(confidence.toFixed(2))}` : '';
  return `${INDENT}(${sanitizeLine(source)}${sure})`;
}

const idText = (finding: Finding): string => `[${sanitizeLine(finding.id)}]`;

const padEnd = (text: string, width: number): string =>
  `${text}${' '.repeat(Math.max(width - textWidth(text), 0))}`;

/** Broken between words, with the indentation of its first line. A word that is too long stays whole: it may be a URL. */
function wrap(text: string, width: number): string[] {
  const indent = /^ {0,20}/.exec(text)?.[0] ?? '';
  const lines: string[] = [];
  let line = '';
  for (const word of text.trim().split(/ +/)) {
    if (word === '') continue;
    const longer = line === '' ? `${indent}${word}` : `${line} ${word}`;
    if (line !== '' && textWidth(longer) > width) {
      lines.push(line);
      line = `${indent}${word}`;
    } else line = longer;
  }
  return line === '' ? lines : [...lines, line];
}
