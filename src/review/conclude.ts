import type { RepoPath } from '../change/path.ts';
import { parseInlineIgnore } from '../config/inline-ignore.ts';
import type { ReviewedFile } from './check.ts';
import type { Excerpt, Finding, Place, Problem, Severity, Suggestion } from './finding.ts';
import { SEVERITIES } from './finding.ts';
import { fingerprint, shortIds } from './fingerprint.ts';
import { maskLine, type Span, spansByLine } from './mask.ts';
import type { Accepted, Policy } from './policy.ts';
import { sayTheSame } from './same-title.ts';

/** A problem with what its source says of itself. */
export interface SourcedProblem {
  readonly problem: Problem;
  readonly category: string;
  /** After the policy has spoken. */
  readonly severity: Severity;
  readonly source: string;
  /** 0 to 1; a check is certain. */
  readonly confidence?: number;
  readonly suggestion?: Suggestion | null;
}

/** A file that a finding is in, of the change or not. */
export type FoundIn = Pick<ReviewedFile, 'added' | 'after'>;

/** Opens a file; null when it is not read. Called once for each that has a finding with a place, and not held longer than needed. */
export type OpenFile = (path: RepoPath) => Promise<FoundIn | null>;

/** Where secrets stand in a text. What it finds is never shown. */
export type FindSecrets = (text: string) => Promise<readonly Span[]>;

type Unnamed = Omit<Finding, 'id'>;

/**
 * Problems become findings: one of several that say the same, with their code, their fingerprint and what speaks
 * against them; most important first.
 */
export async function concludeFindings(
  problems: readonly SourcedProblem[],
  paths: readonly RepoPath[],
  open: OpenFile,
  policy: Policy,
  findSecrets: FindSecrets,
): Promise<Finding[]> {
  const byPath = new Map<RepoPath, SourcedProblem[]>();
  for (const one of withoutDuplicates(problems)) {
    const { path } = one.problem;
    byPath.set(path, [...(byPath.get(path) ?? []), one]);
  }
  const findings: Unnamed[] = [];
  for (const [path, found] of byPath) {
    const placed = found.some(({ problem }) => problem.place !== null);
    const source = await readSource(placed ? await open(path) : null, found, findSecrets);
    const seen = new Map<string, number>();
    findings.push(...found.map((one) => concludeOne(one, source, policy, seen)));
  }
  const order = new Map(paths.map((path, index) => [path, index]));
  const rank = (finding: Unnamed) => [
    finding.suppressed === null ? 0 : 1,
    SEVERITIES.indexOf(finding.severity),
    // What is certain comes before what a model thinks: some reports show only the first ones.
    finding.source === 'check' ? 0 : 1,
    order.get(finding.path) ?? 0,
    finding.place?.startLine ?? 0,
    finding.place?.startColumn ?? 0,
  ];
  const ids = shortIds(findings.map((finding) => finding.fingerprint));
  return findings
    .map((finding) => ({ finding, rank: rank(finding) }))
    .sort((one, other) => compareRanks(one.rank, other.rank))
    .map(({ finding }) => ({ id: ids.get(finding.fingerprint) ?? finding.fingerprint, ...finding }));
}

