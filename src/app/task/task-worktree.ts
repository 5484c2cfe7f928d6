import { join } from 'node:path';
import { remoteIdentity } from '../../git/repository-identity.ts';
import { createWorktree, type Worktree } from '../../git/worktree.ts';
import { TASK_READ } from '../../github/permissions.ts';
import { type OpenRepository, openGit } from '../../local/prepare-review.ts';
import { listTasks, type StoredTask } from '../../sessions/postgres/tasks.ts';
import { branchOf } from '../../tasks/branch-name.ts';
import type { AppDoor } from '../app-door.ts';
import { gitToken } from '../git-token.ts';
import { type PolicyAt, readPolicyAt } from '../read-policy-at.ts';
import { leftTaskSession } from '../shared-memory.ts';
import type { IssueSubject } from './find-issue.ts';
import { TaskProblem } from './task-problem.ts';
import { clearWorkFolders, makeWorkFolder } from './work-folder.ts';

/** Where a task is worked on. */
export interface TaskWorktree {
  readonly git: OpenRepository;
  readonly policy: PolicyAt;
  readonly worktree: Worktree;
  readonly folder: string;
  readonly branch: string;
  /** Its tip; null: it is not there yet. */
  readonly tip: string | null;
  readonly base: string;
  /** The session that is gone on with; null: it begins anew. */
  readonly left: string | null;
}

/**
 * Fetches what is needed, and makes a worktree of the task's branch, or of the default branch where there is none yet. It is there
 * until `work` has ended.
 */
export async function withTaskWorktree(
  door: AppDoor,
  subject: IssueSubject,
  task: StoredTask,
  signal: AbortSignal,
  work: (place: TaskWorktree) => Promise<void>,
): Promise<void> {
  const { address, fullName, defaultBranch } = subject;
  const branch = task.branch ?? (await branchFor(door, subject, task));
  const url = `${door.serverUrl}/${fullName}`;
  await door.mirrors.withBranches(
    {
      key: { identity: remoteIdentity(url) ?? url, id: address.repository },
      url,
      token: gitToken(door.github, address, TASK_READ, signal),
      branches: [defaultBranch, branch],
      signal,
    },
    async ({ gitDir, env, heads }) => {
      await clearWorkFolders(door.work, door.env);
      const git = await openGit({ cwd: gitDir, env, signal });
      const folder = makeWorkFolder(door.work, task.id);
      let worktree: Worktree | null = null;
      try {
        const main = heads.get(defaultBranch);
        if (main === undefined) throw new RangeError(`the default branch ${defaultBranch} was not fetched`);
        const policy = await readPolicyAt(door, git, main, signal);
        if ('problem' in policy)
          throw new TaskProblem(`the configuration of this repository is wrong: ${policy.problem}`);
        const tip = heads.get(branch) ?? null;
        // Gone on with, it begins where it began: what it has made since is in its session.
        const left = await leftTaskSession(door, git.repository.commonDir, task.session);
        const base = (left === null ? null : task.base) ?? tip ?? main;
        worktree = await createWorktree(git.repository, base, join(folder.path, 'worktree'));
        await work({ git, policy, worktree, folder: folder.path, branch, tip, base, left });
      } finally {
        worktree?.remove();
        folder.remove();
        git.close();
      }
    },
  );
}

/**
 * The branch of the issue: the one that an earlier task has made, as long as its pull request is open; one of its own where that
 * was merged or closed, for what is there is done with.
 */
async function branchFor(
  { sql }: AppDoor,
  { key, issue, reader }: IssueSubject,
  task: StoredTask,
): Promise<string> {
  const earlier = await listTasks(sql, { repository: key.repository, limit: 100 });
  const last = earlier.find(
    ({ id, number, branch }) => id < task.id && number === key.number && branch !== null,
  );
  const branch = last?.branch ?? branchOf(issue.title, key.number);
  const isOpen = (await reader.pullRequestsOf(branch)).length > 0;
  return isOpen || (await reader.branchHead(branch)) === null ? branch : `${branch}-${task.id}`;
}
