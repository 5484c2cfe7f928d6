import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

/** A process of this machine. */
export interface SeenProcess {
  readonly pid: number;
  readonly command: string;
}

/**
 * The processes that have something to do with a worktree: by their arguments, by where they are, or by what they see of it in a
 * sandbox (proc(5), `mountinfo`). `child`: those that this process has begun; null: all.
 */
export function inWork(child: number | null, folders: readonly string[]): SeenProcess[] {
  const places = folders.map((folder) => join(folder, 'work'));
  const isThere = (text: string): boolean => places.some((place) => text.includes(`${place}/`));
  return readdirSync('/proc').flatMap((name) => {
    const pid = Number(name);
    if (!Number.isInteger(pid)) return [];
    const command = of(pid, 'cmdline').replaceAll('\0', ' ').trim();
    if (child !== null && !(parentOf(pid) === child && command.includes('bwrap'))) return [];
    return [command, cwdOf(pid), of(pid, 'mountinfo')].some(isThere) ? [{ pid, command }] : [];
  });
}

const parentOf = (pid: number): number => Number(/^PPid:\s*(\d+)/m.exec(of(pid, 'status'))?.[1] ?? 0);

function of(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'latin1');
  } catch {
    return '';
  }
}

function cwdOf(pid: number): string {
  try {
    return `${readlinkSync(`/proc/${pid}/cwd`)}/`;
  } catch {
    return '';
  }
}
