import type { Repository } from './repository.ts';
import type { GitCall } from './run-git.ts';

/**
 * The call made where no working file is found: some commands read attributes, a mailmap or the content of files from
 * the working tree, though they are asked about objects.
 */
export function awayFromFiles({ call, gitDir }: Repository): GitCall {
  return { ...call, cwd: gitDir, env: { ...call.env, GIT_DIR: gitDir, GIT_WORK_TREE: gitDir } };
}
