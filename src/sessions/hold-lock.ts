import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { CodeAgentError, EXIT } from '../code-agent-error.ts';
import { isMissing } from './is-missing.ts';

/**
 * One process works on a session: who has the lock writes its number into it. A lock whose process is gone is taken over. The
 * name appears with its content, by a link: nobody reads half of it. `what` is locked, for a person.
 */
export function holdLock(file: string, what = 'this session'): () => void {
  const lock = `${file}.lock`;
  const own = `${lock}.${process.pid}`;
  writeFileSync(own, String(process.pid));
  try {
    for (let attempt = 0; attempt < 3; attempt += 1) {
      try {
        linkSync(own, lock);
        return () => rmSync(lock, { force: true });
      } catch (error) {
        if (!isCode(error, 'EEXIST')) throw error;
        if (isHeld(lock)) break;
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
    if (isHeld(grave)) linkSync(grave, lock);
  } catch (error) {
    if (!isMissing(error) && !isCode(error, 'EEXIST')) throw error;
  } finally {
    rmSync(grave, { force: true });
  }
}

function isHeld(lock: string): boolean {
  let pid: number;
  try {
    pid = Number(readFileSync(lock, 'utf8'));
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return isCode(error, 'EPERM');
  }
}

const isCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;
