import type { HookName } from '../install/hook-name.ts';
import type { Door } from './prepare-review.ts';

/** Runs a hook with git's arguments and answers its exit code. */
export type Hook = (args: readonly string[], door: Door) => Promise<number>;

/** What each hook runs, loaded when it does. */
export const HOOKS: Readonly<Record<HookName, () => Promise<Hook>>> = {
  'pre-commit': async () => {
    const { preCommit } = await import('./pre-commit.ts');
    return (_, door) => preCommit(door);
  },
  'pre-merge-commit': async () => {
    const { preMergeCommit } = await import('./pre-commit.ts');
    return (_, door) => preMergeCommit(door);
  },
  'commit-msg': async () => (await import('./commit-msg.ts')).commitMsg,
  'pre-push': async () => (await import('./pre-push.ts')).prePush,
  'post-commit': async () => {
    const { postCommit } = await import('./post-commit.ts');
    return (_, door) => postCommit(door);
  },
};

export const isHookType = (name: string): name is HookName => Object.hasOwn(HOOKS, name);
