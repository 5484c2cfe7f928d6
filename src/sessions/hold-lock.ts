import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { CodeAgentError, EXIT } from '../code-agent-error.ts';
import { isMissing } from './is-missing.ts';

/**
 * One process works on a session: who has the lock writes into it which process it is. A lock whose process is gone is taken
 * over. The name appears with its content, by a link: nobody reads half of it. `what` is locked, for a person.
 */
export function holdLock(file: string, what = 'this session'): () => void {
  const lock = lockOf(file);
  const own = `${lock}.${process.pid}`;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(own, `${process.pid} ${startOf(process.pid)}`);
  try {
    for (let attempt = 0; attempt < 3; attempt += 1) {
      try {
        linkSync(own, lock);
        return () => rmSync(lock, { force: true });
      } catch (error) {
        if (!isCode(error, 'EEXIST')) throw error;
        if (isTaken(lock)) break;
        bury(lock, own);
      }
    }
  } finally {
    rmSync(own, { force: true });
  }
  throw new CodeAgentError(`another process works on ${what}`, {
    exitCode: EXIT.usage,
    retryable: true,
    advice: 'Wait until it has ended.',
  });
}

/**
 * Takes away a lock whose process is gone. Of several that see it, one renames it; what another has put in its place since is
 * put back.
 */
function bury(lock: string, own: string): void {
  const grave = `${own}.old`;
  try {
    renameSync(lock, grave);
    if (isTaken(grave)) linkSync(grave, lock);
  } catch (error) {
    if (!isMissing(error) && !isCode(error, 'EEXIST')) throw error;
  } finally {
    rmSync(grave, { force: true });
  }
}

/** Whether another process has what {@link holdLock} gives. */
export const isHeld = (file: string): boolean => isTaken(lockOf(file));

const lockOf = (file: string): string => `${file}.lock`;

/** Whether the process that wrote a lock is still there. */
function isTaken(lock: string): boolean {
  let text: string;
  try {
    text = readFileSync(lock, 'utf8');
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
  const [number = '', start = ''] = text.split(' ');
  const pid = Number(number);
  if (!Number.isInteger(pid) || pid <= 0 || !isRunning(pid)) return false;
  // Its number may be another one's since.
  return start === '' || startOf(pid) === start;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return isCode(error, 'EPERM');
  }
}

/** When a process was started and since which start of the machine (proc(5)); '' where the system does not tell. */
function startOf(pid: number): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    // The name of the program, in parentheses, may hold anything. Behind it the twentieth field is the time.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return `${boot}:${fields[19]}`;
  } catch {
    return '';
  }
}

const isCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;
