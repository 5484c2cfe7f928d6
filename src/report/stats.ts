import type { StatsRow } from '../agent/session-stats.ts';
import { sanitizeLine } from './sanitize.ts';
import { durationText, tokensText } from './summary.ts';

const HEAD = ['day', 'model', 'sessions', 'found', 'dropped', 'calls', 'tokens', 'cached', 'cost', 'time'];

/** A table for a terminal, with a line of sums below it. The repository has a column when there is more than one. Pure. */
export function statsTable(rows: readonly StatsRow[]): string {
  if (rows.length === 0) return 'There were no sessions in that time.\n';
  const isOne = new Set(rows.map(({ repository }) => repository)).size < 2;
  const named = (cells: string[], repository: string) => (isOne ? cells : [repository, ...cells]);
  const lines = [
    named(HEAD, 'repository'),
    ...rows.map((row) => named(cellsOf(row, row.day, row.model ?? 'checks only'), row.repository ?? '')),
    named(cellsOf(sumOf(rows), 'all', ''), ''),
  ];
  const texts = isOne ? 2 : 3;
  const widths = lines[0]?.map((_, column) => Math.max(...lines.map((cells) => cells[column]?.length ?? 0)));
  const aligned = lines.map((cells) =>
    cells
      .map((cell, column) => {
        const width = widths?.[column] ?? 0;
        return column < texts ? cell.padEnd(width) : cell.padStart(width);
      })
      .join('  ')
      .trimEnd(),
  );
  return `${aligned.join('\n')}\n`;
}

function cellsOf(row: Omit<StatsRow, 'day' | 'model' | 'repository'>, day: string, model: string): string[] {
  const { sessions, findings, calls, failures, tokens, usd, ms } = row;
  const sent = tokens.input + tokens.cacheRead + tokens.cacheWrite;
  return [
    day,
    sanitizeLine(model),
    String(sessions),
    String(findings.kept),
    String(findings.suppressed + findings.dropped),
    failures === 0 ? String(calls) : `${calls} (${failures} failed)`,
    tokensText(sent + tokens.output),
    sent === 0 ? '' : `${Math.round((tokens.cacheRead / sent) * 100)}%`,
    `$${usd.toFixed(2)}`,
    durationText(ms),
  ];
}

function sumOf(rows: readonly StatsRow[]): StatsRow {
  const sum = (of: (row: StatsRow) => number) => rows.reduce((total, row) => total + of(row), 0);
  return {
    ...{ repository: null, day: '', model: null },
    ...{ sessions: sum((row) => row.sessions), calls: sum((row) => row.calls), usd: sum((row) => row.usd) },
    ...{ failures: sum((row) => row.failures), ms: sum((row) => row.ms) },
    findings: {
      kept: sum(({ findings }) => findings.kept),
      suppressed: sum(({ findings }) => findings.suppressed),
      dropped: sum(({ findings }) => findings.dropped),
    },
    tokens: {
      input: sum(({ tokens }) => tokens.input),
      output: sum(({ tokens }) => tokens.output),
      cacheRead: sum(({ tokens }) => tokens.cacheRead),
      cacheWrite: sum(({ tokens }) => tokens.cacheWrite),
    },
  };
}

const COLUMNS: readonly (readonly [string, (row: StatsRow) => string | number])[] = [
  ['repository', ({ repository }) => repository ?? ''],
  ['day', ({ day }) => day],
  ['model', ({ model }) => model ?? ''],
  ['sessions', ({ sessions }) => sessions],
  ['findings_kept', ({ findings }) => findings.kept],
  ['findings_suppressed', ({ findings }) => findings.suppressed],
  ['findings_dropped', ({ findings }) => findings.dropped],
  ['calls', ({ calls }) => calls],
  ['failures', ({ failures }) => failures],
  ['input_tokens', ({ tokens }) => tokens.input],
  ['output_tokens', ({ tokens }) => tokens.output],
  ['cache_read_tokens', ({ tokens }) => tokens.cacheRead],
  ['cache_write_tokens', ({ tokens }) => tokens.cacheWrite],
  ['usd', ({ usd }) => usd],
  ['seconds', ({ ms }) => Math.round(ms) / 1000],
];

/** RFC 4180: CRLF, quotes where they are needed. A text that a spreadsheet would run is kept from it by a quote mark. Pure. */
export function statsCsv(rows: readonly StatsRow[]): string {
  const lines = [
    COLUMNS.map(([name]) => name),
    ...rows.map((row) => COLUMNS.map(([, cellOf]) => csvCell(cellOf(row)))),
  ];
  return lines.map((cells) => `${cells.join(',')}\r\n`).join('');
}

function csvCell(value: string | number): string {
  if (typeof value === 'number') return String(value);
  // https://owasp.org/www-community/attacks/CSV_Injection
  const text = sanitizeLine(/^[=+\-@\t\r]/.test(value) ? `'${value}` : value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
