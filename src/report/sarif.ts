import { encodePath, type RepoPath } from '../change/path.ts';
import type { Check } from '../review/check.ts';
import type { Finding, Place, Suppression } from '../review/finding.ts';
import type { CoverageEntry, Review } from '../review/review.ts';
import { sanitize, sanitizeJson, sanitizeLine } from './sanitize.ts';

export interface SarifOptions {
  /** Of code-agent. */
  readonly version: string;
  /** Where a reader of the report learns what code-agent is. */
  readonly informationUri: string;
  /** What describes the rules of our own checks. */
  readonly checks: readonly Pick<Check, 'id' | 'summary' | 'severity'>[];
}

const SCHEMA = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json';
/** The name by convention of the base that is the top of the repository. The reader knows where it is, we do not. */
const ROOT = 'SRCROOT';
const LEVELS = { error: 'error', warning: 'warning', info: 'note' } as const;
const SUPPRESSION_KINDS = {
  'inline-ignore': 'inSource',
  baseline: 'external',
  dismissed: 'external',
} as const;

/** The review as SARIF 2.1.0, one run. */
export function renderSarif(review: Review, { version, informationUri, checks }: SarifOptions): string {
  const rules = rulesOf(review.findings, checks);
  const ruleIndexes = new Map(rules.map(({ id }, index) => [id, index]));
  const log = {
    $schema: SCHEMA,
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'code-agent', version, informationUri, rules } },
        columnKind: 'utf16CodeUnits',
        originalUriBaseIds: { [ROOT]: { description: { text: 'The top of the repository.' } } },
        invocations: [invocation(review)],
        results: review.findings.map((finding) => ({
          ruleIndex: ruleIndexes.get(ruleId(finding)),
          ...result(finding),
        })),
      },
    ],
  };
  return `${sanitizeJson(JSON.stringify(log, null, 2))}\n`;
}

/** Another tool may call a rule as we call a check. */
const ruleId = ({ category, source }: Finding): string =>
  sanitizeLine(source === 'check' ? category : `${source}/${category}`);

function rulesOf(findings: readonly Finding[], checks: SarifOptions['checks']) {
  const firsts = new Map<string, Finding>();
  for (const finding of findings) {
    const id = ruleId(finding);
    if (!firsts.has(id)) firsts.set(id, finding);
  }
  return [...firsts].map(([id, first]) => {
    const check = first.source === 'check' ? checks.find((one) => one.id === first.category) : undefined;
    return {
      id,
      shortDescription: { text: check?.summary ?? id },
      defaultConfiguration: { level: LEVELS[check?.severity ?? first.severity] },
    };
  });
}

function result(finding: Finding) {
  const { severity, title, body, path, place, fingerprint, suppressed, id, source, confidence } = finding;
  return {
    ruleId: ruleId(finding),
    level: LEVELS[severity],
    message: { text: sanitize(body === '' ? title : `${title}\n\n${body}`) },
    locations: [location(path, place)],
    partialFingerprints: { 'codeAgentFingerprint/v1': fingerprint },
    // §3.27.23: an empty array says "not suppressed", where an absent one says nothing.
    suppressions: suppressed === null ? [] : [suppression(suppressed)],
    properties: { id, source: sanitizeLine(source), confidence },
  };
}

function suppression({ by, reason }: Suppression) {
  return { kind: SUPPRESSION_KINDS[by], status: 'accepted', justification: sanitize(`${by}: ${reason}`) };
}

function location(path: RepoPath, place: Place | null) {
  const artifactLocation = { uri: relativeUri(path), uriBaseId: ROOT };
  return { physicalLocation: place === null ? { artifactLocation } : { artifactLocation, region: place } };
}

/** RFC 3986: all bytes but the unreserved ones are percent-encoded, so that neither `:` nor `?` means anything. */
function relativeUri(path: RepoPath): string {
  return encodePath(path)
    .toString('latin1')
    .replace(/[^\w.~/-]/g, (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
}

function invocation({ coverage, verdict }: Review) {
  const skipped = coverage.files.filter((file) => file.outcome === 'skipped');
  const whole = verdict.outcome !== 'incomplete' && !verdict.outOfTime;
  return {
    executionSuccessful: whole && skipped.length === 0 && coverage.failures.length === 0,
    toolExecutionNotifications: [
      ...(verdict.outOfTime
        ? [notification('error', 'The time budget ran out before everything was looked at.')]
        : []),
      ...coverage.failures.map((failure) => notification('error', failure)),
      ...skipped.map((file) => notification('error', skippedText(file), file.path)),
      ...coverage.notes.map((note) => notification('note', note)),
    ],
  };
}

const skippedText = ({ reason }: CoverageEntry): string => `Not reviewed: ${reason ?? 'no reason given'}`;

function notification(level: 'error' | 'note', text: string, path?: RepoPath) {
  return {
    level,
    message: { text: sanitize(text) },
    ...(path !== undefined && { locations: [location(path, null)] }),
  };
}
