import { execFileSync } from 'node:child_process';

/**
 * False where bubblewrap is not there or may not do its work, which is said: what needs it is not exercised there. In CI that is
 * a failure: the tests run, and fail.
 */
export function hasBubblewrap(): boolean {
  try {
    const args = ['--unshare-all', '--unshare-user', '--ro-bind', '/', '/', '--proc', '/proc', '/bin/true'];
    execFileSync('bwrap', args, { stdio: 'ignore' });
    return true;
  } catch {
    if (process.env['CI']) return true;
    console.warn('NOT EXERCISED: sandbox: bwrap does not work here (Debian: apt-get install bubblewrap)');
    return false;
  }
}
