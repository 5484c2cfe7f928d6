import type { Finding } from '../../review/finding.ts';
import type { PostPlan } from '../../review/posts/plan-posts.ts';
import type { Review } from '../../review/review.ts';
import { sanitize, sanitizeLine, sanitizePath } from '../sanitize.ts';
import { coverageText, durationText, groupByReason, modelTexts, plural, severitiesText } from '../summary.ts';
import { fitting } from './comment-body.ts';
import { cut, idText, kindText, linesText, pathText, titleText, whereText } from './finding-text.ts';
import { plainLine } from './sanitize-markdown.ts';
import { isPartial } from './summary-comment.ts';

/** What a check run says (https://docs.github.com/rest/checks/runs). The name, the head and the times are the caller's. */
export interface CheckRunReport {
  /** `neutral` blocks no merge, and is no success. */
  readonly conclusion: 'success' | 'failure' | 'neutral';
  readonly title: string;
  readonly summary: string;
  readonly text: string;
  /** Most important first. GitHub takes 50 a request. */
  readonly annotations: readonly CheckAnnotation[];
}

/** Plain text at lines of the head. Columns are given only of one line, and `endColumn` is the last one. */
export interface CheckAnnotation {
  readonly path: string;
  readonly startLine: number;
  readonly endLine: number;
  readonly startColumn?: number;
  readonly endColumn?: number;
  readonly level: 'failure' | 'warning' | 'notice';
  readonly title: string;
  readonly message: string;
  readonly details?: string;
}

const LEVELS = { error: 'failure', warning: 'warning', info: 'notice' } as const;
/** Ten requests. What is left out is in the text, or counted there. */
const MOST_ANNOTATIONS = 500;
/** GitHub's limits are 255 characters and 64 kB, of which a character may take four bytes. */
const LONGEST = { title: 250, message: 15_000, details: 15_000 };
const MOST = { findings: 200, paths: 10, reasons: 30 };
const ROOM = { findings: 40_000, coverage: 15_000 };

/** The review as the check run that gates the pull request. */
export function renderCheckRun(review: Review, plan: PostPlan): CheckRunReport {
  const { verdict, findings } = review;
  const counted = findings.filter(({ suppressed }) => suppressed === null);
  const conclusion = ({ pass: 'success', fail: 'failure', incomplete: 'neutral' } as const)[verdict.outcome];
  return {
    conclusion: conclusion === 'success' && isPartial(review) ? 'neutral' : conclusion,
    title: titleOf(review, counted),
    summary: summaryOf(review, plan, counted),
    text: [findingList(counted), gapList(review)].filter((part) => part !== '').join('\n\n'),
    annotations: counted
      .filter(({ path }) => path.isWellFormed())
      .slice(0, MOST_ANNOTATIONS)
      .map(annotationOf),
  };
}

function titleOf(review: Review, counted: readonly Finding[]): string {
  const { files } = review.coverage;
  const found = severitiesText(counted);
  const count = files.filter(({ outcome }) => outcome === 'reviewed').length;
  if (isPartial(review))
    return `Incomplete: ${count} of ${plural(files.length, 'file')} reviewed${found === '' ? '' : `, ${found}`}`;
  if (files.length === 0) return 'Nothing to review: the change is empty';
  return `${found === '' ? 'No findings' : found} in ${plural(count, 'file')}`;
}

function summaryOf(
  { coverage, verdict, model, timing }: Review,
  plan: PostPlan,
  counted: readonly Finding[],
) {
  const said = [
    [plan.inline.length + plan.file.length, 'told in a new comment'],
    [plan.keep.length, 'told in a comment before'],
    [plan.summary.length, 'told in the summary only'],
  ] as const;
  const places = said.filter(([count]) => count > 0).map(([count, text]) => `${count} ${text}`);
  return [
    {
      pass: `Nothing that fails was found (\`failOn: ${verdict.failOn}\`).`,
      fail: `There are findings that fail (\`failOn: ${verdict.failOn}\`).`,
      incomplete: 'Nothing that fails was found, but not everything was looked at: this is no pass.',
    }[verdict.outcome],
    `${plainLine(coverageText(coverage))}. ${severitiesText(counted) || 'No findings'}${places.length > 0 ? `: ${places.join(', ')}` : ''}.`,
    [...(model === null ? [] : modelTexts(model)), durationText(timing.totalMs)].join(' · '),
  ].join('\n\n');
}

function findingList(counted: readonly Finding[]): string {
  if (counted.length === 0) return '';
  const lines = counted
    .slice(0, MOST.findings)
    .map(
      (finding) =>
        `- ${whereText(finding)}: ${titleText(finding, [])} (${kindText(finding)}, ${idText(finding)})`,
    );
  const limits = { room: ROOM.findings, most: MOST.findings };
  return fitting(lines, counted.length, limits, (left) => `- and ${plural(left, 'more finding')}`).join('\n');
}

/** What was not looked at, and what failed. */
function gapList({ coverage }: Review): string {
  const lines = [
    ...coverage.failures.map((failure) => `- failed: ${plainLine(cut(failure, 1000))}`),
    ...groupByReason(coverage.files, 'skipped').map(({ reason, paths }) => {
      const more = paths.length > MOST.paths ? ` and ${paths.length - MOST.paths} more` : '';
      return `- not reviewed (${plainLine(cut(reason, 300))}): ${paths.slice(0, MOST.paths).map(pathText).join(', ')}${more}`;
    }),
  ];
  const limits = { room: ROOM.coverage, most: MOST.reasons };
  return fitting(lines, lines.length, limits, (left) => `- and ${plural(left, 'more line')}`).join('\n');
}

/** Plain text, not Markdown. A finding of a whole file stands at its first line. */
function annotationOf(finding: Finding): CheckAnnotation {
  const { path, severity, category, title, body, source, id, suggestion } = finding;
  const tool = source === 'check' ? '' : ` (${source})`;
  const suggested =
    suggestion === null ? '' : `Suggested for ${linesText(suggestion)}:\n${suggestion.lines.join('\n')}`;
  return {
    path,
    ...positionOf(finding.place),
    level: LEVELS[severity],
    title: cut(sanitizeLine(`${category}: ${title}${tool} [${id}]`), LONGEST.title),
    message: cut(sanitize(body.trim() === '' ? title : body), LONGEST.message).trim() || sanitizePath(path),
    ...(suggested !== '' && { details: cut(sanitize(suggested), LONGEST.details) }),
  };
}

function positionOf(place: Finding['place']) {
  if (place === null) return { startLine: 1, endLine: 1 };
  const { startLine, endLine, startColumn, endColumn } = place;
  const lines = { startLine, endLine };
  if (startLine !== endLine || startColumn === undefined) return lines;
  const last = Math.max(startColumn, (endColumn ?? startColumn + 1) - 1);
  return { ...lines, startColumn, endColumn: last };
}
