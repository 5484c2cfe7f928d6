import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isCommitId } from './commit-id.ts';
import { isMissing } from './is-missing.ts';
import { namesIn } from './names-in.ts';
import { readJson } from './read-json.ts';
import { writeAtOnce } from './write-at-once.ts';

/** The commit that was being made in a worktree when its HEAD was `base`. */
export interface AwaitedCommit {
  /** The git directory of the worktree. */
  readonly gitDir: string;
  /** Null where there was no commit yet. */
  readonly base: string | null;
}

/** A review that goes on behind a commit. */
export interface RunningReview extends AwaitedCommit {
  readonly pid: number;
  /** The commit that is reviewed; null while it is not made yet. */
  readonly commit: string | null;
  /** ISO 8601. */
  readonly startedAt: string;
}

/** What this process tells the others of its review. */
export interface ReviewNote {
  /** Which commit it has turned out to be. */
  names(commit: string): void;
  /** Whether a review that began later awaits the same commit. Of several, one is always the last. */
  isOvertaken(): boolean;
  /** It is over. */
  remove(): void;
}

/** So often a review says that it is still there. */
const BEAT_MS = 5_000;
/** One that has said nothing for so long is gone, whoever has its process number now. */
const SILENT_MS = 60_000;

const folderOf = (commonDir: string): string => join(commonDir, 'code-agent', 'running');
const fileOf = (commonDir: string, pid: number): string => join(folderOf(commonDir), `${pid}.json`);

/** Says that this process reviews a commit that is being made, to `status` and to a push. */
export function noteReview(commonDir: string, awaited: AwaitedCommit): ReviewNote {
  let review = beginning(process.pid, awaited);
  const write = (): void => writeNote(commonDir, review);
  write();
  const beat = setInterval(write, BEAT_MS);
  beat.unref();
  return {
    names(commit) {
      review = { ...review, commit };
      write();
    },
    isOvertaken: () => runningReviews(commonDir).some((other) => isOvertakenBy(review, other)),
    remove() {
      clearInterval(beat);
      rmSync(fileOf(commonDir, process.pid), { force: true });
    },
  };
}

/** Says so of a process that was just started, and will say it itself: nobody can miss it until then. */
export function announceReview(commonDir: string, pid: number, awaited: AwaitedCommit): void {
  writeNote(commonDir, beginning(pid, awaited));
}

const beginning = (pid: number, { gitDir, base }: AwaitedCommit): RunningReview => ({
  pid,
  gitDir,
  base,
  commit: null,
  startedAt: new Date().toISOString(),
});

const writeNote = (commonDir: string, review: RunningReview): void =>
  writeAtOnce(fileOf(commonDir, review.pid), JSON.stringify(review));

function isOvertakenBy(review: RunningReview, other: RunningReview): boolean {
  if (other.gitDir !== review.gitDir || other.base !== review.base) return false;
  const isLater = other.startedAt > review.startedAt;
  return isLater || (other.startedAt === review.startedAt && other.pid > review.pid);
}

/** The reviews that are going on. What a killed one has left behind is taken away. */
export function runningReviews(commonDir: string): RunningReview[] {
  const folder = folderOf(commonDir);
  return namesIn(folder).flatMap((name) => {
    const path = join(folder, name);
    const running = name.endsWith('.json') ? read(path) : null;
    if (running !== null && isAlive(running.pid)) return [running];
    // One that is being written is nobody's yet.
    if (running !== null || isSilent(path)) rmSync(path, { force: true });
    return [];
  });
}

/** Null for what is no note, or has not been heard of for long. */
const read = (path: string): RunningReview | null => (isSilent(path) ? null : parse(readJson(path)));

function parse(value: unknown): RunningReview | null {
  if (typeof value !== 'object' || value === null) return null;
  const { pid, gitDir, base, commit, startedAt } = value as Partial<Record<keyof RunningReview, unknown>>;
  if (typeof pid !== 'number' || typeof gitDir !== 'string' || typeof startedAt !== 'string') return null;
  if (!(base === null || isCommitId(base)) || !(commit === null || isCommitId(commit))) return null;
  return { pid, gitDir, base, commit, startedAt };
}

function isSilent(path: string): boolean {
  try {
    return Date.now() - statSync(path).mtimeMs > SILENT_MS;
  } catch (error) {
    if (isMissing(error)) return true;
    throw error;
  }
}

/** Signal 0 asks whether a process is there: kill(2). EPERM: it is, and belongs to another user. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
