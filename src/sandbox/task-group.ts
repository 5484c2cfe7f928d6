import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A control group that holds how many tasks there are in it (cgroups(7), `pids`). */
export interface TaskGroup {
  /** A process that writes its number here is in it, and so is all that it starts. */
  readonly file: string;
  /** When all of them have ended. */
  remove(): void;
}

const ROOT = '/sys/fs/cgroup';

let made = 0;

/**
 * Makes one for as many tasks, which only root can. Null where control groups are not ours to make, as in most containers.
 * RLIMIT_NPROC does not hold root, so without it a bomb grows until it is seen and ended: that takes seconds when it doubles.
 */
export function makeTaskGroup(tasks: number): TaskGroup | null {
  const parent = groupOfPids();
  if (parent === null) return null;
  if (made === 0) removeForgotten(parent);
  made += 1;
  const folder = join(parent, `code-agent-${process.pid}-${made}`);
  try {
    mkdirSync(folder);
    writeFileSync(join(folder, 'pids.max'), String(tasks));
    return { file: join(folder, 'cgroup.procs'), remove: () => remove(folder) };
  } catch {
    remove(folder);
    return null;
  }
}

/** Version 2 has all controllers in one tree, 1 a tree for each. */
function groupOfPids(): string | null {
  const alone = join(ROOT, 'pids');
  if (existsSync(join(alone, 'tasks'))) return alone;
  try {
    const enabled = readFileSync(join(ROOT, 'cgroup.subtree_control'), 'utf8').trim().split(' ');
    return enabled.includes('pids') ? ROOT : null;
  } catch {
    return null;
  }
}

/** Those of controllers that were killed. One with processes in it cannot be removed. */
function removeForgotten(parent: string): void {
  for (const name of readdirSync(parent)) {
    const owner = /^code-agent-(\d+)-\d+$/.exec(name)?.[1];
    if (owner !== undefined && !existsSync(`/proc/${owner}`)) remove(join(parent, name));
  }
}

function remove(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Not made, or somebody is still in it: the next controller removes it.
  }
}
