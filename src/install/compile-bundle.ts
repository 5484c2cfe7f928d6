import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Has `node` keep what it compiles of this package, so that hooks start faster (docs/decisions/0007). It writes one
 * file into the package's own `dist`. False when that cannot be done: hooks run without it.
 */
export function compileBundle(packageFolder: string, node: string, env: NodeJS.ProcessEnv): Promise<boolean> {
  return new Promise((resolve) => {
    execFile(
      node,
      [join(packageFolder, 'dist', 'compile.cjs')],
      { cwd: packageFolder, env, timeout: 20_000, windowsHide: true },
      (error) => resolve(error === null),
    );
  });
}

/** Whether this version of Node.js has compiled what is in the package's `dist`. */
export async function isCompiled(dist: string): Promise<boolean> {
  return (await readdir(dist)).some((name) => name.endsWith(`.v8-${process.versions.v8}`));
}
