import type { FileChange } from '../../change/change-set.ts';
import { hunkLines } from '../../change/hunk.ts';
import type { RepoPath } from '../../change/path.ts';
import type { Finding } from '../../review/finding.ts';
import type { PostPlan, SummaryPost, SummaryReason } from '../../review/posts/plan-posts.ts';
import type { PostDelta } from '../../review/posts/post-delta.ts';
import type { CoverageEntry, Review } from '../../review/review.ts';
import { droppedText, durationText, groupByReason, plural, severitiesText, shareTexts } from '../summary.ts';
import { codeSpan } from './code-text.ts';
import { commentBody, fitting } from './comment-body.ts';
import {
  bodyText,
  cut,
  excerptText,
  idText,
  kindText,
  pathText,
  sourceText,
  titleText,
  whereText,
} from './finding-text.ts';
import { plainLine } from './sanitize-markdown.ts';

export interface SummaryInput {
  readonly review: Review;
  readonly plan: PostPlan;
  /** The commit that was reviewed, as a person reads it. */
  readonly head: string;
  /** Null at the first review of a pull request. */
  readonly delta: PostDelta | null;
  /** What changed in a file, in a line; Markdown of a model. Null when none was asked. */
  readonly walkthrough: ReadonlyMap<RepoPath, string> | null;
  /** Hosts that a link may lead to. */
  readonly hosts: readonly string[];
  readonly marker: string;
}

/** Characters for each part; all together they are less than GitHub takes. */
const ROOM = { table: 18_000, full: 18_000, brief: 8_000, coverage: 8_000 };
const MOST = { files: 100, full: 20, brief: 50, reasons: 20, paths: 10, lines: 20 };

/** The one comment that says what the review came to. What was not looked at is said first. */
export function renderSummary(input: SummaryInput): string {
  const { review, plan, head, delta, hosts, marker } = input;
  return commentBody(
    [
      verdictLine(review, head),
      fileTable(input),
      ...unplacedTexts(plan.summary, hosts),
      delta === null ? '' : deltaText(delta),
      coverageDetails(review, hosts),
      footText(review),
    ],
    marker,
  );
}

/** Whether something of the change was not looked at, whatever the verdict is. */
export const isPartial = ({ verdict, coverage }: Pick<Review, 'verdict' | 'coverage'>): boolean =>
  verdict.outcome === 'incomplete' ||
  verdict.outOfTime ||
  coverage.failures.length > 0 ||
  coverage.files.some(({ outcome }) => outcome === 'skipped');

/** `**code-agent** reviewed 14 of 14 files at `4f1c2ab` — 2 errors, 1 warning` */
function verdictLine(review: Review, head: string): string {
  const { files } = review.coverage;
  const count = files.filter(({ outcome }) => outcome === 'reviewed').length;
  const looked = `reviewed ${count} of ${plural(files.length, 'file')} at ${codeSpan(head)}`;
  const found = severitiesText(counted(review.findings));
  if (isPartial(review))
    return `**code-agent: incomplete.** It ${looked} — ${found || 'no findings in what it looked at'}. ${gapText(review)}`;
  if (files.length === 0)
    return `**code-agent** found nothing to review at ${codeSpan(head)}: the change is empty`;
  return `**code-agent** ${looked} — ${found || 'no findings'}`;
}

function gapText({ coverage, verdict }: Review): string {
  const skipped = coverage.files.filter(({ outcome }) => outcome === 'skipped').length;
  return [
    ...(skipped > 0 ? [`${plural(skipped, 'file')} ${skipped === 1 ? 'was' : 'were'} not looked at.`] : []),
    ...(coverage.failures.length > 0
      ? [`${plural(coverage.failures.length, 'part')} of the review failed.`]
      : []),
    ...(verdict.outOfTime ? ['The time ran out.'] : []),
  ].join(' ');
}

const counted = (findings: readonly Finding[]): Finding[] =>
  findings.filter(({ suppressed }) => suppressed === null);

