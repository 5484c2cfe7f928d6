import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { sandboxFailure } from './sandbox-failure.ts';

/** How long an engine of containers may take for what it does beside a command. */
const PATIENCE_MS = 20_000;

/** What a program says to these arguments. `env`: all of its environment. Rejects with the first line of its complaint. */
export async function askProgram(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<string> {
  try {
    const options = { env: { ...env }, timeout: PATIENCE_MS };
    return (await promisify(execFile)(program, [...args], options)).stdout.trim();
  } catch (cause) {
    const said = cause instanceof Error && 'stderr' in cause ? String(cause.stderr).trim() : '';
    throw sandboxFailure(said.split('\n')[0] || `${program} ${args[0]} failed`, { cause });
  }
}
