import { CodeAgentError, EXIT } from '../code-agent-error.ts';
import { readEnvironment } from '../config/environment.ts';
import { HOOKS, isHookType } from '../local/hooks.ts';
import type { Door } from '../local/prepare-review.ts';

/** `code-agent hook <type> [args]`: what the line in a git hook runs. Everything it says goes to stderr. */
export async function hook(type: string, args: readonly string[], door: Door): Promise<number> {
  if (!isHookType(type)) {
    throw new CodeAgentError(`there is no hook ${JSON.stringify(type)} here`, {
      exitCode: EXIT.usage,
      advice: `The hooks are ${Object.keys(HOOKS).join(', ')}.`,
    });
  }
  if (readEnvironment(door.env).disabled) return EXIT.pass;
  return HOOKS[type](args, door);
}
