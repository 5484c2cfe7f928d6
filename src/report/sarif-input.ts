import { pathToFileURL } from 'node:url';
import { decodePath, type RepoPath } from '../change/path.ts';
import type { ExternalFinding } from '../review/external-findings.ts';
import type { Place, Severity } from '../review/finding.ts';
import {
  type ArtifactLocation,
  type Component,
  parseSarifLog,
  type Region,
  type Result,
  type Rule,
  type Run,
} from './sarif-log.ts';

export interface SarifSource {
  /** What errors call the input. */
  readonly file: string;
  /** Absolute path of the top of the repository: what absolute locations are under. */
  readonly root: string;
  /** The tool's name where the input does not say it. */
  readonly toolName: string;
}

export interface SarifInput {
  readonly findings: readonly ExternalFinding[];
  /** Results that were left out because they are in no file, or in one outside the repository. */
  readonly outside: number;
}

const LONGEST_TITLE = 120;
const LONGEST_BODY = 4_000;
/** An originalUriBaseIds entry may stand on another one; a circle is cut here. */
const DEEPEST_BASE = 8;

/** In the name of a tool or a rule, or among a rule's tags. The CWEs are the ones of hard-coded credentials. */
const SECRETS =
  /secret|credential|password|passwd|api[-_]?key|private[-_]?key|token|gitleaks|trufflehog|cwe-(?:798|259|321)\b/i;

/** What other tools found, from SARIF 2.1.0 that they wrote. Results that the tool itself suppressed are left out. */
export function parseSarif(text: string, source: SarifSource): SarifInput {
  const findings: ExternalFinding[] = [];
  let outside = 0;
  for (const run of parseSarifLog(text, source.file).runs) {
    for (const result of run.results) {
      if (!isProblem(result)) continue;
      const finding = readResult(result, run, source);
      if (finding === null) outside += 1;
      else findings.push(finding);
    }
  }
  return { findings, outside };
}

/** §3.27.9 `kind`, §3.27.24 `baselineState`, and §3.27.23: suppressed when no suppression is rejected or under review. */
function isProblem({ kind = 'fail', baselineState, suppressions }: Result): boolean {
  if (kind === 'pass' || kind === 'notApplicable' || baselineState === 'absent') return false;
  return suppressions.length === 0 || suppressions.some(({ status = 'accepted' }) => status !== 'accepted');
}

function readResult(result: Result, run: Run, source: SarifSource): ExternalFinding | null {
  const physical = result.locations[0]?.physicalLocation;
  const path = repoPath(physical?.artifactLocation, run, source.root);
  if (path === null) return null;
  const { rule, component } = ruleOf(result, run);
  const category = result.ruleId ?? result.rule?.id ?? rule?.id ?? 'result';
  const tool = run.tool.driver.name || source.toolName;
  const message = messageText(result, rule, component)?.trim() || rule?.shortDescription?.text || category;
  return {
    path,
    place: placeOf(physical?.region),
    ...splitMessage(message, rule?.helpUri),
    severity: severityOf(result, rule),
    category,
    source: tool,
    ...(isAboutSecrets(tool, category, rule) && { secret: true }),
  };
}

/** §3.52: the rule is in the component that the result names, else the driver; by index, else by id. */
function ruleOf(result: Result, { tool }: Run): { rule: Rule | undefined; component: Component } {
  const component = tool.extensions[result.rule?.toolComponent?.index ?? -1] ?? tool.driver;
  const id = result.ruleId ?? result.rule?.id;
  const rule =
    component.rules[result.rule?.index ?? result.ruleIndex ?? -1] ??
    component.rules.find((one) => one.id === id || id?.startsWith(`${one.id}/`));
  return { rule, component };
}

/** §3.11.7 where the text is, §3.11.5 its placeholders. */
function messageText({ message }: Result, rule: Rule | undefined, component: Component): string | undefined {
  const { id = '', arguments: values } = message;
  const text =
    message.text ?? rule?.messageStrings.get(id)?.text ?? component.globalMessageStrings.get(id)?.text;
  if (values.length === 0) return text;
  return text?.replace(/\{\{|\}\}|\{(\d{1,4})\}/g, (found, number?: string) =>
    number === undefined ? found.charAt(0) : (values[Number(number)] ?? found),
  );
}

