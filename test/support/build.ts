import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';

/** Before all tests: builds the CLI, so that what is tested is what the sources say. */
export function setup(): void {
  execFileSync(process.execPath, ['build.mjs'], {
    cwd: resolve(import.meta.dirname, '../..'),
    stdio: 'inherit',
  });
}