/** Files with findings first, by importance; then the rest as the change has them. What a rule excludes is below, but for what has findings. */
function fileTable({ review, walkthrough, hosts }: SummaryInput): string {
  const byPath = new Map<RepoPath, Finding[]>();
  for (const finding of counted(review.findings))
    byPath.set(finding.path, [...(byPath.get(finding.path) ?? []), finding]);
  const entries = review.coverage.files.filter(
    ({ path, outcome }) => outcome !== 'excluded' || byPath.has(path),
  );
  if (entries.length === 0) return '';
  const position = new Map([...byPath.keys()].map((path, index) => [path, index]));
  const order = (path: RepoPath) => position.get(path) ?? byPath.size;
  const ordered = entries.toSorted((one, other) => order(one.path) - order(other.path));
  const files = new Map(review.change.files.map((file) => [file.path, file]));
  function* rows(): Generator<string> {
    for (const { path, outcome } of ordered) {
      const found = severitiesText(byPath.get(path) ?? []);
      const result =
        outcome === 'skipped' ? ['not reviewed', found].filter((one) => one !== '').join(', ') : found;
      const what = changeText(files.get(path), walkthrough?.get(path) ?? null, hosts);
      yield `| ${pathText(path)} | ${what} | ${result} |`;
    }
  }
  const lines = fitting(rows(), ordered.length, { room: ROOM.table, most: MOST.files }, (left) => {
    const hidden = ordered.slice(ordered.length - left).map(({ path }) => path);
    const found = severitiesText(hidden.flatMap((path) => byPath.get(path) ?? []));
    return `| and ${plural(left, 'more file')} | | ${found} |`;
  });
  return ['| file | what changed | findings |', '|---|---|---|', ...lines].join('\n');
}

const LONGEST_WALKTHROUGH = 200;

function changeText(
  file: FileChange | undefined,
  walkthrough: string | null,
  hosts: readonly string[],
): string {
  const said = walkthrough === null ? '' : plainLine(cut(walkthrough, LONGEST_WALKTHROUGH), hosts);
  if (file === undefined) return said;
  const { status, path, oldPath } = file;
  const moved = oldPath === path ? [] : [`renamed from ${pathText(oldPath)}`];
  const kind =
    status === 'added' || status === 'deleted' ? [status] : status === 'type-changed' ? ['another type'] : [];
  const known = [...kind, ...moved, said === '' ? sizeText(file) : '']
    .filter((part) => part !== '')
    .join(', ');
  return [known, said].filter((part) => part !== '').join(': ');
}

/** `+12 −3`, or why there are no lines to count. */
function sizeText({ hunks, unread }: FileChange): string {
  if (hunks === null) return unread === null ? '' : plainLine(cut(unread, LONGEST_WALKTHROUGH));
  let [added, removed] = [0, 0];
  for (const hunk of hunks)
    for (const { kind } of hunkLines(hunk)) {
      if (kind === 'added') added += 1;
      if (kind === 'removed') removed += 1;
    }
  return added + removed === 0 ? '' : `+${added} −${removed}`;
}

const WHY: Readonly<Record<SummaryReason, string>> = {
  info: 'worth knowing',
  'no-place': 'not at a line of the diff',
  'too-many': 'there are more than fit beside the diff',
  deleted: 'its comment was deleted',
  refused: 'GitHub did not take the comment',
};

/** Findings without a comment: those that matter with their code, all others in a line. */
export function unplacedTexts(posts: readonly SummaryPost[], hosts: readonly string[]): string[] {
  if (posts.length === 0) return [];
  const findings = posts.flatMap(({ finding, also, why }) =>
    [finding, ...also].map((one) => ({ finding: one, why })),
  );
  const matters = findings.filter(({ why }) => why !== 'info');
  const full: string[] = [];
  let room = ROOM.full;
  for (const { finding, why } of matters.slice(0, MOST.full)) {
    const text = fullText(finding, why, hosts);
    room -= text.length + 2;
    if (room < 0) break;
    full.push(text);
  }
  const brief = [...matters.slice(full.length), ...findings.filter(({ why }) => why === 'info')];
  const lines = fitting(
    brief.slice(0, MOST.brief).map(({ finding, why }) => briefText(finding, why, hosts)),
    brief.length,
    { room: ROOM.brief, most: MOST.brief },
    (left) =>
      `- and ${left} more (${severitiesText(brief.slice(brief.length - left).map(({ finding }) => finding))})`,
  );
  const title = `${plural(brief.length, full.length > 0 ? 'more finding' : 'finding')} without a comment`;
  return [...full, lines.length === 0 ? '' : details(title, lines)];
}

