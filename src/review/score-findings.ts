import type { RepoPath } from '../change/path.ts';
import type { Finding } from './finding.ts';

/** Lines of the file after the change. */
export interface Lines {
  readonly path: RepoPath;
  readonly startLine: number;
  readonly endLine: number;
}

/** A problem that a review of a change is known to have to find. */
export interface ExpectedFinding extends Lines {
  /** A finding of this category is about it. */
  readonly category?: string;
  /** So is one whose title or body holds one of these, in any case, at the beginning of a word. Not empty. */
  readonly about: readonly string[];
}

/** Code that looks wrong and is right. */
export interface ForbiddenFinding extends Lines {
  /** Why it is right. */
  readonly why: string;
}

/** What a review of a change is measured against. */
export interface Truth {
  readonly expected: readonly ExpectedFinding[];
  readonly forbidden: readonly ForbiddenFinding[];
}

export interface Score {
  /** How many problems there are. */
  readonly expected: number;
  /** How many of them were found. */
  readonly matched: number;
  readonly missed: readonly ExpectedFinding[];
  /** Findings that are none of them. */
  readonly wrong: readonly WrongFinding[];
  /** Findings of a problem that another finding is of already: neither right nor wrong. */
  readonly duplicates: number;
}

export interface WrongFinding {
  readonly finding: Finding;
  /** Why the code is right, where it was known to look wrong. */
  readonly forbidden: string | null;
}

/** Null where there is nothing to divide by: no finding has no precision, and where nothing is wrong nothing is recalled. */
export interface Rates {
  readonly precision: number | null;
  readonly recall: number | null;
  readonly f1: number | null;
}

/**
 * Compares findings with what is known of a change. A finding is of a problem when it is in its file, within two lines of
 * it and about the same. Each finding is of one problem and each problem is found once, so that as many as can be are
 * found, whatever the order of the findings. Suppressed findings do not count.
 */
export function scoreFindings(findings: readonly Finding[], { expected, forbidden }: Truth): Score {
  const shown = findings.filter(({ suppressed }) => suppressed === null);
  const fits = shown.map((finding) => expected.map((one) => isOf(finding, one)));
  const finder = matchEach(fits, expected.length);
  const wrong = shown.filter((_, index) => !fits[index]?.includes(true));
  const matched = finder.filter((index) => index !== null).length;
  return {
    expected: expected.length,
    matched,
    missed: expected.filter((_, index) => finder[index] === null),
    wrong: wrong.map((finding) => ({
      finding,
      forbidden:
        forbidden.find((lines) => finding.place !== null && distance(finding, lines) === 0)?.why ?? null,
    })),
    duplicates: shown.length - wrong.length - matched,
  };
}

/** Precision, recall and their harmonic mean. */
export function ratesOf({
  expected,
  matched,
  wrong,
}: {
  expected: number;
  matched: number;
  wrong: number;
}): Rates {
  const part = (of: number, all: number) => (all === 0 ? null : of / all);
  return {
    precision: part(matched, matched + wrong),
    recall: part(matched, expected),
    f1: part(2 * matched, expected + matched + wrong),
  };
}

/** A model may quote the line above or below. */
const SLACK = 2;

function isOf(finding: Finding, expected: ExpectedFinding): boolean {
  if (distance(finding, expected) > SLACK) return false;
  const text = folded(`${finding.title} ${finding.body}`);
  // Without lines, a category would make every finding in the file one of this problem.
  const sameCategory = finding.place !== null && finding.category === expected.category;
  return sameCategory || expected.about.some((words) => holds(text, folded(words)));
}

/** Lines between them, 0 when they overlap. A finding about the file, or about lines that are gone, is everywhere in it. */
function distance({ path, place }: Finding, lines: Lines): number {
  if (path !== lines.path) return Number.POSITIVE_INFINITY;
  if (place === null) return 0;
  return Math.max(0, place.startLine - lines.endLine, lines.startLine - place.endLine);
}

/** `lock` is in `locks` and not in `blocks`. */
function holds(text: string, words: string): boolean {
  const isLetter = (character: string) => /^[\p{L}\p{N}_]/u.test(character);
  for (let at = text.indexOf(words); at >= 0; at = text.indexOf(words, at + 1))
    if (!isLetter(words) || !isLetter(text.slice(at - 1, at))) return true;
  return false;
}

const folded = (text: string): string => text.toLowerCase().replace(/\s+/g, ' ');

/**
 * For each problem the finding that it goes to, so that as many as can be have one: augmenting paths
 * (https://en.wikipedia.org/wiki/Maximum_cardinality_matching).
 */
function matchEach(fits: readonly (readonly boolean[])[], problems: number): (number | null)[] {
  const finder: (number | null)[] = Array.from({ length: problems }, () => null);
  const place = (finding: number, tried: Set<number>): boolean =>
    finder.some((known, problem) => {
      if (!fits[finding]?.[problem] || tried.has(problem)) return false;
      tried.add(problem);
      if (known !== null && !place(known, tried)) return false;
      finder[problem] = finding;
      return true;
    });
  for (const finding of fits.keys()) place(finding, new Set());
  return finder;
}
