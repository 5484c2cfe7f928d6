import {
  type CaseRun,
  type Cost,
  type EvaluatedCase,
  type Evaluation,
  type Spread,
  type Summary,
  summarize,
} from '../review/evaluation.ts';
import type { Lines, WrongFinding } from '../review/score-findings.ts';
import { sanitizeJson, sanitizeLine } from './sanitize.ts';
import { durationText, placeText, plural, tokensText } from './summary.ts';
import { textWidth } from './text-width.ts';

/** ECMA-48 SGR: red, yellow. */
const COLORS = { failed: 31, wrong: 31, missed: 33 } as const;
type Label = keyof typeof COLORS;

/** What a person sees of an evaluation: a line for each case, under it what was missed and what was wrong, and the total. */
export function renderEvaluation(evaluation: Evaluation, { color }: { color: boolean }): string {
  const { cases, runs } = evaluation;
  const total = summarize(cases.flatMap((one) => one.runs));
  const table = alignColumns([
    HEADER,
    ...cases.map(({ name, runs }) => rowOf(sanitizeLine(name), summarize(runs))),
    rowOf('total', total),
  ]);
  const [header, ...rows] = table;
  const blocks = cases.map((one, index) => [rows[index], ...detailsOf(one, runs, color)]);
  const lines = [header, ...blocks.flat(), '', rows.at(-1), '', summaryOf(evaluation, total)];
  return `${lines.join('\n')}\n`;
}

/** An evaluation for programs: the sums that {@link renderEvaluation} shows, and what was found in each run. */
export function renderEvaluationJson({ models, runs, cases, ms }: Evaluation): string {
  const report = {
    version: 1,
    models,
    runs,
    ms,
    total: summarize(cases.flatMap((one) => one.runs)),
    cases: cases.map(({ name, title, runs }) => ({
      name,
      title,
      ...summarize(runs),
      runs: runs.map(({ score, ...run }) => ({
        ...run,
        score: score && { ...score, wrong: score.wrong.map(wrongJson) },
      })),
    })),
  };
  return `${sanitizeJson(JSON.stringify(report, null, 2))}\n`;
}

function wrongJson({ finding, forbidden }: WrongFinding) {
  const { path, place, severity, category, title, body, confidence, source } = finding;
  return { path, place, severity, category, title, body, confidence, source, forbidden };
}

const HEADER = 'case found wrong twice precision recall F1 dropped calls tokens cached cost time'.split(' ');

function rowOf(name: string, { counts, rates, dropped, cost, incomplete }: Summary): string[] {
  const { expected, matched, wrong, duplicates } = counts;
  return [
    name,
    `${matched} of ${expected}${incomplete > 0 ? `, ${incomplete} incomplete` : ''}`,
    ...[wrong, duplicates].map(String),
    ...[rates.precision, rates.recall, rates.f1].map(rateText),
    String(dropped.unplaced + dropped.refuted + dropped.merged),
    ...costTexts(cost),
  ];
}

function costTexts({ calls, tokens, usd, ms }: Cost): string[] {
  const sent = tokens.input + tokens.cacheRead + tokens.cacheWrite;
  return [
    String(calls),
    `${tokens.estimated ? 'about ' : ''}${tokensText(sent + tokens.output)}`,
    `${sent === 0 ? 0 : Math.round((tokens.cacheRead / sent) * 100)}%`,
    usd === null ? 'not known' : `$${usd.toFixed(usd < 0.1 ? 3 : 2)}`,
    durationText(ms),
  ];
}

/** `0.71`, of several runs `0.71 (0.60-0.80)`, `–` where there is no value. */
function rateText(rate: Spread | null): string {
  if (rate === null) return '–';
  const [mean, min, max] = [rate.mean, rate.min, rate.max].map((value) => value.toFixed(2));
  return min === max ? `${mean}` : `${mean} (${min}-${max})`;
}

/** What was missed, wrong or not looked at, the same of several runs once. */
function detailsOf({ runs }: EvaluatedCase, of: number, color: boolean): string[] {
  const times = new Map<string, number>();
  for (const detail of runs.flatMap((run) => detailsOfRun(run, color)))
    times.set(detail, (times.get(detail) ?? 0) + 1);
  return [...times].map(([text, count]) => `  ${text}${of > 1 ? ` (${count} of ${of} runs)` : ''}`);
}

function detailsOfRun({ score, incomplete }: CaseRun, color: boolean): string[] {
  const line = (label: Label, text: string) =>
    `${color ? `\x1b[${COLORS[label]}m${label}\x1b[39m` : label}${' '.repeat(8 - label.length)}${sanitizeLine(text)}`;
  if (score === null) return incomplete.map((reason) => line('failed', reason));
  return [
    ...score.missed.map((one) => line('missed', `${linesText(one)}  ${one.about.join(', ')}`)),
    ...score.wrong.map(({ finding, forbidden }) => {
      const known = forbidden === null ? '' : `  (known to be right: ${forbidden})`;
      return line('wrong', `${placeText(finding.path, finding.place)}  ${finding.title}${known}`);
    }),
  ];
}

const linesText = ({ path, startLine, endLine }: Lines): string => placeText(path, { startLine, endLine });

/** `code-agent  5 cases · precision 0.71 · recall 0.83 · F1 0.77 · dropped: 1 unplaced, 1 refuted, 1 merged · 0.9 s` */
function summaryOf({ cases, models, runs, ms }: Evaluation, total: Summary): string {
  const { rates, dropped, cost, incomplete, counts } = total;
  const [calls, tokens, cached, usd] = costTexts(cost);
  const reviews = runs === 1 ? plural(cases.length, 'case') : `${plural(cases.length, 'case')}, ${runs} runs`;
  const parts = [
    `${incomplete > 0 ? `incomplete: ${incomplete} of ${cases.length * runs} reviews do not count, ` : ''}${reviews}`,
    `precision ${rateText(rates.precision)}`,
    `recall ${rateText(rates.recall)}`,
    `F1 ${rateText(rates.f1)}`,
    ...(counts.forbidden > 0 ? [`${counts.forbidden} of ${counts.wrong} wrong ones known to look so`] : []),
    `dropped: ${dropped.unplaced} unplaced, ${dropped.refuted} refuted, ${dropped.merged} merged`,
    `${calls} calls`,
    `${tokens} tokens (${cached} cached)`,
    usd === 'not known' ? 'cost not known' : usd,
    durationText(ms),
    ...models.map(sanitizeLine),
  ];
  return `code-agent  ${parts.join(' · ')}`;
}

/** The first column on the left, numbers on the right. */
function alignColumns(rows: readonly (readonly string[])[]): string[] {
  const widths = HEADER.map((_, column) => Math.max(...rows.map((row) => textWidth(row[column] ?? ''))));
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const space = ' '.repeat((widths[column] ?? 0) - textWidth(cell));
        return column === 0 ? `${cell}${space}` : `${space}${cell}`;
      })
      .join('  '),
  );
}
