import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync, statSync, utimesSync } from 'node:fs';

/** How often a claim says that its process is there, and for how long it is believed without. */
const BEAT_MS = 20_000;
const BELIEVED_MS = 90_000;

let claims = 0;

/**
 * A file name that nobody else takes: which process it belongs to, and a number of ours. A file of that name is a claim, and it
 * ends with the process: {@link isClaimed}.
 */
export function claimName(): string {
  claims += 1;
  return `${process.pid}-${startOf(process.pid)}-${placeOf()}-${claims}`;
}

/**
 * Whether the process that a claim belongs to may be there. One in another container, or of before the machine was started
 * again, cannot be looked for: it is believed for as long as it keeps its claim fresh ({@link keepFresh}).
 */
export function isClaimed(path: string, name: string): boolean {
  const [pid = '', start = '', place = ''] = name.split('-');
  if (place !== placeOf()) return Date.now() - changedAt(path) < BELIEVED_MS;
  // The number may be another process's since.
  return isRunning(Number(pid)) && startOf(Number(pid)) === start;
}

/** A process as it can be found again by {@link endStarted}: its number and when it was started. */
export const startedText = (pid: number): string => `${pid}-${startOf(pid)}`;

/**
 * Ends the group of processes whose leader is written here by {@link startedText}, for nobody waits for its work any more. False:
 * there is none.
 */
export function endStarted(text: string): boolean {
  const [pid = '', start = ''] = text.split('-');
  if (!isRunning(Number(pid)) || startOf(Number(pid)) !== start) return false;
  try {
    process.kill(-Number(pid), 'SIGKILL');
    return true;
  } catch {
    return false;
  }
}

/** Says again and again, until it is called, that the process is there. */
export function keepFresh(path: string): () => void {
  const timer = setInterval(() => {
    try {
      const now = new Date();
      utimesSync(path, now, now);
    } catch {
      // It was let go of.
    }
  }, BEAT_MS);
  timer.unref();
  return () => clearInterval(timer);
}

function changedAt(path: string): number {
  try {
    return statSync(path).mtimeMs;
  } catch {
    return 0;
  }
}

function isRunning(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/**
 * When a process was started: proc(5), the twentieth field behind the program's name, which may hold anything. `0` where that is
 * not told; nothing for one that has ended and that nobody has asked for how.
 */
function startOf(pid: number): string {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
      .replace(/^.*\) /s, '')
      .split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? '' : (fields[19] ?? '0');
  } catch {
    return '0';
  }
}

let place: string | undefined;

/** Where the numbers of processes mean the same: this start of the machine, this container. */
function placeOf(): string {
  place ??= createHash('sha256').update(`${boot()}\0${namespace()}`).digest('hex').slice(0, 16);
  return place;
}

function boot(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
  } catch {
    return '';
  }
}

function namespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}
