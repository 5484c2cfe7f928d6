import { readdirSync, readFileSync, realpathSync } from 'node:fs';
import { sep } from 'node:path';

/**
 * Ends what bubblewrap has begun in folders below `folder` for a process that is gone. What runs has ended with that process
 * (`--die-with-parent`); but when it is killed while bubblewrap begins, the first process of the sandbox waits for ever for one that is
 * gone (bubblewrap.c, `child_wait_fd`; measured with 0.8.0). Does nothing where there is no /proc; throws when there is no `folder`.
 */
export function endForgotten(folder: string): void {
  const below = `${realpathSync(folder)}${sep}`;
  for (const pid of processes()) {
    const args = argumentsOf(pid);
    const at = args.indexOf('--bind');
    if (at < 0 || !`${args[at + 1]}${sep}`.startsWith(below)) continue;
    try {
      process.kill(Number(pid), 'SIGKILL');
    } catch {
      // It has ended, or is another user's.
    }
  }
}

function processes(): string[] {
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
}

/** None of one that has ended. */
function argumentsOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return [];
  }
}
