import { resolve } from 'node:path';
import { CodeAgentError, EXIT } from '../code-agent-error.ts';
import { askGit } from '../git/ask-git.ts';
import { openRepository } from '../git/repository.ts';
import { HOOK_NAMES, type HookName } from './hook-name.ts';

/** Where git looks for hooks in one repository, as the user's own configuration has it. */
export interface GitSettings {
  /** Absolute. */
  readonly topLevel: string;
  /** Absolute: the git directory that all worktrees share. */
  readonly commonDir: string;
  /** Absolute: the folder whose hooks git runs here. */
  readonly hooksDir: string;
  /** `core.hooksPath`, and who set it; null when it is not set. */
  readonly hooksPath: { readonly value: string; readonly scope: string } | null;
  readonly version: GitVersion;
  /** Our hooks in the repository's own configuration. */
  readonly configHooks: ReadonlyMap<HookName, ConfigHook>;
}

export interface GitVersion {
  readonly text: string;
  readonly major: number;
  readonly minor: number;
}

/** `hook.code-agent-<event>`. One name an event, because git does not tell the command which event it is. */
export interface ConfigHook {
  readonly command: string;
  readonly events: readonly string[];
  /** What `git hook list` says of it; `unlisted` also by a git that knows no config hooks. */
  readonly state: 'runs' | 'disabled' | 'event-disabled' | 'unlisted';
}

/** Reads them. Rejects outside of a working tree. */
export async function readGitSettings(cwd: string, env: NodeJS.ProcessEnv): Promise<GitSettings> {
  const { topLevel, commonDir } = await openRepository(cwd, env);
  if (topLevel === null) {
    throw new CodeAgentError('this repository is bare: nothing is committed in it', {
      exitCode: EXIT.usage,
      advice: 'Run it in a clone that has a working tree.',
    });
  }
  const call = { cwd: topLevel, env };
  const [hooksDir, hooksPath, version, hooks] = await Promise.all([
    askGit(['rev-parse', '--git-path', 'hooks'], call),
    askGit(['config', '--show-scope', '--null', '--get', 'core.hooksPath'], call, [1]),
    askGit(['version'], call),
    askGit(['config', '--local', '--null', '--get-regexp', '^hook\\.code-agent-'], call, [1]),
  ]);
  const [scope = '', value = ''] = hooksPath?.split('\0') ?? [];
  const configured = await Promise.all(
    [...parseConfigHooks(hooks ?? '')].map(async ([hook, entry]) => {
      // 128 where the configuration is broken, 129 from a git that has no such command.
      const listed = await askGit(['hook', 'list', hook], call, [1, 128, 129]);
      return [hook, { ...entry, state: configState(hook, listed ?? '') }] as const;
    }),
  );
  return {
    topLevel,
    commonDir,
    hooksDir: resolve(topLevel, hooksDir?.replace(/\n$/, '') ?? ''),
    hooksPath: hooksPath === null ? null : { value, scope },
    version: parseGitVersion(version ?? ''),
    configHooks: new Map(configured),
  };
}

/** From `git version`: "git version 2.39.5 (Apple Git-154)", "git version 2.54.0.windows.1". */
export function parseGitVersion(output: string): GitVersion {
  const [, text = 'unknown', major = '0', minor = '0'] =
    /(([0-9]+)\.([0-9]+)[0-9A-Za-z.]*)/.exec(output) ?? [];
  return { text, major: Number(major), minor: Number(minor) };
}

/** True for a git that is `minimum` ("2.54") or newer. */
export function isAtLeast({ major, minor }: GitVersion, minimum: string): boolean {
  const wanted = parseGitVersion(minimum);
  return major > wanted.major || (major === wanted.major && minor >= wanted.minor);
}

/** The first git that runs hooks from its configuration (its release notes; `hook.<name>.event`). */
export const CONFIG_HOOKS_SINCE = '2.54';

/** The name of our hook for an event in git's configuration: `hook.<this>.command`. */
export function configHookName(hook: HookName): string {
  return `code-agent-${hook}`;
}

/** Makes our part of the repository's configuration be exactly `wanted`. Touches nothing that is so already. */
export async function writeConfigHooks(
  settings: GitSettings,
  wanted: ReadonlyMap<HookName, string>,
  env: NodeJS.ProcessEnv,
): Promise<boolean> {
  const call = { cwd: settings.topLevel, env };
  let changed = false;
  for (const hook of HOOK_NAMES) {
    const [is, command] = [settings.configHooks.get(hook), wanted.get(hook)];
    if (is?.command === command && (is === undefined || is.events.join() === hook)) continue;
    const section = `hook.${configHookName(hook)}`;
    if (is !== undefined) await askGit(['config', '--local', '--remove-section', section], call);
    if (command !== undefined) {
      await askGit(['config', '--local', `${section}.command`, command], call);
      await askGit(['config', '--local', `${section}.event`, hook], call);
    }
    changed = true;
  }
  return changed;
}

function configState(hook: HookName, listed: string): ConfigHook['state'] {
  const name = configHookName(hook);
  const line = listed.split('\n').find((line) => line === name || line.endsWith(`\t${name}`));
  if (line === undefined) return 'unlisted';
  if (line === name) return 'runs';
  return line.startsWith('event-') ? 'event-disabled' : 'disabled';
}

function parseConfigHooks(output: string): Map<HookName, Omit<ConfigHook, 'state'>> {
  const hooks = new Map<HookName, Omit<ConfigHook, 'state'>>();
  for (const entry of output.split('\0')) {
    const newline = entry.indexOf('\n');
    const [key, value] = newline < 0 ? [entry, ''] : [entry.slice(0, newline), entry.slice(newline + 1)];
    const hook = HOOK_NAMES.find((name) => key.startsWith(`hook.${configHookName(name)}.`));
    if (hook === undefined) continue;
    const { command, events } = hooks.get(hook) ?? { command: '', events: [] };
    const variable = key.slice(key.lastIndexOf('.') + 1);
    hooks.set(hook, {
      command: variable === 'command' ? value : command,
      events: variable === 'event' ? [...events, value] : events,
    });
  }
  return hooks;
}
