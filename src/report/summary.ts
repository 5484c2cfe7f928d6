import type { Spent } from '../agent/budget.ts';
import type { RepoPath } from '../change/path.ts';
import { type Finding, SEVERITIES } from '../review/finding.ts';
import type { Coverage, CoverageEntry, ModelShare, Review } from '../review/review.ts';
import { sanitizeLine } from './sanitize.ts';

const MOST_REASONS = 3;

/** `1 file`, `2 files`. */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** `code-agent  3 of 4 files reviewed, 1 excluded (generated) · 2 errors, 1 warning · 6.4 s` */
export function summaryLine({ coverage, findings, timing, verdict, model }: Review): string {
  const incomplete = verdict.outcome === 'incomplete' ? 'incomplete: ' : '';
  const time = `${durationText(timing.totalMs)}${verdict.outOfTime ? ' (out of time)' : ''}`;
  const parts = [coverageText(coverage), findingsText(findings), time, ...shareTexts(model)];
  return `code-agent  ${incomplete}${parts.join(' · ')}`;
}

/** What the models of a review took. Where all that they would be asked is known, that they were not asked again. */
export function shareTexts(model: ModelShare | null): string[] {
  if (model === null) return [];
  if (model.calls > 0) return modelTexts(model);
  return [model.units.known > 0 ? 'no model asked again' : 'no model asked'];
}

/** `4.1k tokens (78% cached)`, `$0.012`. */
export function modelTexts({
  tokens,
  usd,
  unpriced,
}: Pick<ModelShare, 'tokens' | 'usd' | 'unpriced'>): string[] {
  const sent = tokens.input + tokens.cacheRead + tokens.cacheWrite;
  const cached = sent === 0 ? 0 : Math.round((tokens.cacheRead / sent) * 100);
  const about = tokens.estimated ? 'about ' : '';
  return [
    `${about}${tokensText(sent + tokens.output)} tokens${cached > 0 ? ` (${cached}% cached)` : ''}`,
    ...(usd === null ? [] : [`${unpriced ? 'at least ' : ''}$${usd.toFixed(usd < 0.1 ? 3 : 2)}`]),
  ];
}

/** The same of what was spent up to now; nothing before the first answer. */
export const spentTexts = ({ calls, usage, usd, unpriced }: Spent): string[] =>
  calls === 0 ? [] : modelTexts({ tokens: usage, usd: unpriced && usd === 0 ? null : usd, unpriced });

/** What a model said and nobody is shown. Null when there is nothing of that kind. */
export function droppedText({ dropped }: ModelShare): string | null {
  const { unplaced, refuted, merged } = dropped;
  const total = unplaced + refuted + merged;
  if (total === 0) return null;
  const parts = [
    ...(unplaced > 0 ? [`${unplaced} whose quote is not in the file`] : []),
    ...(refuted > 0 ? [`${refuted} that a second look refuted`] : []),
    ...(merged > 0 ? [`${merged} that another one says`] : []),
  ];
  return `${plural(total, 'finding')} of the model not shown: ${parts.join(', ')}`;
}

/** `950`, `4.1k`, `33k`, `22.2M`: as precise as it matters. */
export function tokensText(count: number): string {
  if (count < 1000) return String(count);
  if (count < 999_500) return `${(count / 1000).toFixed(count < 9950 ? 1 : 0)}k`;
  return `${(count / 1_000_000).toFixed(1)}M`;
}

/** Every file of the change is counted in it once: `11 of 14 files reviewed, 1 excluded (generated), 2 skipped`. */
export function coverageText({ files, failures }: Coverage): string {
  const reviewed = files.filter((file) => file.outcome === 'reviewed').length;
  const excluded = groupByReason(files, 'excluded');
  const skipped = files.filter((file) => file.outcome === 'skipped').length;
  return [
    `${reviewed === files.length ? '' : `${reviewed} of `}${plural(files.length, 'file')} reviewed`,
    ...(excluded.length > 0 ? [excludedText(excluded)] : []),
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
    ...(failures.length > 0 ? [`${plural(failures.length, 'failure')}`] : []),
  ].join(', ');
}

function excludedText(groups: readonly ReasonGroup[]): string {
  const count = (some: readonly ReasonGroup[]) => some.reduce((sum, { paths }) => sum + paths.length, 0);
  const [only] = groups;
  if (groups.length === 1 && only !== undefined) return `${count(groups)} excluded (${only.reason})`;
  const ordered = groups.toSorted((a, b) => b.paths.length - a.paths.length);
  const named = ordered.length > MOST_REASONS ? ordered.slice(0, MOST_REASONS - 1) : ordered;
  const texts = named.map(({ reason, paths }) => `${paths.length} ${reason}`);
  const others = count(groups) - count(named);
  return `${count(groups)} excluded (${[...texts, ...(others > 0 ? [`${others} other`] : [])].join(', ')})`;
}

/** `2 errors, 1 warning, 1 suppressed`, or `no findings`. */
export function findingsText(
  findings: readonly (Pick<Finding, 'severity'> & { readonly suppressed: unknown })[],
): string {
  const counted = findings.filter((finding) => finding.suppressed === null);
  const suppressed = findings.length - counted.length;
  return [
    severitiesText(counted) || 'no findings',
    ...(suppressed > 0 ? [`${suppressed} suppressed`] : []),
  ].join(', ');
}

/** `2 errors, 1 warning`, or '' when there are none. */
export function severitiesText(findings: readonly Pick<Finding, 'severity'>[]): string {
  return SEVERITIES.map(
    (severity) => [severity, findings.filter((finding) => finding.severity === severity).length] as const,
  )
    .filter(([, count]) => count > 0)
    .map(([severity, count]) => (severity === 'info' ? `${count} info` : plural(count, severity)))
    .join(', ');
}

/** `0.09 s`, `6.4 s`, `21 s`: seconds, as precise as it matters. */
export function durationText(ms: number): string {
  const seconds = ms / 1000;
  return `${seconds.toFixed(seconds < 1 ? 2 : seconds < 10 ? 1 : 0)} s`;
}

export interface ReasonGroup {
  /** Sanitised. */
  readonly reason: string;
  readonly paths: readonly RepoPath[];
}

/** The files of one outcome, those with the same reason together, in the order of the ledger. */
export function groupByReason(
  files: readonly CoverageEntry[],
  outcome: 'excluded' | 'skipped',
): readonly ReasonGroup[] {
  const groups = new Map<string, RepoPath[]>();
  for (const file of files) {
    if (file.outcome !== outcome) continue;
    const reason = sanitizeLine(file.reason ?? 'no reason given');
    const paths = groups.get(reason);
    if (paths === undefined) groups.set(reason, [file.path]);
    else paths.push(file.path);
  }
  return [...groups].map(([reason, paths]) => ({ reason, paths }));
}

/** `src/a.ts:3`, `src/a.ts:3-5`, `src/a.ts`. The path is to be sanitised by the caller. */
export function placeText(path: string, place: Finding['place']): string {
  if (place === null) return path;
  const { startLine, endLine } = place;
  return `${path}:${startLine}${endLine > startLine ? `-${endLine}` : ''}`;
}
