import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A review that goes on behind a commit. */
export interface RunningReview {
  readonly pid: number;
  /** The commit that is reviewed; null while it is not made yet. */
  readonly commit: string | null;
  /** ISO 8601. */
  readonly startedAt: string;
}

const folderOf = (commonDir: string): string => join(commonDir, 'code-agent', 'running');
const fileOf = (commonDir: string, pid: number): string => join(folderOf(commonDir), `${pid}.json`);

/** Says that this process reviews, to `status` and to a push. */
export function noteRunning(commonDir: string, commit: string | null): void {
  mkdirSync(folderOf(commonDir), { recursive: true });
  const running: RunningReview = { pid: process.pid, commit, startedAt: new Date().toISOString() };
  writeFileSync(fileOf(commonDir, process.pid), JSON.stringify(running));
}

export function noteEnded(commonDir: string): void {
  rmSync(fileOf(commonDir, process.pid), { force: true });
}

/** The reviews whose process is still there. What a killed one has left behind is taken away. */
export function runningReviews(commonDir: string): RunningReview[] {
  let names: string[];
  try {
    names = readdirSync(folderOf(commonDir));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
  return names.flatMap((name) => {
    const path = join(folderOf(commonDir), name);
    const running = parse(path);
    if (running !== null && isAlive(running.pid)) return [running];
    rmSync(path, { force: true });
    return [];
  });
}

function parse(path: string): RunningReview | null {
  try {
    const { pid, commit, startedAt } = JSON.parse(readFileSync(path, 'utf8')) as Partial<RunningReview>;
    return typeof pid === 'number' && typeof startedAt === 'string'
      ? { pid, commit: commit ?? null, startedAt }
      : null;
  } catch {
    // Being written, or gone meanwhile.
    return null;
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
