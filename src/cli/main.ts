import { CodeAgentError, EXIT } from '../code-agent-error.ts';
import { processEnvironment } from '../config/environment.ts';
import type { Door } from '../local/prepare-review.ts';
import { renderError } from '../local/render-error.ts';
import { hook } from './hook.ts';

/** The launcher of hooks cannot look at versions, and npm only warns. */
function refuseOldNode(): void {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  throw new CodeAgentError(`this is Node.js ${process.versions.node}; 20.19 or later is needed`, {
    exitCode: EXIT.usage,
    advice: `${process.execPath} was started. CODE_AGENT_NODE names another one for the hooks.`,
  });
}

/** Runs the command that `argv` (as in `process.argv`) names. Resolves to the exit code, whatever happens. */
export async function main(argv: readonly string[]): Promise<number> {
  const interrupted = new AbortController();
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const) {
    process.once(signal, () => {
      // Ends the children first: what they read from us would otherwise keep them for a moment.
      interrupted.abort();
      process.exit(code);
    });
  }
  const door: Door = { cwd: process.cwd(), env: processEnvironment(), signal: interrupted.signal };
  const verbose = argv.includes('--verbose');
  try {
    refuseOldNode();
    return await run(argv, door);
  } catch (error) {
    process.stderr.write(renderError(error, verbose));
    if (error instanceof CodeAgentError) return error.exitCode;
    return error instanceof Error && error.name === 'CACError' ? EXIT.usage : EXIT.incomplete;
  }
}

async function run(argv: readonly string[], door: Door): Promise<number> {
  const [command, type, ...args] = argv.slice(2);
  // What git starts takes no flags, and no time to look for some. `-` begins what is a flag of ours: --help.
  if (command === 'hook' && type !== undefined && ![type, ...args].some((arg) => arg.startsWith('-')))
    return hook(type, args, door);

  return (await import('./commands.ts')).runCommand(argv, door);
}
