import type { RepoPath } from '../../change/path.ts';
import { anchor, type Side } from '../anchor.ts';
import { type Finding, SEVERITIES, type Severity, type Suggestion } from '../finding.ts';
import type { Review } from '../review.ts';
import type { StandingComment } from './standing-comment.ts';

/** One finding that is to be told. */
interface Post {
  readonly finding: Finding;
  /** Other findings of the same fingerprint: told in the same place, or a second marker would be the same as the first. */
  readonly also: readonly Finding[];
  /** The comment that a person deleted and that this one stands for. */
  readonly again: StandingComment | null;
}

/** A comment at lines of the diff, proven by {@link anchor}. */
export interface InlinePost extends Post {
  readonly kind: 'inline';
  readonly side: Side;
  /** One line: both are the same, and GitHub is told no `start_line`. */
  readonly startLine: number;
  readonly endLine: number;
  /** Of exactly these lines: GitHub replaces what the comment stands at. */
  readonly suggestion: Suggestion | null;
}

/** A comment at a file (`subject_type: file`, which only the endpoint for a single comment knows). */
export interface FilePost extends Post {
  readonly kind: 'file';
}

/**
 * Why a finding has no comment of its own: it is only worth knowing; it has no place in the diff; there are more than fit;
 * a person has deleted its comment twice; GitHub refused it.
 */
export type SummaryReason = 'info' | 'no-place' | 'too-many' | 'deleted' | 'refused';

/** A finding that only the summary tells. */
export interface SummaryPost extends Post {
  readonly kind: 'summary';
  readonly why: SummaryReason;
}

/** A finding that is told already. */
export interface KeptComment {
  readonly comment: StandingComment;
  readonly finding: Finding;
  /** Other findings of the same fingerprint. */
  readonly also: readonly Finding[];
  /** True when the comment says another severity or title. */
  readonly changed: boolean;
}

/**
 * What to say where. Every finding that counts is in one of `inline`, `file`, `summary` and `keep`, once. Every standing
 * comment is in one of `keep`, `fixed`, `unsure` and `dismissed`, or is what a post is made `again` for.
 */
export interface PostPlan {
  /** Most important first, as all others. */
  readonly inline: readonly InlinePost[];
  readonly file: readonly FilePost[];
  readonly summary: readonly SummaryPost[];
  readonly keep: readonly KeptComment[];
  /** Looked for and not found any more. May be resolved or deleted already. */
  readonly fixed: readonly StandingComment[];
  /** Not found, and not looked for: nothing is to be said of them. */
  readonly unsure: readonly StandingComment[];
  /** Found, and suppressed since. */
  readonly dismissed: readonly { readonly comment: StandingComment; readonly finding: Finding }[];
}

export interface PostInput {
  readonly review: Pick<Review, 'change' | 'findings' | 'coverage' | 'model'>;
  readonly standing: readonly StandingComment[];
  /** So many comments may stand unresolved at once. 30 when left out. */
  readonly mostComments?: number;
}

const MOST_COMMENTS = 30;

/** Decides where every finding is told. Pure; nothing of it needs an answer of GitHub. */
export function planPosts({ review, standing, mostComments = MOST_COMMENTS }: PostInput): PostPlan {
  const groups = groupByFingerprint(review.findings.filter(({ suppressed }) => suppressed === null));
  const byFingerprint = new Map(standing.map((comment) => [comment.fingerprint, comment]));

  const keep: KeptComment[] = [];
  const posts: (InlinePost | FilePost | SummaryPost)[] = [];
  for (const { finding, also } of groups) {
    const comment = byFingerprint.get(finding.fingerprint) ?? null;
    if (comment !== null && !comment.deleted) keep.push(kept(comment, finding, also));
    else posts.push(placed(review, { finding, also, again: comment }));
  }
  const room = mostComments - keep.filter(({ comment }) => !comment.resolved).length;
  const ordered = posts.toSorted((one, other) => rank(one) - rank(other));
  const commented = ordered.filter((post) => post.kind !== 'summary');
  const fit = new Set<InlinePost | FilePost | SummaryPost>(commented.slice(0, Math.max(room, 0)));
  const final = ordered.map((post) =>
    post.kind === 'summary' || fit.has(post) ? post : inSummary(post, 'too-many'),
  );

  const found = new Set(groups.map(({ finding }) => finding.fingerprint));
  const gone = standing.filter(({ fingerprint }) => !found.has(fingerprint));
  const suppressed = new Map(
    review.findings.filter((one) => one.suppressed !== null).map((one) => [one.fingerprint, one]),
  );
  const outcomes = new Map(review.coverage.files.map(({ path, outcome }) => [path, outcome]));
  const notFound = gone.filter(({ fingerprint }) => !suppressed.has(fingerprint));
  const lookedFor = (comment: StandingComment) => wasLookedFor(review, outcomes, comment);
  return {
    inline: final.filter((post) => post.kind === 'inline'),
    file: final.filter((post) => post.kind === 'file'),
    summary: final.filter((post) => post.kind === 'summary'),
    keep,
    fixed: notFound.filter(lookedFor),
    unsure: notFound.filter((comment) => !lookedFor(comment)),
    dismissed: gone.flatMap((comment) => {
      const finding = suppressed.get(comment.fingerprint);
      return finding === undefined ? [] : [{ comment, finding }];
    }),
  };
}

