import type { Finding, Severity } from '../review/finding.ts';
import type { Review } from '../review/review.ts';
import { sanitize, sanitizeLine, sanitizePath } from './sanitize.ts';
import { groupByReason, plural, severitiesText } from './summary.ts';

/**
 * GitHub shows this many annotations of each level for one step, and drops the rest without a word
 * (actions/toolkit, docs/problem-matchers.md, "Limitations").
 */
const SHOWN_PER_LEVEL = 10;
const SHOWN_PATHS = 10;
const LEVELS = { error: 'error', warning: 'warning', info: 'notice' } as const;

/**
 * The review as workflow commands, which GitHub Actions shows as annotations: what was not looked at, then the
 * findings, most important first and no more than GitHub shows. What that leaves out, the last one counts.
 */
export function renderGithub({ coverage, findings }: Review): string {
  const counted = findings.filter((finding) => finding.suppressed === null);
  const gaps = gapCommands(coverage).slice(0, SHOWN_PER_LEVEL);
  const of = (severity: Severity) => counted.filter((finding) => finding.severity === severity);
  const shown = [
    ...of('error').slice(0, SHOWN_PER_LEVEL),
    ...of('warning').slice(0, SHOWN_PER_LEVEL - gaps.length),
    // One less: the last notice is the one that counts the rest.
    ...of('info').slice(0, SHOWN_PER_LEVEL - 1),
  ];
  const rest = counted.filter((finding) => !shown.includes(finding));
  const commands = [...gaps, ...shown.map(findingCommand), ...(rest.length > 0 ? [restCommand(rest)] : [])];
  return commands.map((line) => `${line}\n`).join('');
}

function gapCommands({ files, failures }: Review['coverage']): string[] {
  const skipped = groupByReason(files, 'skipped').map(({ reason, paths }) => {
    const names = paths.slice(0, SHOWN_PATHS).map(sanitizePath).join(', ');
    const more = paths.length > SHOWN_PATHS ? ` and ${paths.length - SHOWN_PATHS} more` : '';
    return command(
      'warning',
      { title: `${plural(paths.length, 'file')} not reviewed` },
      `${names}${more}: ${reason}`,
    );
  });
  return [
    ...skipped,
    ...failures.map((failure) => command('warning', { title: 'A part of the review failed' }, failure)),
  ];
}

function findingCommand(finding: Finding): string {
  const { severity, category, path, place, title, body, source, id } = finding;
  const tool = source === 'check' ? '' : ` (${source})`;
  const position = { file: sanitizePath(path), ...(place !== null && positionOf(place)) };
  return command(
    LEVELS[severity],
    { ...position, title: `${category}: ${title}${tool} [${id}]` },
    body === '' ? title : body,
  );
}

/** Columns may be given only when both lines are the same, and `endColumn` is the last one (@actions/core, AnnotationProperties). */
function positionOf({ startLine, endLine, startColumn, endColumn }: NonNullable<Finding['place']>) {
  const lines = { line: startLine, endLine };
  if (startLine !== endLine || startColumn === undefined) return lines;
  return { ...lines, col: startColumn, endColumn: Math.max(startColumn, (endColumn ?? startColumn + 1) - 1) };
}

function restCommand(rest: readonly Finding[]): string {
  return command(
    'notice',
    { title: `${plural(rest.length, 'more finding')}` },
    `${severitiesText(rest)} more than GitHub shows for one step. The other reports have them all.`,
  );
}

/** `::error file=a.ts,line=1::message`, escaped as the runner undoes it (@actions/core, command.ts). */
function command(
  level: (typeof LEVELS)[Severity],
  properties: Readonly<Record<string, string | number>>,
  message: string,
): string {
  const texts = Object.entries(properties).map(
    ([name, value]) =>
      `${name}=${escapeData(sanitizeLine(String(value)))
        .replace(/:/g, '%3A')
        .replace(/,/g, '%2C')}`,
  );
  return `::${level} ${texts.join(',')}::${escapeData(sanitize(message))}`;
}

const escapeData = (text: string): string =>
  text.replace(/%/g, '%25').replace(/\r/g, '%0D').replace(/\n/g, '%0A');
