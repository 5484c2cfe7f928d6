import { execFileSync } from 'node:child_process';
import { beforeAll } from 'vitest';

/** Says loudly when commands cannot be run in a sandbox here; where CI says that it is one, that fails. */
export function needsSandbox(): void {
  beforeAll(() => {
    try {
      execFileSync('bwrap', ['--ro-bind', '/', '/', 'true'], { stdio: 'ignore' });
    } catch {
      process.stderr.write('NOT EXERCISED: sandbox (bubblewrap does not run here: apt install bubblewrap)\n');
      throw new Error('bubblewrap is needed');
    }
  });
}