/** The first sentence is the title, the rest the body. Links to places in the log (§3.11.6) are their text. */
function splitMessage(message: string, helpUri: string | undefined): { title: string; body: string } {
  const text = message.replace(/\[([^[\]\n]{1,200})\]\(\d{1,9}\)/g, '$1');
  const first = /^[^\n]*?(?:[.!?](?=\s{1,4}[^\s\p{Ll}])|(?=\n)|$)/u.exec(text)?.[0] ?? '';
  const whole = first.trim().replace(/\.$/, '');
  const cut = whole.length > LONGEST_TITLE;
  const rest = cut ? text : text.slice(first.length);
  return {
    title: cut ? `${whole.slice(0, LONGEST_TITLE - 1)}…` : whole,
    body: [rest.trim().slice(0, LONGEST_BODY), helpUri ?? ''].filter((part) => part !== '').join('\n'),
  };
}

function severityOf({ kind = 'fail', level }: Result, rule: Rule | undefined): Severity {
  if (kind !== 'fail') return 'info';
  const said = level ?? rule?.defaultConfiguration?.level;
  if (said === 'error' || said === 'warning') return said;
  if (said !== undefined) return 'info';
  // GitHub's reading of `security-severity`: 7.0 and above is high or critical, 4.0 and above medium.
  const score = rule?.properties?.['security-severity'];
  if (score === undefined) return 'warning';
  return score >= 7 ? 'error' : score >= 4 ? 'warning' : 'info';
}

/** What a secret scanner points at must be masked. Masking too much costs nothing. */
function isAboutSecrets(tool: string, category: string, rule: Rule | undefined): boolean {
  const said = [tool, category, ...(rule?.properties?.tags ?? []).filter((tag) => typeof tag === 'string')];
  return said.some((text) => SECRETS.test(text));
}

/** Null when there is no line. Numbers that make no sense are left out, not believed. */
function placeOf(region: Region | undefined): Place | null {
  const { startLine, endLine = startLine, startColumn, endColumn } = region ?? {};
  if (startLine === undefined || endLine === undefined || startLine < 1) return null;
  const place = { startLine, endLine: Math.max(startLine, endLine) };
  if (startColumn === undefined || startColumn < 1) return place;
  if (endColumn === undefined || (endLine <= startLine && endColumn <= startColumn))
    return { ...place, startColumn };
  return { ...place, startColumn, endColumn };
}

/** Null when the location is in no file, or in one outside the repository. */
function repoPath(location: ArtifactLocation | undefined, run: Run, root: string): RepoPath | null {
  const uri = resolveUri(location, run);
  if (uri === null) return null;
  const local = uri.replace(/^file:(?:\/\/(?:localhost)?(?=\/))?/i, '');
  if (/^[a-z][a-z\d+.-]+:/i.test(local)) return null;
  const path = decodePercent(local.replace(/^(?=[a-z]:[\\/])/i, '/'));
  const top = decodePercent(pathToFileURL(root).pathname).replace(/\/?$/, '/');
  if (path.startsWith('/') && !path.startsWith(top)) return null;
  const parts = (path.startsWith('/') ? path.slice(top.length) : path)
    .split('/')
    .filter((part) => part !== '' && part !== '.');
  if (parts.length === 0 || parts.includes('..') || path.includes('\0')) return null;
  return parts.join('/');
}

/** §3.4.3, §3.4.4: from the run's artifacts, and on top of the bases that it stands on. A base of no URI is the root. */
function resolveUri(location: ArtifactLocation | undefined, run: Run, depth = 0): string | null {
  if (location === undefined || depth > DEEPEST_BASE) return null;
  if (location.uri === undefined) {
    const artifact = run.artifacts[location.index ?? -1]?.location;
    return depth === 0 ? resolveUri(artifact, run, depth + 1) : '';
  }
  const { uri, uriBaseId } = location;
  const base = uriBaseId === undefined ? undefined : run.originalUriBaseIds.get(uriBaseId);
  if (base === undefined || /^(?:[a-z][a-z\d+.-]+:|\/)/i.test(uri)) return uri;
  const above = resolveUri(base, run, depth + 1);
  return above === null ? null : `${above}${above === '' || above.endsWith('/') ? '' : '/'}${uri}`;
}

/** Some tools write paths without encoding them, so a `%` that begins no escape is a `%`. */
function decodePercent(uri: string): RepoPath {
  const bytes = Buffer.from(uri, 'utf8').toString('latin1');
  const decoded = bytes.replace(/%([\da-f]{2})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return decodePath(Buffer.from(decoded, 'latin1'));
}
