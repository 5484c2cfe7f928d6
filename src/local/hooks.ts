import type { HookName } from '../install/hook-name.ts';
import { commitMsg } from './commit-msg.ts';
import { postCommit } from './post-commit.ts';
import { preCommit, preMergeCommit } from './pre-commit.ts';
import { prePush } from './pre-push.ts';
import type { Door } from './prepare-review.ts';

/** Runs a hook with git's arguments and answers its exit code. */
export type Hook = (args: readonly string[], door: Door) => Promise<number>;

/** What each hook runs. */
export const HOOKS: Readonly<Record<HookName, Hook>> = {
  'pre-commit': (_, door) => preCommit(door),
  'pre-merge-commit': (_, door) => preMergeCommit(door),
  'commit-msg': commitMsg,
  'pre-push': prePush,
  'post-commit': (_, door) => postCommit(door),
};

export const isHookType = (name: string): name is HookName => Object.hasOwn(HOOKS, name);
