import { CodeAgentError, EXIT } from '../code-agent-error.ts';

/** The git hooks that code-agent can be. Each has a file of its name in `hooks/`. */
export const HOOK_NAMES = [
  'pre-commit',
  'pre-merge-commit',
  'commit-msg',
  'pre-push',
  'post-commit',
] as const;

export type HookName = (typeof HOOK_NAMES)[number];

/** Installed when nothing else is asked for: every door that a change leaves a machine by. */
export const DEFAULT_HOOKS: readonly HookName[] = ['pre-commit', 'pre-merge-commit', 'pre-push'];

/** The value of `--hooks`: names with commas between them. Rejects a name that is none. */
export function parseHookNames(text: string): HookName[] {
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !isHookName(name));
  if (unknown !== undefined) {
    throw new CodeAgentError(`--hooks: "${unknown}" is not a hook of code-agent`, {
      exitCode: EXIT.usage,
      advice: `Choose from ${HOOK_NAMES.join(', ')}.`,
    });
  }
  return HOOK_NAMES.filter((name) => names.includes(name));
}

function isHookName(name: string): name is HookName {
  return HOOK_NAMES.some((known) => known === name);
}
