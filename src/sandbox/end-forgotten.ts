import { readdirSync, readFileSync, realpathSync } from 'node:fs';
import { sep } from 'node:path';

/** What one look finds may be about to begin another process, which the next one finds. */
const LOOKS = 5;

/**
 * Ends what bubblewrap has begun for processes that are gone, in folders below `top`: in those of which `isForgotten` says so, by their
 * names. What runs has ended with its process (`--die-with-parent`); but when that is killed while bubblewrap begins, the first process
 * of the sandbox waits for ever for one that is gone (bubblewrap.c, `child_wait_fd`; measured with 0.8.0). Does nothing where there is no
 * /proc, or no `top`.
 */
export function endForgotten(top: string, isForgotten: (name: string) => boolean): void {
  const below = belowOf(top);
  if (below === null) return;
  for (let look = 0; look < LOOKS && endThose(below, isForgotten); look += 1);
}

/** False: there were none. */
function endThose(below: string, isForgotten: (name: string) => boolean): boolean {
  let hasEnded = false;
  for (const pid of processes()) {
    const args = argumentsOf(pid);
    const at = args.indexOf('--bind');
    const bound = at < 0 ? '' : (args[at + 1] ?? '');
    if (!bound.startsWith(below) || !isForgotten(bound.slice(below.length).split(sep)[0] ?? '')) continue;
    try {
      hasEnded = process.kill(Number(pid), 'SIGKILL') || hasEnded;
    } catch {
      // It has ended, or is another user's.
    }
  }
  return hasEnded;
}

function belowOf(top: string): string | null {
  try {
    return `${realpathSync(top)}${sep}`;
  } catch {
    return null;
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
