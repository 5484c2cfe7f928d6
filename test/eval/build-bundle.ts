import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** Nothing of the machine, so that the same patches always make the same commits. */
const ENVIRONMENT = {
  PATH: process.env['PATH'],
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_COMMITTER_NAME: 'Eval Case',
  GIT_COMMITTER_EMAIL: 'eval@example.com',
};

/**
 * Makes the bundle of a case of its `history.patch`: two commits as `git format-patch --root` writes them, the branches
 * `base` and `change`. Packs of two versions of git may differ; the commits do not.
 */
export function buildBundle(history: string, bundle: string): void {
  const folder = mkdtempSync(join(tmpdir(), 'code-agent-bundle-'));
  const git = (...args: string[]) =>
    execFileSync('git', args, { cwd: folder, env: ENVIRONMENT, stdio: ['ignore', 'ignore', 'pipe'] });
  try {
    git('init', '--quiet');
    git('am', '--quiet', '--committer-date-is-author-date', resolve(history));
    git('branch', 'base', 'HEAD~1');
    git('branch', 'change', 'HEAD');
    git('bundle', 'create', '--quiet', resolve(bundle), 'base', 'change');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** `<commit> <ref>` of each branch in a bundle. */
export const bundledRefs = (bundle: string): string =>
  execFileSync('git', ['bundle', 'list-heads', resolve(bundle)], { env: ENVIRONMENT }).toString();
