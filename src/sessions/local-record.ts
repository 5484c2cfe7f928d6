import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { withFolder } from './with-folder.ts';

/**
 * What this machine knows of a repository, under its common git directory: never part of a commit, never sent.
 * One line of JSON each, only ever appended in one write, so that hooks in several worktrees may run at once and
 * one that is killed leaves at most a torn last line, which reading skips.
 */
export type LocalRecord = {
  readonly at?: string;
} /** This change to this base was looked at as a whole, and nothing in it failed. */ & (
  | { readonly type: 'review-passed'; readonly change: string; readonly base: string | null }
  | {
      readonly type: 'finding-dismissed';
      readonly fingerprint: string;
      readonly title: string;
      readonly reason: string;
      /** As git names them. */
      readonly by?: string | null;
    }
  | {
      readonly type: 'finding-reopened';
      readonly fingerprint: string;
      readonly title?: string;
      readonly by?: string | null;
    }
  /** What the last review showed, so that a finding can be named by its short id afterwards. */
  | { readonly type: 'findings-shown'; readonly findings: readonly ShownFinding[] }
);

export interface ShownFinding {
  readonly id: string;
  readonly fingerprint: string;
  readonly title: string;
}

const folderOf = (commonDir: string): string => join(commonDir, 'code-agent');
const fileOf = (commonDir: string): string => join(folderOf(commonDir), 'records.jsonl');

/** Appends one record. Throws when the git directory cannot be written. */
export function appendRecord(commonDir: string, record: LocalRecord): void {
  const line = `${JSON.stringify({ at: new Date().toISOString(), ...record })}\n`;
  withFolder(folderOf(commonDir), () => appendFileSync(fileOf(commonDir), line));
}

/** The records of these types, oldest first. None when nothing was recorded yet. */
export const readRecords = <Type extends LocalRecord['type']>(
  commonDir: string,
  types: readonly Type[],
): RecordOf<Type>[] => readRecordsFrom(commonDir, types, 0).records;

type RecordOf<Type extends LocalRecord['type']> = Extract<LocalRecord, { type: Type }>;

export type DecisionRecord = RecordOf<(typeof DECISIONS)[number]>;

const DECISIONS = ['finding-dismissed', 'finding-reopened'] as const;

/** What was dismissed and reopened from a place on, as {@link readRecordsFrom} reads. */
export const readDecisions = (
  commonDir: string,
  from: number,
): { readonly records: DecisionRecord[]; readonly end: number } =>
  readRecordsFrom(commonDir, DECISIONS, from);

/** Those from a place on, in bytes, and the place behind the last of them: from there on there was nothing yet. */
function readRecordsFrom<Type extends LocalRecord['type']>(
  commonDir: string,
  types: readonly Type[],
  from: number,
): { readonly records: RecordOf<Type>[]; readonly end: number } {
  let bytes: Buffer;
  try {
    bytes = readFileSync(fileOf(commonDir));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return { records: [], end: 0 };
    throw error;
  }
  const end = bytes.lastIndexOf(NEWLINE) + 1;
  // A shorter file is another one.
  const text = bytes.toString('utf8', from <= end ? from : 0, end);
  const named = types.map((type) => `"type":"${type}"`);
  const isWanted = (record: LocalRecord): record is RecordOf<Type> =>
    types.some((type) => type === record.type);
  // Each commit adds a record, and few are wanted: most need not be parsed.
  const lines = text.split('\n').filter((line) => named.some((name) => line.includes(name)));
  return { records: lines.flatMap(parseRecord).filter(isWanted), end };
}

const NEWLINE = 10;

function parseRecord(line: string): LocalRecord[] {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return [];
  }
  return isRecord(value) ? [value] : [];
}

function isRecord(value: unknown): value is LocalRecord {
  if (typeof value !== 'object' || value === null) return false;
  const field = (name: string) => Reflect.get(value, name) as unknown;
  const text = (name: string) => typeof field(name) === 'string';
  const decided =
    ['at', 'title'].every((name) => field(name) === undefined || text(name)) &&
    (field('by') == null || text('by'));
  switch (field('type')) {
    case 'review-passed':
      return text('change');
    case 'finding-dismissed':
      return text('fingerprint') && text('reason') && decided;
    case 'finding-reopened':
      return text('fingerprint') && decided;
    case 'findings-shown':
      return Array.isArray(field('findings'));
    default:
      return false;
  }
}
