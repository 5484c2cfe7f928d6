import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { CodeAgentError, EXIT } from '../code-agent-error.ts';
import { gitEnvironment } from './run-git.ts';

/**
 * Runs git with the user's configuration as it is: `run-git` overrides `core.hooksPath`, which is the
 * very thing to be read here. Resolves to stdout, or to null when git exits with one of `mayExitWith`.
 */
export async function askGit(
  args: readonly string[],
  { cwd, env }: { cwd: string; env: NodeJS.ProcessEnv },
  mayExitWith: readonly number[] = [],
): Promise<string | null> {
  try {
    const { stdout } = await promisify(execFile)('git', args, {
      cwd,
      env: gitEnvironment(env),
      windowsHide: true,
    });
    return stdout;
  } catch (cause) {
    const { code, stderr } = cause as { code?: unknown; stderr?: string };
    if (typeof code === 'number' && mayExitWith.includes(code)) return null;
    throw new CodeAgentError(`git ${args[0]} failed: ${stderr?.trim().split('\n')[0] || code}`, {
      exitCode: EXIT.incomplete,
      cause,
    });
  }
}
