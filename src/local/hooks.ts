import type { HookName } from '../install/hook-name.ts';
import { preCommit, preMergeCommit } from './pre-commit.ts';
import type { Door } from './prepare-review.ts';

/** Runs a hook with git's arguments and answers its exit code. */
export type Hook = (args: readonly string[], door: Door) => Promise<number>;

/** What each hook runs. That of every commit is there at once. */
export const HOOKS: Readonly<Record<HookName, Hook>> = {
  'pre-commit': (_, door) => preCommit(door),
  'pre-merge-commit': (_, door) => preMergeCommit(door),
  'commit-msg': async (args, door) => (await import('./commit-msg.ts')).commitMsg(args, door),
  'pre-push': async (args, door) => (await import('./pre-push.ts')).prePush(args, door),
  'post-commit': async (_, door) => (await import('./post-commit.ts')).postCommit(door),
};

export const isHookType = (name: string): name is HookName => Object.hasOwn(HOOKS, name);
