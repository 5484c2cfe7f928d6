import { join } from 'node:path';
import { CodeAgentError, EXIT } from '../code-agent-error.ts';
import { CONFIG_HOOKS_SINCE, isAtLeast } from './git-settings.ts';
import type { HookName } from './hook-name.ts';
import { findHookLine, hookLine } from './hook-script.ts';
import { isOurLefthookLocal, lefthookCommand, lefthookRunsUs } from './lefthook-local.ts';
import { packageCommand, packageSnippet } from './simple-git-hooks.ts';
import {
  hasOurLine,
  isShared,
  LEFTHOOK_LOCAL,
  lefthookConfig,
  lefthookLocalConfig,
  managerOf,
  type Surroundings,
  shownPath,
  simpleGitHooksFile,
  textOf,
} from './surroundings.ts';

/** How a hook is put in: `config` in git's own configuration, `file` where every git looks. */
export type Via = 'auto' | 'config' | 'file';

/** Where one hook of ours goes. Paths are absolute. */
export type Placement =
  /** git's configuration; `fallback` is a script for an older git, null where somebody else's script is. */
  | { readonly way: 'config'; readonly fallback: string | null }
  /** A script in a folder of hooks, new or with a line added. */
  | { readonly way: 'script'; readonly path: string; readonly folder: string; readonly interpreter: string }
  /** A file of our own that lefthook reads. */
  | { readonly way: 'lefthook'; readonly path: string; readonly config: string }
  /** `package.json`, and the script that simple-git-hooks made of it. */
  | { readonly way: 'package'; readonly path: string; readonly script: string; readonly folder: string }
  /** The repository's own files run it already, for everybody. */
  | { readonly way: 'present'; readonly path: string };

/** Decides. Rejects with what a person can do, where nothing would last or others would be disturbed. */
export function placeHook(around: Surroundings, hook: HookName, via: Via): Placement {
  const present = presentInTree(around, hook);
  if (present !== null && via !== 'config') return { way: 'present', path: present };
  const { settings } = around;
  if (via === 'config' || (via === 'auto' && isAtLeast(settings.version, CONFIG_HOOKS_SINCE))) {
    return placeInConfig(around, hook);
  }
  switch (managerOf(around, hook)) {
    case 'husky':
      return {
        way: 'script',
        path: join(around.huskyFolder ?? '', hook),
        folder: sharedFolder(around, 'the scripts of husky'),
        interpreter: '/bin/sh -e',
      };
    case 'husky 4':
      throw refusal('husky 4 writes .git/hooks itself and would remove another line there', [
        `Update husky to 9, or git to ${CONFIG_HOOKS_SINCE}, which runs a hook of ours beside it.`,
      ]);
    case 'pre-commit':
    case 'prek':
      // Both move a script that they find to this name and run it first; `install` leaves it there.
      return machineScript(around, `${hook}.legacy`);
    case 'lefthook':
      return placeInLefthook(around, hook);
    case 'simple-git-hooks':
      return placeInPackage(around, hook);
    case null:
      return placeInFolder(around, hook);
  }
}

function placeInConfig(around: Surroundings, hook: HookName): Placement {
  const { settings, files } = around;
  if (!isAtLeast(settings.version, CONFIG_HOOKS_SINCE)) {
    throw refusal(`git ${settings.version.text} runs no hooks from its configuration`, [
      `That is so since git ${CONFIG_HOOKS_SINCE}. Update git, or leave out --via config.`,
    ]);
  }
  const path = join(settings.hooksDir, hook);
  const isFree = !files.has(path) || hasOurLine(around, path);
  const isOurs = managerOf(around, hook) === null && !isForeign(around) && !isShared(around, path);
  return { way: 'config', fallback: isFree && isOurs ? path : null };
}

function placeInFolder(around: Surroundings, hook: HookName): Placement {
  const { hooksDir, hooksPath, topLevel, version } = around.settings;
  if (isForeign(around)) {
    const value = hooksPath?.value ?? '';
    throw refusal(`core.hooksPath is ${value}, set for more than this repository (${hooksPath?.scope})`, [
      `A hook there would run in every repository. git ${CONFIG_HOOKS_SINCE} and newer runs a hook of ours beside it (this is ${version.text}).`,
      `If it is meant for all of them, add this line to ${join(hooksDir, hook)}:`,
      `  ${hookLine(around.hooksFolder, hook)}`,
    ]);
  }
  const path = join(hooksDir, hook);
  if (!isShared(around, path)) return machineScript(around, hook);
  const folder = sharedFolder(around, `the hooks in ${shownPath(topLevel, hooksDir)}/`);
  return { way: 'script', path, folder, interpreter: '' };
}

