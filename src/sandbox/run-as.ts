import { statSync } from 'node:fs';
import { dirname } from 'node:path';

export interface User {
  readonly uid: number;
  readonly gid: number;
}

/**
 * As whom a command runs. Null: as ourselves. Root runs it as the owner of the worktree, when that is another user, who then can
 * reach it and all of `readable`: to the kernel the command is nobody special then. In a worktree of root it stays root, without
 * any capability, and what it may see and write is held by what is mounted alone.
 */
export function runAs(folder: string, readable: readonly string[], isRoot: boolean): User | null {
  if (!isRoot) return null;
  const { uid, gid } = statSync(folder);
  if (uid === 0) return null;
  return [folder, ...readable].every((path) => canReach(path, { uid, gid })) ? { uid, gid } : null;
}

const READ = 4;
const SEARCH = 1;

function canReach(path: string, user: User): boolean {
  if (!may(path, user, statSync(path).isDirectory() ? READ | SEARCH : READ)) return false;
  for (let above = dirname(path); ; above = dirname(above)) {
    if (!may(above, user, SEARCH)) return false;
    if (above === dirname(above)) return true;
  }
}

/** path_resolution(7): the owner's rights, else the group's, else those of the others. */
function may(path: string, { uid, gid }: User, rights: number): boolean {
  const found = statSync(path);
  const shift = found.uid === uid ? 6 : found.gid === gid ? 3 : 0;
  return ((found.mode >> shift) & rights) === rights;
}
