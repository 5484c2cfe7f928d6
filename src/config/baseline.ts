import type { RepoPath } from '../change/path.ts';
import { displayPath } from '../change/path.ts';
import { CodeAgentError, EXIT } from '../code-agent-error.ts';

const VERSION = 1;

/** A finding that is known and does not count. Only the fingerprint tells it from others; the rest is for people. */
export interface BaselineEntry {
  readonly fingerprint: string;
  readonly path: RepoPath;
  /** The check's id, or what another tool calls its rule. */
  readonly check: string;
  readonly title: string;
}

/** The entries of a baseline file. Fails when it is not one: findings must not come back or vanish unnoticed. */
export function parseBaseline(text: string, fileName: string): BaselineEntry[] {
  const refuse = (what: string, cause?: unknown) =>
    new CodeAgentError(displayPath(`${fileName}: ${what}.`), {
      exitCode: EXIT.usage,
      advice: 'Restore the file from git, or write it anew.',
      cause,
    });
  const value = parseJson(text, refuse);
  if (!isRecord(value) || !('version' in value)) throw refuse('not a baseline: it has no version');
  if (value['version'] !== VERSION)
    throw refuse(
      `has version ${JSON.stringify(value['version'])}, and this code-agent knows only ${VERSION}`,
    );
  refuseOtherKeys(value, ['version', 'findings'], '', refuse);
  const findings = value['findings'];
  if (!Array.isArray(findings)) throw refuse('findings: expected a list');
  return findings.map((entry: unknown, index) => parseEntry(entry, `findings[${index}]`, refuse));
}

type Refuse = (what: string, cause?: unknown) => CodeAgentError;

function parseJson(text: string, refuse: Refuse): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (/^(?:<{7}|>{7}) /m.test(text)) throw refuse('has conflict markers in it', error);
    throw refuse(`not JSON (${error instanceof Error ? error.message : String(error)})`, error);
  }
}

function parseEntry(value: unknown, place: string, refuse: Refuse): BaselineEntry {
  if (!isRecord(value)) throw refuse(`${place}: expected an object`);
  refuseOtherKeys(value, ['fingerprint', 'path', 'check', 'title'], `${place}: `, refuse);
  const read = (key: keyof BaselineEntry): string => {
    const text = value[key];
    if (typeof text !== 'string' || text === '') throw refuse(`${place}.${key}: expected text`);
    return text;
  };
  const fingerprint = read('fingerprint');
  if (!/^[0-9a-f]{64}$/.test(fingerprint))
    throw refuse(`${place}.fingerprint: expected a sha256, 64 hexadecimal digits`);
  return { fingerprint, path: read('path'), check: read('check'), title: read('title') };
}

function refuseOtherKeys(
  value: Record<string, unknown>,
  known: readonly string[],
  place: string,
  refuse: Refuse,
): void {
  const other = Object.keys(value).find((key) => !known.includes(key));
  if (other !== undefined) throw refuse(`${place}unknown key ${JSON.stringify(other)}`);
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * The text of a baseline file. The same findings give the same text, whatever their order, and each has one line,
 * so that two branches that add findings seldom conflict.
 */
export function renderBaseline(entries: readonly BaselineEntry[]): string {
  const lines = new Map(
    entries.map(({ fingerprint, path, check, title }) => [
      fingerprint,
      JSON.stringify({ path, check, title, fingerprint }),
    ]),
  );
  const sorted = [...lines.values()].sort().map((line) => `\n    ${line}`);
  return `{\n  "version": ${VERSION},\n  "findings": [${sorted.join(',')}${sorted.length > 0 ? '\n  ' : ''}]\n}\n`;
}
