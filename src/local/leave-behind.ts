import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Beside the bundle. What Node was started with may be another program, which would start itself again and again. */
const CLI = fileURLToPath(new URL('./cli.cjs', import.meta.url));

/**
 * Starts this program once more, in a process of its own that outlives a hook and that nobody waits for. Its number; undefined
 * when it could not be started. What git tells a hook is of this commit only, and is not passed on: its index will be gone.
 */
export function leaveBehind(
  args: readonly string[],
  { cwd, env }: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): number | undefined {
  const own = Object.entries(env).filter(
    ([name]) => !/^GIT_(?!CONFIG|SSL|TRACE)/.test(name) && !name.startsWith('GITHEAD_'),
  );
  const child = spawn(process.execPath, [CLI, ...args], {
    cwd,
    env: Object.fromEntries(own),
    detached: true,
    stdio: 'ignore',
    windowsHide: true,
  });
  // What could not be started has no pid.
  child.once('error', () => undefined);
  child.unref();
  return child.pid;
}
