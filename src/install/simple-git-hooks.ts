import type { HookName } from './hook-name.ts';
import { hookLine, insertHookLine, removeHookLine } from './hook-script.ts';

/**
 * `package.json` with our line before the command of each hook. simple-git-hooks writes the value as it is into
 * `.git/hooks`, and removes every hook there that it does not know (seen with 2.14), so this is where a line stays.
 * Null when the file cannot be written back as it was formatted.
 */
export function addToPackage(content: Buffer, folder: string, hooks: readonly HookName[]): Buffer | null {
  return rewritePackage(content, (commands) => {
    for (const hook of hooks) {
      const command = commands[hook];
      if (command !== undefined && typeof command !== 'string') return false;
      commands[hook] =
        command === undefined
          ? hookLine(folder, hook)
          : insertHookLine(Buffer.from(command), { folder, hook, interpreter: '' }).toString();
    }
    return true;
  });
}

/** The inverse of {@link addToPackage}; the same bytes when there is nothing of ours. */
export function removeFromPackage(content: Buffer): Buffer {
  const rewritten = rewritePackage(content, (commands) => {
    for (const [hook, command] of Object.entries(commands)) {
      if (typeof command !== 'string') continue;
      const left = removeHookLine(Buffer.from(command));
      if (left === null) delete commands[hook];
      else commands[hook] = left.toString();
    }
    return true;
  });
  return rewritten ?? content;
}

/** The command of a hook, empty when there is none. */
export function packageCommand(content: Buffer, hook: HookName): string {
  const commands = commandsOf(parse(content.toString()));
  const command = commands?.[hook];
  return typeof command === 'string' ? command : '';
}

/** What to write for the hook by hand, where a file cannot be edited. */
export function packageSnippet(folder: string, hook: HookName): string {
  return `"${hook}": ${JSON.stringify(`${hookLine(folder, hook)}\n…the command that is there now`)}`;
}

function rewritePackage(
  content: Buffer,
  edit: (commands: Record<string, unknown>) => boolean,
): Buffer | null {
  const text = content.toString();
  const indent = /^[ \t]+(?=")/m.exec(text)?.[0] ?? '';
  const end = text.slice(text.trimEnd().length);
  const data = parse(text);
  const commands = commandsOf(data);
  const asItIs = () => Buffer.from(JSON.stringify(data, null, indent) + end);
  if (commands === null || !asItIs().equals(content)) return null;
  return edit(commands) ? asItIs() : null;
}

function commandsOf(data: unknown): Record<string, unknown> | null {
  if (!isRecord(data)) return null;
  const commands = data['simple-git-hooks'];
  return isRecord(commands) ? commands : null;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