function compareRanks(one: readonly number[], other: readonly number[]): number {
  for (const [index, value] of one.entries()) {
    const difference = value - (other[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function withoutDuplicates(problems: readonly SourcedProblem[]): SourcedProblem[] {
  const seen = new Map<string, SourcedProblem>();
  for (const one of problems) {
    const { path, place, title } = one.problem;
    const key = [path, one.category, place?.startLine, place?.startColumn, title].join('\0');
    if (!seen.has(key)) seen.set(key, one);
  }
  return [...seen.values()];
}

/** The text of a file in lines, with the spans of each (by line number, from 1) that are never shown. */
interface Source {
  readonly lines: ReadonlyMap<number, string>;
  readonly masks: ReadonlyMap<number, readonly Span[]>;
  /** The lines that the change adds. */
  readonly added: ReadonlySet<number>;
}

async function readSource(
  file: FoundIn | null,
  found: readonly SourcedProblem[],
  findSecrets: FindSecrets,
): Promise<Source> {
  const lines = new Map<number, string>();
  const masks = new Map<number, Span[]>();
  const added = new Set<number>();
  if (file === null) return { lines, masks, added };
  for (const line of file.added) {
    lines.set(line.number, line.text);
    added.add(line.number);
  }
  const text = (await file.after()) ?? '';
  for (const [index, line] of text.split('\n').entries()) lines.set(index + 1, line.replace(/\r$/, ''));
  for (const [index, spans] of spansByLine(text, await findSecrets(text))) masks.set(index + 1, spans);
  for (const { problem } of found) {
    if (problem.secret !== true || problem.place === null) continue;
    const { startLine, endLine, startColumn = 1, endColumn } = problem.place;
    for (let number = startLine; number <= endLine; number += 1) {
      const length = lines.get(number)?.length ?? 0;
      const span = {
        start: number === startLine ? startColumn - 1 : 0,
        end: number === endLine && endColumn !== undefined ? endColumn - 1 : length,
      };
      masks.set(number, [...(masks.get(number) ?? []), span]);
    }
  }
  return { lines, masks, added };
}

function concludeOne(
  { problem, category, severity, source: by, confidence, suggestion = null }: SourcedProblem,
  source: Source,
  policy: Policy,
  seen: Map<string, number>,
): Unnamed {
  const { path, place, title, body } = problem;
  const masked = (number: number) => maskLine(source.lines.get(number) ?? '', source.masks.get(number) ?? []);
  const text = place === null ? title : masked(place.startLine).text;
  const identity = {
    path,
    category,
    text,
    occurrence: place === null ? 0 : earlierLikeIt(source, place.startLine),
    secret: problem.secret === true && place !== null ? secretText(source, place) : null,
  };
  const marks = (confidence === undefined ? [0] : ORDINALS).map((ordinal) =>
    fingerprint({ ...identity, ordinal }),
  );
  const first = marks[0] ?? '';
  const ordinal = seen.get(first) ?? 0;
  if (confidence !== undefined) seen.set(first, ordinal + 1);
  const mark = marks[ordinal] ?? fingerprint({ ...identity, ordinal });
  const ignore = place === null ? null : ignoreAbove(source, place.startLine, category);
  return {
    fingerprint: mark,
    path,
    place,
    severity,
    category,
    title,
    body: ignore?.fresh
      ? `${body}\nThe ignore above it is part of this change: it counts once it is committed.`.trim()
      : body,
    source: by,
    confidence: confidence ?? 1,
    excerpt: place === null || !source.lines.has(place.startLine) ? null : excerptOf(source, place),
    suggestion,
    suppressed: suppressionOf({ marks, title, exact: confidence === undefined }, ignore, policy),
  };
}

/** Of so many findings of a model about one line, each is known again when the others are gone. */
const ORDINALS = [0, 1, 2, 3];

/** What a model says of a line that another finding was dismissed on is not dismissed with it: the title tells them apart. */
function suppressionOf(
  { marks, title, exact }: { marks: readonly string[]; title: string; exact: boolean },
  ignore: Ignore | null,
  { baseline, dismissed }: Policy,
): Finding['suppressed'] {
  if (ignore !== null && !ignore.fresh) return { by: 'inline-ignore', reason: ignore.reason };
  const find = (accepted: ReadonlyMap<string, Accepted>) =>
    marks
      .map((mark) => accepted.get(mark))
      .find((one) => one !== undefined && (exact || sayTheSame(one.title, title)));
  const known = find(baseline);
  if (known !== undefined) return { by: 'baseline', reason: known.reason };
  const done = find(dismissed);
  return done === undefined ? null : { by: 'dismissed', reason: done.reason };
}

interface Ignore {
  readonly reason: string;
  /** It is part of the change under review, and so has no say in it. */
  readonly fresh: boolean;
}

/** `code-agent-ignore <check>: why`, on the line above. */
function ignoreAbove(source: Source, line: number, category: string): Ignore | null {
  const above = source.lines.get(line - 1);
  const ignore = above?.includes('code-agent-ignore') ? parseInlineIgnore(above) : null;
  if (ignore === null || !('reason' in ignore) || !ignore.checks.includes(category)) return null;
  return { reason: ignore.reason, fresh: source.added.has(line - 1) };
}

function earlierLikeIt({ lines }: Source, line: number): number {
  const text = lines.get(line)?.trim();
  let count = 0;
  for (const [number, other] of lines) if (number < line && other.trim() === text) count += 1;
  return count;
}

function secretText({ lines }: Source, { startLine, endLine, startColumn = 1, endColumn }: Place): string {
  const parts: string[] = [];
  for (let number = startLine; number <= endLine; number += 1) parts.push(lines.get(number) ?? '');
  const last = parts.length - 1;
  if (endColumn !== undefined) parts[last] = parts[last]?.slice(0, endColumn - 1) ?? '';
  parts[0] = parts[0]?.slice(startColumn - 1) ?? '';
  return parts.join('\n');
}

/** Of a long range, its first lines. */
const EXCERPT_LINES = 5;

/** The lines of the place and the one before it. */
function excerptOf({ lines, masks }: Source, place: Place): Excerpt {
  const masked = (number: number) => maskLine(lines.get(number) ?? '', masks.get(number) ?? []);
  const firstLine = lines.has(place.startLine - 1) ? place.startLine - 1 : place.startLine;
  const lastLine = Math.min(place.endLine, place.startLine + EXCERPT_LINES - 1);
  const shown: string[] = [];
  for (let number = firstLine; number <= lastLine; number += 1) shown.push(masked(number).text);
  const { startColumn, endColumn } = place;
  if (startColumn === undefined) return { firstLine, lines: shown, caret: null };
  const line = masked(place.startLine);
  const end =
    place.endLine > place.startLine || endColumn === undefined
      ? line.text.length
      : line.offset(endColumn - 1);
  const start = line.offset(startColumn - 1);
  return {
    firstLine,
    lines: shown,
    caret: { line: place.startLine, startColumn: start + 1, endColumn: Math.max(start + 2, end + 1) },
  };
}
