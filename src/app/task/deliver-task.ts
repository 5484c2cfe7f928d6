import * as z from 'zod/mini';
import { pushBranch } from '../../git/push-branch.ts';
import type { Worktree } from '../../git/worktree.ts';
import { TASK_PUSH } from '../../github/permissions.ts';
import { pullBody } from '../../report/pull-request/pull-body.ts';
import { taskBody, taskTitle } from '../../report/pull-request/task-body.ts';
import type { StoredTask } from '../../sessions/postgres/tasks.ts';
import type { TaskReport } from '../../tasks/task.ts';
import type { AppDoor } from '../app-door.ts';
import { gitToken } from '../git-token.ts';
import type { IssueSubject } from './find-issue.ts';
import { updatePull } from './update-pull.ts';

export interface Delivery {
  readonly task: StoredTask;
  readonly report: TaskReport;
  readonly worktree: Worktree;
  readonly branch: string;
  readonly head: string;
  /** What the branch was when the task began; null: not there. */
  readonly expected: string | null;
  readonly hosts: readonly string[];
  readonly signal: AbortSignal;
}

/** What came of it on GitHub. */
export interface Delivered {
  readonly pull: { readonly number: number; readonly draft: boolean };
}

/**
 * Pushes the commits of a task to its branch, and opens the pull request of that branch, or brings the one that is there up to date.
 * The token that may write files is made for the push alone, and goes no further than git's transport.
 */
export async function deliverTask(
  door: AppDoor,
  subject: IssueSubject,
  delivery: Delivery,
): Promise<Delivered> {
  const { task, report, branch, head, hosts, worktree, signal } = delivery;
  const { fullName, key, writeOnce, writer, issue } = subject;
  await pushBranch({
    folder: worktree.folder,
    env: worktree.repository.call.env,
    url: `${door.serverUrl}/${fullName}`,
    token: gitToken(door.github, subject.address, TASK_PUSH, signal),
    ...{ branch, commit: head, expected: delivery.expected, signal },
  });

  const [known] = await subject.reader.pullRequestsOf(branch);
  if (known !== undefined)
    return { pull: { number: known.number, draft: await updatePull(door, subject, known, delivery) } };
  const isDraft = report.red.length > 0;
  const text = taskBody(
    {
      ...{ report, taskId: task.id, askedBy: task.asked.login, earlier: [] },
      ...{ issue: task.onPull ? null : key.number, closes: !isDraft },
    },
    hosts,
  );
  const scope = `issue/${key.number}/task/${task.id}/pull`;
  const pull = await writeOnce({
    key: scope,
    target: `pull request of branch ${branch}`,
    payload: scope,
    find: async () => (await subject.reader.pullRequestsOf(branch))[0]?.number,
    write: async () =>
      (
        await writer.createPullRequest({
          title: taskTitle(task.onPull ? task.request : issue.title),
          body: pullBody(subject.pullMarkers, branch, text),
          ...{ head: branch, base: subject.defaultBranch, draft: isDraft },
        })
      ).number,
    parse: (result) => z.int().parse(result),
  });
  return { pull: { number: pull, draft: isDraft } };
}
