import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A review that goes on behind a commit. */
export interface RunningReview {
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
  /** It is over. */
  remove(): void;
}

/** So often a review says that it is still there. */
const BEAT_MS = 5_000;
/** One that has said nothing for so long is gone, whoever has its process number now. */
const SILENT_MS = 60_000;

const folderOf = (commonDir: string): string => join(commonDir, 'code-agent', 'running');

/** Says that this process reviews a commit that is being made, to `status` and to a push. */
export function noteReview(commonDir: string): ReviewNote {
  const folder = folderOf(commonDir);
  const file = join(folder, `${process.pid}.json`);
  const startedAt = new Date().toISOString();
  let commit: string | null = null;
  const write = (): void => {
    const running: RunningReview = { pid: process.pid, commit, startedAt };
    mkdirSync(folder, { recursive: true });
    // At once: nobody reads half of it.
    writeFileSync(`${file}.new`, JSON.stringify(running));
    renameSync(`${file}.new`, file);
  };
  write();
  const beat = setInterval(write, BEAT_MS);
  beat.unref();
  return {
    names(id) {
      commit = id;
      write();
    },
    remove() {
      clearInterval(beat);
      rmSync(file, { force: true });
    },
  };
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

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

/** Null for what is no note, or has not been heard of for long. */
function read(path: string): RunningReview | null {
  if (isSilent(path)) return null;
  try {
    const { pid, commit, startedAt } = JSON.parse(readFileSync(path, 'utf8')) as Partial<RunningReview>;
    return typeof pid === 'number' && typeof startedAt === 'string'
      ? { pid, commit: commit ?? null, startedAt }
      : null;
  } catch (error) {
    if (error instanceof SyntaxError || isMissing(error)) return null;
    throw error;
  }
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

const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT';
