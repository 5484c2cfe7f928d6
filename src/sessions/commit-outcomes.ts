import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Verdict } from '../review/review.ts';
import { isCommitId } from './commit-id.ts';
import { keepNewest } from './keep-newest.ts';
import { namesIn } from './names-in.ts';
import { readJson } from './read-json.ts';
import { writeAtOnce } from './write-at-once.ts';

/** What a review behind a commit had to say, while nobody has read it. */
export interface CommitOutcome {
  readonly commit: string;
  readonly outcome: Verdict['outcome'];
  /** As a terminal shows it, without colour. It comes from a file: to be sanitised again. */
  readonly text: string;
  /** ISO 8601. */
  readonly reviewedAt: string;
}

/** So many are kept. */
const KEPT = 100;

const folderOf = (commonDir: string): string => join(commonDir, 'code-agent', 'outcomes');
const fileOf = (commonDir: string, commit: string): string => join(folderOf(commonDir), `${commit}.json`);

/** Keeps it in place of what was kept of that commit. */
export function keepOutcome(commonDir: string, outcome: Omit<CommitOutcome, 'reviewedAt'>): void {
  const kept: CommitOutcome = { ...outcome, reviewedAt: new Date().toISOString() };
  writeAtOnce(fileOf(commonDir, outcome.commit), JSON.stringify(kept));
  keepNewest(folderOf(commonDir), KEPT);
}

/** It was read, or is of no interest any more. */
export function dropOutcome(commonDir: string, commit: string): void {
  rmSync(fileOf(commonDir, commit), { force: true });
}

/** What is kept, oldest first. What is damaged or no outcome is left out. */
export function keptOutcomes(commonDir: string): CommitOutcome[] {
  const folder = folderOf(commonDir);
  const kept = namesIn(folder).flatMap((name) => {
    const outcome = parse(readJson(join(folder, name)));
    return outcome !== null && name === `${outcome.commit}.json` ? [outcome] : [];
  });
  return kept.sort((one, other) => (one.reviewedAt < other.reviewedAt ? -1 : 1));
}

function parse(value: unknown): CommitOutcome | null {
  if (typeof value !== 'object' || value === null) return null;
  const { commit, outcome, text, reviewedAt } = value as Partial<Record<keyof CommitOutcome, unknown>>;
  if (!isCommitId(commit) || !isOutcome(outcome)) return null;
  if (typeof text !== 'string' || typeof reviewedAt !== 'string') return null;
  return { commit, outcome, text, reviewedAt };
}

const isOutcome = (value: unknown): value is CommitOutcome['outcome'] =>
  value === 'pass' || value === 'fail' || value === 'incomplete';
