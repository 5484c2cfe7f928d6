import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The processes of this machine that have something to do with the worktrees in the data folder `folder`: by their arguments, by where
 * they are, or by what they see in a sandbox (proc(5), `mountinfo`). `worker`: with those of this process alone.
 */
export function inWork(folder: string, worker?: number): string[] {
  const places = new RegExp(`${join(folder, 'work')}/\\d+\\.${worker === undefined ? '' : `${worker}-`}`);
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      const command = read(pid, 'cmdline').replaceAll('\0', ' ').trim();
      const isThere = [command, cwdOf(pid), read(pid, 'mountinfo')].some((text) => places.test(text));
      return isThere ? [`${pid} ${command}`] : [];
    });
}

/** Empty for one that has ended. */
function read(pid: string, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'latin1');
  } catch {
    return '';
  }
}

function cwdOf(pid: string): string {
  try {
    return `${readlinkSync(`/proc/${pid}/cwd`)}/`;
  } catch {
    return '';
  }
}
