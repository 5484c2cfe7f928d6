import { existsSync, realpathSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import type { SandboxCommand } from './sandbox.ts';
import { sandboxFailure } from './sandbox-failure.ts';

/** Places that a sandbox has for itself. */
const TAKEN = ['/', '/dev', '/etc', '/proc', '/run', '/sys', '/tmp', '/var', '/work'];

/**
 * The folders of a command: the worktree without links on the way to it, and what it may read as it was named, for it is seen
 * under that name. Throws for one that is relative, not there, or stands for the whole machine.
 */
export function placesOf(command: SandboxCommand): { folder: string; readable: string[] } {
  return { folder: realpathSync(placeOf(command.folder)), readable: command.readable.map(placeOf) };
}

function placeOf(path: string): string {
  const place = resolve(path);
  if (!isAbsolute(path) || TAKEN.includes(place)) throw sandboxFailure(`${path} is no folder for a sandbox`);
  if (!existsSync(place)) throw sandboxFailure(`${place} is not there`);
  return place;
}
