import { reviewComments } from '../../src/app/post-findings.ts';
import type { ChangeSet } from '../../src/change/change-set.ts';
import { renderCheckRun } from '../../src/report/pull-request/check-run.ts';
import { renderFindingComment } from '../../src/report/pull-request/finding-comment.ts';
import type { Markers } from '../../src/report/pull-request/marker.ts';
import { renderReviewBody } from '../../src/report/pull-request/review-body.ts';
import { renderSummary } from '../../src/report/pull-request/summary-comment.ts';
import type { Finding } from '../../src/review/finding.ts';
import {
  type FilePost,
  type InlinePost,
  inSummary,
  type PostPlan,
} from '../../src/review/posts/plan-posts.ts';
import type { Review } from '../../src/review/review.ts';
import { applySuggestion } from '../../src/review/suggestion.ts';
import { checkRunProblem } from '../support/github/operations/checks.ts';
import {
  LIMITS,
  reviewCommentProblem,
  type SentComment,
  textProblem,
} from '../support/github/review-rules.ts';
import type { ShownDiff } from '../support/github/shown-diff.ts';
import { commitSuggestion, suggestionsIn } from './posted-suggestion.ts';

export const HOSTS = ['github.com'];

/** What is to be posted of a review, and what GitHub shows of its change. */
export interface Planned {
  readonly review: Review;
  readonly plan: PostPlan;
  readonly shown: ShownDiff;
  readonly markers: Markers;
  /** The new content of each file, by its path. */
  readonly contents: ReadonlyMap<string, Buffer>;
}

/** The bodies of comments as they are posted. */
export const textOf =
  (markers: Markers) =>
  (post: InlinePost | FilePost): string =>
    renderFindingComment(post, { marker: markers.write('finding', post.finding.fingerprint), hosts: HOSTS });

/** The summary of a plan. */
export const summaryOf = ({ review, plan, markers }: Pick<Planned, 'review' | 'plan' | 'markers'>): string =>
  renderSummary({
    ...{ review, plan, hosts: HOSTS },
    head: '4f1c2ab',
    delta: null,
    walkthrough: null,
    marker: markers.write('summary', 'summary'),
  });

/**
 * What is wrong with the posts of a plan: what GitHub would refuse, a finding that is told nowhere or twice, a suggestion that
 * would commit something else than was proven. `count` is told what there was.
 */
export function judgePosts(planned: Planned, count: (what: string, many?: number) => void): string[] {
  const { review, plan, markers } = planned;
  const counted = review.findings.filter(({ suppressed }) => suppressed === null);
  const told = [...plan.inline, ...plan.file, ...plan.summary].flatMap(({ finding, also }) => [
    finding,
    ...also,
  ]);
  for (const kind of ['inline', 'file', 'summary'] as const)
    count(kind, plan[kind].flatMap(({ also }) => [0, ...also]).length);
  for (const { why, also } of plan.summary) count(`summary: ${why}`, 1 + also.length);
  const isOnce =
    told.length === counted.length &&
    new Set(told).size === counted.length &&
    counted.every((one) => told.includes(one));
  const everything: PostPlan = {
    ...plan,
    inline: [],
    file: [],
    summary: [...[...plan.inline, ...plan.file].map((post) => inSummary(post, 'refused')), ...plan.summary],
  };
  return [
    ...(isOnce ? [] : [`${counted.length} findings count, and ${told.length} are told`]),
    ...judgeInline(planned, count),
    ...[...plan.inline, ...plan.file].flatMap((post) => judgeAtFile(planned, post, count)),
    ...plan.file.flatMap((post) => judgeModesty(planned, post)),
    ...judgeText(renderReviewBody(review, plan.inline.length, markers.write('review', 'x'))),
    ...judgeSummary(planned, count),
    // As it is when GitHub takes no comment at all.
    ...judgeSummary({ ...planned, plan: everything }, () => undefined),
    ...judgeCheckRun(review, plan),
  ];
}

function judgeInline(
  { review, plan, shown, markers, contents }: Planned,
  count: (what: string) => void,
): string[] {
  return reviewComments(plan.inline, textOf(markers)).flatMap((comment, index) => {
    const post = plan.inline[index];
    if (post === undefined) return ['there are more comments than posts'];
    const { path, body, side, line, startLine } = comment;
    const sent = {
      path,
      body,
      side,
      line,
      ...(startLine !== null && { start_line: startLine, start_side: side }),
    };
    const problem = reviewCommentProblem(shown, sent);
    if (startLine !== null) count('comments on several lines');
    return [
      ...(problem === null ? [] : [problem]),
      ...judgeBody(body, post, markers),
      ...judgeSuggestions(review.change, contents.get(path), post, body, count),
    ];
  });
}

