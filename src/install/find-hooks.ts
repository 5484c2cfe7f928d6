import { dirname, join } from 'node:path';
import { isExecutable } from './file-entry.ts';
import { CONFIG_HOOKS_SINCE, configHookName, isAtLeast } from './git-settings.ts';
import { HOOK_NAMES, type HookName } from './hook-name.ts';
import { findHookLine, folderIn, type HookLine, isFallbackScript } from './hook-script.ts';
import { lefthookRunsUs } from './lefthook-local.ts';
import { preCommitRunsUs } from './place-hook.ts';
import { packageCommand } from './simple-git-hooks.ts';
import {
  lefthookConfig,
  lefthookLocalConfig,
  managerOf,
  type Surroundings,
  shownPath,
  textOf,
} from './surroundings.ts';

/** One place that is meant to run a hook of ours. */
export interface FoundHook {
  readonly hook: HookName;
  readonly way: 'config' | 'script' | 'lefthook' | 'pre-commit' | 'package';
  /** Where, as told to a person: `.husky/pre-commit:2`. */
  readonly place: string;
  /** The `hooks/` that it names, as written there; null when it does not name one. */
  readonly folder: string | null;
  /** Null when git runs it. */
  readonly problem: Problem | null;
}

export interface Problem {
  readonly text: string;
  /** What to do: a command, or a sentence with one. */
  readonly mend: string;
}

/** Every place, whether git gets there or not. */
export function findHooks(around: Surroundings): FoundHook[] {
  return HOOK_NAMES.flatMap((hook) => {
    const config = inConfig(around, hook);
    const others = [
      ...inScripts(around, hook),
      ...inLefthook(around, hook),
      ...inPreCommit(around, hook),
      ...inPackage(around, hook),
    ];
    return config === null ? others : [config, ...others];
  });
}

function inConfig({ settings }: Surroundings, hook: HookName): FoundHook | null {
  const found = settings.configHooks.get(hook);
  if (found === undefined) return null;
  const name = `hook.${configHookName(hook)}`;
  const problem = (): Problem | null => {
    if (!isAtLeast(settings.version, CONFIG_HOOKS_SINCE)) {
      return {
        text: `this git (${settings.version.text}) runs no hooks from its configuration`,
        mend: 'code-agent install --via file',
      };
    }
    switch (found.state) {
      case 'runs':
        return null;
      case 'disabled':
        return { text: 'it is switched off', mend: `git config --unset ${name}.enabled` };
      case 'event-disabled':
        return {
          text: `all hooks for ${hook} are switched off`,
          mend: `git config --unset hook.${hook}.enabled`,
        };
      case 'unlisted':
        return { text: 'its entry is damaged', mend: 'code-agent install' };
    }
  };
  return {
    hook,
    way: 'config',
    place: `git config ${name}`,
    folder: folderIn(found.command),
    problem: problem(),
  };
}

function inScripts(around: Surroundings, hook: HookName): FoundHook[] {
  const { settings, huskyFolder, files } = around;
  const folders = new Set([settings.hooksDir, join(settings.commonDir, 'hooks')]);
  if (huskyFolder !== null) folders.add(huskyFolder);
  // Then a script for older gits passes by, whether the config hook runs or was switched off.
  const isListed = (settings.configHooks.get(hook)?.state ?? 'unlisted') !== 'unlisted';
  return [...folders].flatMap((folder) =>
    [hook, `${hook}.legacy`, `${hook}.old`].flatMap((name) => {
      const path = join(folder, name);
      const entry = files.get(path);
      if (entry?.kind !== 'file' || (isListed && isFallbackScript(entry.content))) return [];
      const line = findHookLine(entry.content);
      if (line === null) return [];
      const place = `${shownPath(settings.topLevel, path)}:${line.number}`;
      return [
        { hook, way: 'script', place, folder: line.folder, problem: scriptProblem(around, hook, path, line) },
      ];
    }),
  );
}

function scriptProblem(around: Surroundings, hook: HookName, path: string, line: HookLine): Problem | null {
  const { settings, huskyFolder, files } = around;
  const entry = files.get(path);
  const runFolder = huskyFolder ?? settings.hooksDir;
  const manager = managerOf(around, hook);
  if (path === join(runFolder, `${hook}.old`)) {
    return { text: 'lefthook renamed it, and runs it no more', mend: 'code-agent install' };
  }
  if (path === join(runFolder, `${hook}.legacy`) && manager !== 'pre-commit' && manager !== 'prek') {
    return { text: 'pre-commit, which ran it, is no longer installed', mend: 'code-agent install' };
  }
  if (dirname(path) !== runFolder) {
    const value = settings.hooksPath?.value ?? shownPath(settings.topLevel, settings.hooksDir);
    return { text: `git does not look there: core.hooksPath is ${value}`, mend: 'code-agent install' };
  }
  if (huskyFolder !== null && !files.has(join(settings.hooksDir, hook))) {
    return { text: 'the folder that husky generates is missing in this worktree', mend: 'npx husky' };
  }
  if (huskyFolder === null && entry !== undefined && !isExecutable(entry)) {
    return { text: 'it is not executable', mend: `chmod +x '${shownPath(settings.topLevel, path)}'` };
  }
  if (line.endedBefore !== null) {
    return { text: `line ${line.endedBefore} ends the script before it`, mend: 'code-agent install' };
  }
  return null;
}

function inLefthook(around: Surroundings, hook: HookName): FoundHook[] {
  const script = textOf(around, join(around.settings.hooksDir, hook));
  return [lefthookConfig(around), lefthookLocalConfig(around)].flatMap((config) => {
    if (config === null || !lefthookRunsUs(config.text, hook)) return [];
    const problem = script.includes('call_lefthook')
      ? null
      : { text: 'lefthook is not installed in this repository', mend: 'npx lefthook install' };
    const line = config.text.split('\n').find((text) => folderIn(text) !== null) ?? '';
    return [{ hook, way: 'lefthook', place: config.path, folder: folderIn(line), problem }];
  });
}

function inPreCommit(around: Surroundings, hook: HookName): FoundHook[] {
  const name = '.pre-commit-config.yaml';
  if (!preCommitRunsUs(textOf(around, join(around.settings.topLevel, name)), hook)) return [];
  const manager = managerOf(around, hook);
  const problem =
    manager === 'pre-commit' || manager === 'prek'
      ? null
      : {
          text: `pre-commit is not installed for ${hook}`,
          mend: `pre-commit install --hook-type ${hook}`,
        };
  return [{ hook, way: 'pre-commit', place: name, folder: null, problem }];
}

/** Only where the script was not written yet: else the script itself is found. */
function inPackage(around: Surroundings, hook: HookName): FoundHook[] {
  const { topLevel, hooksDir } = around.settings;
  const text = textOf(around, join(topLevel, 'package.json'));
  const line = findHookLine(Buffer.from(packageCommand(Buffer.from(text), hook)));
  if (line === null || findHookLine(Buffer.from(textOf(around, join(hooksDir, hook)))) !== null) return [];
  const problem = { text: 'simple-git-hooks has not written it to the hook', mend: 'npx simple-git-hooks' };
  return [{ hook, way: 'package', place: 'package.json', folder: line.folder, problem }];
}