/** Of one finding of many. */
const LONGEST_BODY = 3_000;

function fullText(finding: Finding, why: SummaryReason, hosts: readonly string[]): string {
  const facts = [kindText(finding), ...sourceTexts(finding), idText(finding), WHY[why]];
  return [
    `**${titleText(finding, hosts)}** in ${whereText(finding)}\n<sub>${facts.join(' · ')}</sub>`,
    excerptText(finding),
    bodyText(finding, hosts, LONGEST_BODY),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

const briefText = (finding: Finding, why: SummaryReason, hosts: readonly string[]): string =>
  `- ${whereText(finding)}: ${titleText(finding, hosts)} <sub>${[kindText(finding), ...sourceTexts(finding), idText(finding), ...(why === 'info' ? [] : [WHY[why]])].join(' · ')}</sub>`;

function sourceTexts(finding: Finding): string[] {
  const source = sourceText(finding);
  return source === null ? [] : [source];
}

function deltaText({ fixed, dismissed, open, new: fresh, unchangedFiles }: PostDelta): string {
  const unchanged =
    unchangedFiles > 0 ? ` ${plural(unchangedFiles, 'file')} unchanged, not asked about again.` : '';
  const gone = dismissed > 0 ? ` ${dismissed} dismissed,` : '';
  return `Since the last review: ${fixed} fixed,${gone} ${open} still open, ${fresh} new.${unchanged}`;
}

/** What was excluded and skipped, what failed, and what is worth knowing. */
function coverageDetails({ coverage, model, findings }: Review, hosts: readonly string[]): string {
  const dropped = model === null ? null : droppedText(model);
  const suppressed = findings.length - counted(findings).length;
  const groups = (outcome: 'skipped' | 'excluded') =>
    groupByReason(coverage.files, outcome).map(({ reason, paths }) => {
      const named = paths.slice(0, MOST.paths).map(pathText).join(', ');
      const more = paths.length > MOST.paths ? ` and ${paths.length - MOST.paths} more` : '';
      return `- ${outcome} (${plainLine(cut(reason, 300), hosts)}): ${named}${more}`;
    });
  const line = (label: string) => (text: string) => `- ${label}: ${plainLine(cut(text, 1000), hosts)}`;
  const lines = [
    ...coverage.failures.map(line('failed')),
    ...groups('skipped'),
    ...groups('excluded'),
    ...coverage.notes.map(line('note')),
    ...(suppressed > 0 ? [`- ${plural(suppressed, 'finding')} suppressed`] : []),
    ...(dropped === null ? [] : [`- ${dropped}`]),
  ];
  if (lines.length === 0) return '';
  const limits = { room: ROOM.coverage, most: MOST.lines };
  return details(
    countsText(coverage),
    fitting(lines, lines.length, limits, (left) => `- and ${plural(left, 'more line')}`),
  );
}

/** Only numbers: it stands in HTML, where nothing is code. */
function countsText({ files, failures }: Review['coverage']): string {
  const count = (outcome: CoverageEntry['outcome']) =>
    files.filter((file) => file.outcome === outcome).length;
  const [excluded, skipped] = [count('excluded'), count('skipped')];
  return [
    `${count('reviewed')} of ${plural(files.length, 'file')} reviewed`,
    ...(excluded > 0 ? [`${excluded} excluded`] : []),
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
    ...(failures.length > 0 ? [plural(failures.length, 'failure')] : []),
  ].join(', ');
}

/** Blank lines, or GitHub takes what is inside for HTML. */
const details = (summary: string, lines: readonly string[]): string =>
  `<details><summary>${summary}</summary>\n\n${lines.join('\n')}\n\n</details>`;

function footText({ model, timing }: Review): string {
  const parts = [...shareTexts(model), durationText(timing.totalMs), '`/agent help`'];
  return `<sub>${parts.join(' · ')}</sub>`;
}
