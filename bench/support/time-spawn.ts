import { spawn } from 'node:child_process';

/** Milliseconds from starting a program, whose output is thrown away, to its end. Rejects when it does not end with `exitCode`, 0. */
export function timeSpawn(
  [program, ...args]: readonly [string, ...string[]],
  {
    cwd,
    env,
    exitCode = 0,
  }: { readonly cwd: string; readonly env: NodeJS.ProcessEnv; readonly exitCode?: number },
): Promise<number> {
  const start = performance.now();
  return new Promise((resolve, reject) => {
    spawn(program, args, { cwd, env, stdio: 'ignore' })
      .on('error', reject)
      .on('close', (code) => {
        if (code === exitCode) resolve(performance.now() - start);
        else reject(new Error(`${[program, ...args].join(' ')} ended with ${code}`));
      });
  });
}
