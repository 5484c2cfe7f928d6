import { CodeAgentError, EXIT } from '../code-agent-error.ts';
import type { Repository } from '../git/repository.ts';
import { runGit } from '../git/run-git.ts';
import { type LocalTask, writeTask } from './local-tasks.ts';

/**
 * Takes the branch of a task away, as long as it is what the task has left. Answers the commit that it was at, by which it can be
 * had back. Rejects with exit code 2 when there is no branch, or it has gone on since, and with 3 when it is checked out.
 */
export async function undoTask({ commonDir, call }: Repository, task: LocalTask): Promise<string> {
  const { branch, head } = task;
  if (branch === null || head === null || task.state === 'undone')
    throw new CodeAgentError(`task ${task.id} has left no branch`, { exitCode: EXIT.usage });
  const ref = `refs/heads/${branch}`;
  const there = (await runGit(['for-each-ref', '--format=%(objectname)', ref], call)).toString().trim();
  if (there !== '' && there !== head)
    throw new CodeAgentError(`the branch ${branch} has gone on since task ${task.id} made it`, {
      exitCode: EXIT.usage,
      advice: `If all of it is to go: git branch -D ${branch}`,
    });
  if (there !== '') {
    const trees = (await runGit(['worktree', 'list', '--porcelain'], call)).toString();
    if (trees.split('\n').includes(`branch ${ref}`))
      throw new CodeAgentError(`the branch ${branch} is checked out`, {
        exitCode: EXIT.incomplete,
        advice: 'Switch to another one first.',
      });
    await runGit(['update-ref', '-d', ref, head], call);
  }
  writeTask(commonDir, { ...task, state: 'undone' });
  return head;
}
