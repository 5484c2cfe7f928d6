import type { Finding } from '../../review/finding.ts';
import type { PostPlan, SummaryPost } from '../../review/posts/plan-posts.ts';
import type { Review } from '../../review/review.ts';
import { sanitize, sanitizeLine, sanitizePath } from '../sanitize.ts';
import { coverageText, durationText, groupByReason, plural, severitiesText, shareTexts } from '../summary.ts';
import { fitting } from './comment-body.ts';
import { cut, idText, kindText, linesText, pathText, titleText, whereText } from './finding-text.ts';
import { lineWithoutCodeMarks, plainLine, withoutCodeMarks } from './sanitize-markdown.ts';
import { isPartial, unplacedTexts } from './summary-comment.ts';

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

export interface CheckRunOptions {
  /** False: what no comment tells is told in full here, for nothing else does. */
  readonly hasSummary?: boolean;
  /** Hosts that a link may lead to. */
  readonly hosts?: readonly string[];
}

const LEVELS = { error: 'failure', warning: 'warning', info: 'notice' } as const;
/** Ten requests. What is left out is in the text, or counted there. */
const MOST_ANNOTATIONS = 500;
/** GitHub's limits are 255 characters and 64 kB, of which a character may take four bytes. */
const LONGEST = { title: 250, message: 15_000, details: 15_000 };
const MOST = { findings: 200, paths: 10, reasons: 30 };
const ROOM = { findings: 40_000, coverage: 15_000 };

/** The review as the check run that gates the pull request. */
export function renderCheckRun(
  review: Review,
  plan: PostPlan,
  { hasSummary = true, hosts = [] }: CheckRunOptions = {},
): CheckRunReport {
  const { verdict, findings } = review;
  const counted = findings.filter(({ suppressed }) => suppressed === null);
  const conclusion = ({ pass: 'success', fail: 'failure', incomplete: 'neutral' } as const)[verdict.outcome];
  return {
    conclusion: conclusion === 'success' && isPartial(review) ? 'neutral' : conclusion,
    title: titleOf(review, counted),
    summary: summaryOf(review, plan, { counted, hasSummary }),
    text: [...findingTexts(counted, hasSummary ? [] : plan.summary, hosts), gapList(review)]
      .filter((part) => part !== '')
      .join('\n\n'),
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
  { counted, hasSummary }: { readonly counted: readonly Finding[]; readonly hasSummary: boolean },
) {
  return [
    {
      pass: `Nothing that fails was found (\`failOn: ${verdict.failOn}\`).`,
      fail: `There are findings that fail (\`failOn: ${verdict.failOn}\`).`,
      incomplete: 'Nothing that fails was found, but not everything was looked at: this is no pass.',
    }[verdict.outcome],
    `${plainLine(coverageText(coverage))}. ${severitiesText(counted) || 'No findings'}${placesText(plan, hasSummary)}.`,
    [...shareTexts(model), durationText(timing.totalMs)].join(' · '),
  ].join('\n\n');
}

/** Where the findings are told: `, in a new comment`, or `: 2 in new comments, 1 in the summary only`. */
function placesText({ inline, file, keep, summary }: PostPlan, hasSummary: boolean): string {
  const added = [...inline, ...file];
  const told = [
    { posts: added, place: added.length === 1 ? 'in a new comment' : 'in new comments' },
    { posts: keep, place: keep.length === 1 ? 'in an earlier comment' : 'in earlier comments' },
    { posts: summary, place: `in ${hasSummary ? 'the summary' : 'this check run'} only` },
  ].filter(({ posts }) => posts.length > 0);
  if (told.length < 2) return told.map(({ place }) => `, ${place}`).join('');
  const counts = told.map(({ posts, place }) => {
    const count = posts.reduce((sum, { also }) => sum + 1 + also.length, 0);
    return `${count} ${place}`;
  });
  return `: ${counts.join(', ')}`;
}

/** Those that are told here only, then all others in a line. */
function findingTexts(
  counted: readonly Finding[],
  here: readonly SummaryPost[],
  hosts: readonly string[],
): string[] {
  if (here.length === 0) return [findingList(counted, ROOM.findings)];
  const told = new Set(here.map(({ finding }) => finding.fingerprint));
  const texts = unplacedTexts(here, hosts);
  const room = ROOM.findings - texts.join('\n\n').length;
  const list = findingList(
    counted.filter(({ fingerprint }) => !told.has(fingerprint)),
    room,
  );
  return list === '' ? texts : [...texts, 'In comments:', list];
}

function findingList(findings: readonly Finding[], room: number): string {
  if (findings.length === 0) return '';
  const lines = findings
    .slice(0, MOST.findings)
    .map(
      (finding) =>
        `- ${whereText(finding)}: ${titleText(finding, [])} (${kindText(finding)}, ${idText(finding)})`,
    );
  const limits = { room, most: MOST.findings };
  return fitting(lines, findings.length, limits, (left) => `- and ${plural(left, 'more finding')}`).join(
    '\n',
  );
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
    title: cut(
      sanitizeLine(`${category}: ${lineWithoutCodeMarks(sanitizeLine(title))}${tool} [${id}]`),
      LONGEST.title,
    ),
    message:
      cut(sanitize(withoutCodeMarks(sanitize(body.trim() === '' ? title : body))), LONGEST.message).trim() ||
      sanitizePath(path),
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
