import type { Repository } from './repository.ts';
import type { GitCall } from './run-git.ts';

/**
 * The call made where no working file is found. Some commands read attributes, a mailmap or the content of files there,
 * though they are asked about objects: git takes the content of a file from the working tree when the index calls it
 * clean (`reuse_worktree_file` in its diff.c, for a diff of two trees too), and what is there may be other than what is
 * staged, after a change of `core.autocrlf`, or with `core.trustctime=false` and a time put back.
 */
export function awayFromFiles({ call, gitDir }: Repository): GitCall {
  return { ...call, cwd: gitDir, env: { ...call.env, GIT_DIR: gitDir, GIT_WORK_TREE: gitDir } };
}