/** The suggestion that a person can commit does what the review has proven. */
function judgeSuggestions(
  change: ChangeSet,
  content: Buffer | undefined,
  { finding, suggestion, startLine, endLine }: InlinePost,
  body: string,
  count: (what: string) => void,
): string[] {
  const offered = suggestionsIn(body);
  const [lines] = offered;
  if (offered.length > 1)
    return [`${offered.length} suggestions in one comment: ${finding.title.slice(0, 20)}`];
  if (suggestion !== null && lines === undefined) count('suggestions that are only told');
  if (lines === undefined) return [];
  if (suggestion === null || content === undefined) return ['a suggestion that is not ours to make'];
  count('suggestions');
  if (suggestion.lines.length === 0) count('suggestions to remove lines');
  if (suggestion.lines.some((one) => one.includes('```'))) count('suggestions with fences');
  const place = finding.place;
  if (place?.startLine !== startLine || place.endLine !== endLine)
    count('suggestions of other lines than the finding');
  const file = content.toString();
  if (file.includes('\r\n')) count('suggestions between CRLF');
  if (!file.endsWith('\n')) count('suggestions in a file without a last newline');
  const isSame =
    commitSuggestion(file, { startLine, line: endLine }, lines) === applySuggestion(file, suggestion);
  return isSame
    ? []
    : [`committed in ${change.files.length} files, the suggestion is another one: ${body.slice(-200)}`];
}

/** A comment at a file, which is also what becomes of one at a line that GitHub does not take. */
function judgeAtFile(
  { shown, markers }: Planned,
  post: InlinePost | FilePost,
  count: (what: string) => void,
): string[] {
  const at: FilePost = { kind: 'file', finding: post.finding, also: post.also, again: post.again };
  // As `post-findings` renders it: with all that the post has.
  const body = textOf(markers)({ ...post, kind: 'file' });
  if (body.length > 20_000) count('comments of more than 20,000 characters');
  const sent: SentComment = { path: at.finding.path, body, subject_type: 'file' };
  const problem = reviewCommentProblem(shown, sent);
  return [
    ...(problem === null ? [] : [problem]),
    ...judgeBody(body, at, markers),
    ...(suggestionsIn(body).length === 0 ? [] : ['a suggestion in a comment that has no lines']),
  ];
}

/** A finding is told at its file only where GitHub shows none of its lines, or where what it shows is not to be trusted. */
function judgeModesty(
  { review: { change }, shown }: Planned,
  { finding: { path, place } }: FilePost,
): string[] {
  const file = change.files.find((one) => one.path === path);
  if (place === null || file === undefined || file.status === 'type-changed' || file.unread !== null)
    return [];
  if ((file.hunks ?? []).some(({ body }) => body.includes(0))) return [];
  const { startLine, endLine } = place;
  const start = startLine === endLine ? {} : { start_line: startLine };
  const problem = reviewCommentProblem(shown, { path, body: 'x', line: endLine, side: 'RIGHT', ...start });
  return problem === null
    ? [`lines ${startLine}-${endLine} of ${path} are shown, and the comment is not at them`]
    : [];
}

const TITLE = /q\d+n\d+z/;
const tokenOf = ({ title }: Finding): string => TITLE.exec(title)?.[0] ?? title;

function judgeBody(body: string, { finding, also }: InlinePost | FilePost, markers: Markers): string[] {
  const marker = markers.read(body);
  const named = [finding, ...also].filter((one) => body.includes(tokenOf(one))).length;
  const [, more = '0'] = /^And (\d+) more here\.$/m.exec(body) ?? [];
  return [
    ...judgeText(body),
    ...(marker?.kind === 'finding' && marker.key === finding.fingerprint ? [] : ['it has not our marker']),
    ...(named + Number(more) === also.length + 1 ? [] : [`of ${also.length + 1} findings it tells ${named}`]),
  ];
}

/** Also of what GitHub would take and could not show or find again. */
function judgeText(body: string): string[] {
  const problem = textProblem(body);
  const isStorable = body.isWellFormed() && !/(?![\n\t])\p{Cc}/u.test(body);
  return [...(problem === null ? [] : [problem]), ...(isStorable ? [] : ['characters that nobody sees'])];
}

function judgeSummary(planned: Planned, count: (what: string, many?: number) => void): string[] {
  const body = summaryOf(planned);
  const findings = planned.plan.summary.flatMap(({ finding, also }) => [finding, ...also]);
  const named = findings.filter((one) => body.includes(tokenOf(one))).length;
  const [, more = '0'] = /^- and (\d+) more \(/m.exec(body) ?? [];
  count('findings that a summary counts', Number(more));
  return [
    ...judgeText(body),
    ...(planned.markers.read(body)?.kind === 'summary' ? [] : ['the summary has not our marker']),
    ...(named + Number(more) === findings.length
      ? []
      : [`the summary tells ${named} findings of ${findings.length}, and ${more} more`]),
  ];
}

function judgeCheckRun(review: Review, plan: PostPlan): string[] {
  const { title, summary, text, annotations } = renderCheckRun(review, plan);
  const batches = Math.max(1, Math.ceil(annotations.length / LIMITS.annotations));
  return Array.from({ length: batches }, (_, index) => {
    const batch = annotations.slice(index * LIMITS.annotations, (index + 1) * LIMITS.annotations);
    const sent = batch.map(({ path, startLine, endLine, level, title: name, message }) => ({
      ...{ path, start_line: startLine, end_line: endLine, annotation_level: level, title: name, message },
    }));
    return checkRunProblem(
      { status: 'completed', conclusion: 'failure', output: { title, summary, text, annotations: sent } },
      null,
    );
  }).flatMap((problem) => (problem === null ? [] : [problem.problem]));
}