/** The same finding, told by the summary alone. */
export const inSummary = ({ finding, also, again }: Post, why: SummaryReason): SummaryPost => ({
  kind: 'summary',
  finding,
  also,
  again,
  why,
});

const rank = ({ finding }: Post): number => SEVERITIES.indexOf(finding.severity);

function groupByFingerprint(findings: readonly Finding[]): { finding: Finding; also: Finding[] }[] {
  const groups = new Map<string, { finding: Finding; also: Finding[] }>();
  for (const finding of findings) {
    const group = groups.get(finding.fingerprint);
    if (group === undefined) groups.set(finding.fingerprint, { finding, also: [] });
    else group.also.push(finding);
  }
  return [...groups.values()];
}

const kept = (comment: StandingComment, finding: Finding, also: readonly Finding[]): KeptComment => ({
  comment,
  finding,
  also,
  changed: comment.severity !== finding.severity || comment.title !== finding.title,
});

function placed({ change }: PostInput['review'], post: Post): InlinePost | FilePost | SummaryPost {
  const { finding, again } = post;
  const { path, place } = finding;
  if (again !== null && again.recreated > 0) return inSummary(post, 'deleted');
  if (isQuiet(finding.severity)) return inSummary(post, 'info');
  // A path of bytes that are no UTF-8 has no name in JSON.
  if (!path.isWellFormed()) return inSummary(post, 'no-place');
  const where = anchor(change, path, place, 'RIGHT');
  if (where.kind === 'summary') return inSummary(post, 'no-place');
  if (where.kind === 'file') return { kind: 'file', ...post };
  const suggestion = suggestionAt(change, finding);
  const { side, startLine, endLine } = suggestion === null ? where : { ...where, ...rangeOf(suggestion) };
  return { kind: 'inline', ...post, side, startLine, endLine, suggestion };
}

/** What is only worth knowing is noise in the diff. */
const isQuiet = (severity: Severity): boolean => severity === 'info';

const rangeOf = ({ startLine, endLine }: Suggestion) => ({ startLine, endLine });

/** The suggestion, when it is of lines that the finding is about and the comment can stand at them. */
function suggestionAt(change: Review['change'], { path, place, suggestion }: Finding): Suggestion | null {
  if (suggestion === null || place === null) return null;
  const overlaps = suggestion.startLine <= place.endLine && place.startLine <= suggestion.endLine;
  return overlaps && anchor(change, path, rangeOf(suggestion), 'RIGHT').kind === 'inline' ? suggestion : null;
}

/**
 * Whether the review would have found it again: it looked at the file with all that it looks with, and with a model when a
 * model had found it; or the file is no part of the change any more.
 */
function wasLookedFor(
  { coverage, model }: PostInput['review'],
  outcomes: ReadonlyMap<RepoPath, string>,
  { path, source }: StandingComment,
): boolean {
  const outcome = outcomes.get(path);
  if (outcome === undefined) return true;
  return outcome === 'reviewed' && coverage.failures.length === 0 && (source === 'check' || model !== null);
}
