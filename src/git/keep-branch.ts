import { CodeAgentError, EXIT } from '../code-agent-error.ts';
import type { Repository } from './repository.ts';
import { runGit } from './run-git.ts';
import type { Worktree } from './worktree.ts';

/** Whether a branch is there. */
export async function hasBranch({ call }: Repository, branch: string): Promise<boolean> {
  const listed = await runGit(['for-each-ref', '--format=%(refname)', `refs/heads/${branch}`], call);
  return listed.toString().trim() === `refs/heads/${branch}`;
}

/**
 * Takes the commits of a worktree over into the repository, as a branch. One that is there goes on, and is never moved away
 * from what it has: rejects with exit code 3 then.
 */
export async function keepBranch({ call }: Repository, worktree: Worktree, branch: string): Promise<void> {
  // The worktree is a folder of this machine, and nothing else is fetched from.
  const env = { ...call.env, GIT_ALLOW_PROTOCOL: 'file' };
  const options = [
    '--quiet',
    '--no-tags',
    '--no-write-fetch-head',
    '--no-recurse-submodules',
    '--no-auto-maintenance',
  ];
  try {
    await runGit(
      [
        '-c',
        'fetch.writeCommitGraph=false',
        'fetch',
        ...options,
        '--end-of-options',
        worktree.folder,
        `HEAD:refs/heads/${branch}`,
      ],
      { ...call, env },
    );
  } catch (cause) {
    if (!(cause instanceof CodeAgentError)) throw cause;
    throw new CodeAgentError(`the commits could not be kept as branch ${branch}: ${cause.message}`, {
      exitCode: EXIT.incomplete,
      advice: 'Is it checked out somewhere, or has it other commits? Name another one with --branch.',
      cause,
    });
  }
}
