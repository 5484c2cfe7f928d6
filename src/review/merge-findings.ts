import type { RepoPath } from '../change/path.ts';
import type { Side } from './anchor.ts';
import type { SourcedProblem } from './conclude.ts';
import { type Place, SEVERITIES } from './finding.ts';
import { sayTheSame } from './same-title.ts';

/** A problem that may be the same as another one. */
export interface MergeableProblem extends SourcedProblem {
  /** The file that the place is in. Absent: the new one. */
  readonly side?: Side;
  /** The code at the place, where it is known. */
  readonly quote?: string;
}

export interface MergedFinding<T extends MergeableProblem> {
  /** The one that stands for all. */
  readonly finding: T;
  /** Most telling first. */
  readonly duplicates: readonly T[];
}

/**
 * One finding of all that say the same, most telling first: a check's, then the more severe, then the more confident.
 * Each duplicate is one of the finding that it is merged into, not only of another duplicate. The result does not
 * depend on the order of what was found.
 */
export function mergeFindings<T extends MergeableProblem>(found: readonly T[]): MergedFinding<T>[] {
  const byPath = new Map<RepoPath, { finding: T; duplicates: T[] }[]>();
  const merged: { finding: T; duplicates: T[] }[] = [];
  for (const finding of inOrder(found)) {
    const known = byPath.get(finding.problem.path) ?? [];
    const same = known.find((other) => isDuplicate(finding, other.finding));
    if (same !== undefined) same.duplicates.push(finding);
    else {
      const first = { finding, duplicates: [] };
      merged.push(first);
      known.push(first);
      byPath.set(finding.problem.path, known);
    }
  }
  return merged;
}

const isCheck = ({ source }: SourcedProblem): boolean => source === 'check';

/** By what makes one the more telling, and then by all that they are: only equals are left in any order. */
function inOrder<T extends MergeableProblem>(found: readonly T[]): T[] {
  const rank = (one: T) => [
    isCheck(one) ? 0 : 1,
    SEVERITIES.indexOf(one.severity),
    -(one.confidence ?? 1),
    one.problem.place?.startLine ?? 0,
  ];
  return found
    .map((finding) => ({ finding, rank: rank(finding), text: JSON.stringify(finding) }))
    .sort(
      (one, other) =>
        compareRanks(one.rank, other.rank) || (one.text < other.text ? -1 : Number(one.text > other.text)),
    )
    .map(({ finding }) => finding);
}

function compareRanks(one: readonly number[], other: readonly number[]): number {
  const at = one.findIndex((value, index) => value !== other[index]);
  return at === -1 ? 0 : (one[at] ?? 0) - (other[at] ?? 0);
}

/**
 * Two of one file say the same when their titles do, of lines that overlap or of the same code. Two sources also say
 * the same when they call the same lines by the same category: one source that speaks twice of a line in other words
 * means two things. What comes without a confidence is exact, a check's or a tool's: that never says the same twice.
 */
function isDuplicate(one: MergeableProblem, other: MergeableProblem): boolean {
  const sameSource = one.source === other.source;
  if (sameSource && one.confidence === undefined && other.confidence === undefined) return false;
  const shared = overlap(one, other);
  if (sayTheSame(one.problem.title, other.problem.title)) return shared > 0 || haveSameCode(one, other);
  return !sameSource && one.category === other.category && shared >= 0.5;
}

/** The part of the lines of both that is in both: 1 for the same lines, or for the file as a whole. */
function overlap(one: MergeableProblem, other: MergeableProblem): number {
  if ((one.side ?? 'RIGHT') !== (other.side ?? 'RIGHT')) return 0;
  const [place, otherPlace] = [one.problem.place, other.problem.place];
  // A quote without a place is of a line that is gone, and the finding is not the whole file's.
  if (place === null || otherPlace === null)
    return place === otherPlace && folded(one.quote) === folded(other.quote) ? 1 : 0;
  const shared =
    Math.min(place.endLine, otherPlace.endLine) - Math.max(place.startLine, otherPlace.startLine) + 1;
  return shared <= 0 ? 0 : shared / (lineCount(place) + lineCount(otherPlace) - shared);
}

const lineCount = ({ startLine, endLine }: Place): number => endLine - startLine + 1;

const folded = (quote = ''): string => quote.trim().replace(/\s+/g, ' ');

const haveSameCode = (one: MergeableProblem, other: MergeableProblem): boolean =>
  folded(one.quote) !== '' && folded(one.quote) === folded(other.quote);