function placeInLefthook(around: Surroundings, hook: HookName): Placement {
  const { topLevel } = around.settings;
  const config = lefthookConfig(around)?.path ?? 'lefthook.yml';
  const path = join(topLevel, LEFTHOOK_LOCAL);
  const local = lefthookLocalConfig(around);
  if (local === null || isOurLefthookLocal(Buffer.from(local.text))) return { way: 'lefthook', path, config };
  if (lefthookRunsUs(local.text, hook)) return { way: 'present', path: join(topLevel, local.path) };
  throw refusal(`${local.path} is yours, and lefthook reads no second file of that kind`, [
    'Add this to it, then run this again:',
    ...lefthookCommand(around.hooksFolder, hook, config)
      .split('\n')
      .map((line) => `  ${line}`),
  ]);
}

function placeInPackage(around: Surroundings, hook: HookName): Placement {
  const { topLevel, hooksDir } = around.settings;
  const folder = sharedFolder(around, 'the commands of simple-git-hooks');
  const file = simpleGitHooksFile(around);
  if (file !== null) {
    throw refusal(`simple-git-hooks reads ${file}, which is a program or may be one`, [
      'Add this to it, and run `npx simple-git-hooks`:',
      `  ${packageSnippet(folder, hook)}`,
    ]);
  }
  return { way: 'package', path: join(topLevel, 'package.json'), script: join(hooksDir, hook), folder };
}

function machineScript(around: Surroundings, name: string): Placement {
  const path = join(around.settings.hooksDir, name);
  return { way: 'script', path, folder: around.hooksFolder, interpreter: '' };
}

/** A file that everybody has and that runs us already: then nothing is added beside it, or it would run twice. */
function presentInTree(around: Surroundings, hook: HookName): string | null {
  const { hooksDir, topLevel } = around.settings;
  const manager = managerOf(around, hook);
  if (manager === 'husky') {
    const path = join(around.huskyFolder ?? '', hook);
    return runsUs(around, path) ? path : null;
  }
  if (manager === 'pre-commit' || manager === 'prek') {
    const path = join(topLevel, '.pre-commit-config.yaml');
    return preCommitRunsUs(textOf(around, path), hook) ? path : null;
  }
  if (manager === 'lefthook') {
    const config = lefthookConfig(around);
    return config !== null && lefthookRunsUs(config.text, hook) ? join(topLevel, config.path) : null;
  }
  const path = join(hooksDir, hook);
  const isForAll = isShared(around, path) || packageRunsUs(around, hook);
  return isForAll && runsUs(around, path) ? path : null;
}

function packageRunsUs(around: Surroundings, hook: HookName): boolean {
  const text = textOf(around, join(around.settings.topLevel, 'package.json'));
  return findHookLine(Buffer.from(packageCommand(Buffer.from(text), hook))) !== null;
}

function runsUs(around: Surroundings, path: string): boolean {
  return findHookLine(Buffer.from(textOf(around, path)))?.endedBefore === null;
}

/** True when `.pre-commit-config.yaml` names the hook of ours that `.pre-commit-hooks.yaml` has for this event. */
export function preCommitRunsUs(text: string, hook: HookName): boolean {
  const id = hook === 'pre-commit' || hook === 'pre-merge-commit' ? 'code-agent' : `code-agent-${hook}`;
  return new RegExp(`^[ \\t-]*id:[ \\t]*["']?${id}["']?[ \\t\\r]*$`, 'm').test(text);
}

/** True when `core.hooksPath` is not this repository's own choice, or leads nowhere. */
function isForeign({ settings: { hooksPath } }: Surroundings): boolean {
  if (hooksPath === null) return false;
  return (hooksPath.scope !== 'local' && hooksPath.scope !== 'worktree') || hooksPath.value === '/dev/null';
}

function sharedFolder(around: Surroundings, what: string): string {
  if (around.sharedFolder !== null) return around.sharedFolder;
  throw refusal(
    `${what} are shared by everybody who clones this repository, and code-agent is no part of it`,
    [
      'Add it, then install the hooks: `npm install --save-dev code-agent && npx code-agent install`',
      `For yourself alone: git ${CONFIG_HOOKS_SINCE} or newer runs a hook of ours beside them.`,
    ],
  );
}

function refusal(message: string, advice: readonly string[]): CodeAgentError {
  return new CodeAgentError(message, { exitCode: EXIT.usage, advice: advice.join('\n') });
}
