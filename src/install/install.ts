import { sep } from 'node:path';
import { CodeAgentError, EXIT } from '../code-agent-error.ts';
import { askGit } from '../git/ask-git.ts';
import { arrange } from './arrange.ts';
import { compileBundle } from './compile-bundle.ts';
import { type Files, writeFiles } from './file-entry.ts';
import { CONFIG_HOOKS_SINCE, isAtLeast, writeConfigHooks } from './git-settings.ts';
import { DEFAULT_HOOKS, type HookName } from './hook-name.ts';
import { isOwnScript } from './hook-script.ts';
import type { Placement, Via } from './place-hook.ts';
import {
  isShared,
  keptName,
  managerOf,
  readSurroundings,
  type Surroundings,
  shownPath,
} from './surroundings.ts';

export interface InstallOptions {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** Absolute: where this package lies, with `hooks/` and `dist/` in it. */
  readonly packageFolder: string;
  /** Absolute: the node to start from hooks, `process.execPath`. */
  readonly node: string;
  readonly hooks?: readonly HookName[];
  readonly via?: Via;
}

export interface InstallReport {
  /** Absolute. */
  readonly topLevel: string;
  readonly gitVersion: string;
  /** The tool that the hooks belong to, null in a plain repository. */
  readonly manager: string | null;
  readonly hooks: readonly InstalledHook[];
  readonly node: string;
  /** False when all of it was so already. */
  readonly changed: boolean;
  readonly warnings: readonly string[];
}

export interface InstalledHook {
  readonly hook: HookName;
  /** What was done for it. `kept`: what was there is kept under another name and run after. */
  readonly way: 'config' | 'script' | 'line' | 'kept' | 'lefthook' | 'package' | 'present';
  /** From the top level, or absolute outside of it; null for git's configuration. */
  readonly file: string | null;
}

/** Puts the hooks into the repository that `cwd` is in: all of them, or none and an error that says why. */
export async function install(options: InstallOptions): Promise<InstallReport> {
  const { cwd, env, packageFolder, node, hooks = DEFAULT_HOOKS, via = 'auto' } = options;
  const around = await readSurroundings(cwd, packageFolder, env);
  const { settings } = around;
  if (!isAtLeast(settings.version, OLDEST_GIT)) {
    throw new CodeAgentError(`git ${settings.version.text} is too old`, {
      exitCode: EXIT.usage,
      advice: `Update it to ${OLDEST_GIT} or newer.`,
    });
  }
  const arrangement = arrange(around, hooks, via, node);
  const files = await writeFiles(around.files, arrangement.files);
  const configured = await writeConfigHooks(settings, arrangement.configHooks, env);
  const compiled = await compileBundle(packageFolder, node, env);
  const managers = new Set(hooks.map((hook) => managerOf(around, hook)));
  return {
    topLevel: settings.topLevel,
    gitVersion: settings.version.text,
    manager: [...managers].find((manager) => manager !== null) ?? null,
    hooks: [...arrangement.placements].map(([hook, placement]) => ({
      hook,
      ...told(around, arrangement.files, placement),
    })),
    node,
    changed: files.length > 0 || configured,
    warnings: [
      ...(await warnings(around, [...arrangement.placements.values()], env)),
      ...(compiled ? [] : [NOT_COMPILED]),
    ],
  };
}

/** What the hook path needs of git: `pre-merge-commit` (2.24), `git config --show-scope` (2.26), with room. */
export const OLDEST_GIT = '2.30';

const NOT_COMPILED =
  'The folder of this package could not be written: each hook takes a little longer to start.';

/** True when the package lies in the cache of npx, which npm may empty at any time. */
export function isInNpxCache(packageFolder: string): boolean {
  return packageFolder.split(sep).includes('_npx');
}

function told(around: Surroundings, after: Files, placement: Placement): Omit<InstalledHook, 'hook'> {
  const { topLevel } = around.settings;
  if (placement.way === 'config') return { way: 'config', file: null };
  const file = shownPath(topLevel, placement.path);
  if (placement.way !== 'script') return { way: placement.way, file };
  if (after.has(keptName(placement.path))) return { way: 'kept', file };
  const there = after.get(placement.path);
  return { way: there?.kind === 'file' && isOwnScript(there.content) ? 'script' : 'line', file };
}

async function warnings(
  around: Surroundings,
  placements: readonly Placement[],
  env: NodeJS.ProcessEnv,
): Promise<string[]> {
  const { topLevel } = around.settings;
  const told: string[] = [];
  if (isInNpxCache(around.hooksFolder)) {
    told.push(
      'This package lies in the cache of npx, which npm may empty. To stay: `npm install --save-dev code-agent`, or `npm install --global code-agent`, then `code-agent install` again.',
    );
  }
  if (placements.some((placement) => placement.way === 'config' && placement.fallback === null)) {
    told.push(
      `A git older than ${CONFIG_HOOKS_SINCE}, such as one that a GUI client brings, does not run these hooks. If you use one: \`code-agent install --via file\`.`,
    );
  }
  const shared = placements.filter(
    (placement) =>
      placement.way === 'package' || (placement.way === 'script' && isShared(around, placement.path)),
  );
  if (shared.length > 0)
    told.push('Commit the changed files: everybody who clones this repository gets the hooks.');
  const local = placements.find((placement) => placement.way === 'lefthook');
  if (local?.way === 'lefthook') {
    const ignored = await askGit(['check-ignore', '--quiet', local.path], { cwd: topLevel, env }, [1]);
    if (ignored === null) {
      told.push(`${shownPath(topLevel, local.path)} is yours alone: have git ignore it (.gitignore).`);
    }
  }
  return told;
}
