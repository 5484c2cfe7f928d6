import { join } from 'node:path';
import { CodeAgentError, EXIT } from '../code-agent-error.ts';
import { hasBranch, keepBranch } from '../git/keep-branch.ts';
import { person as whoWorks } from '../git/person.ts';
import type { Repository } from '../git/repository.ts';
import { runGit } from '../git/run-git.ts';
import { type Author, createWorktree, type Worktree } from '../git/worktree.ts';
import { findOverlappingSecrets } from '../review/checks/secret/find-secrets.ts';
import { type Redact, redactSecrets } from '../review/redact.ts';
import { branchOf } from '../tasks/branch-name.ts';
import { doTask } from '../tasks/do-task.ts';
import type { TaskEvent, TaskReport, TaskRequest } from '../tasks/task.ts';
import type { Person } from '../tasks/task-door.ts';
import { dependencyFolders } from './dependency-folders.ts';
import { addTask, clearTask, type LocalTask, taskFolder, tidyTasks, writeTask } from './local-tasks.ts';
import type { ModelAsk } from './model-reviewer.ts';
import { openTask } from './open-task.ts';
import { configAt, type Door, type OpenRepository } from './prepare-review.ts';
import { sandboxOr } from './sandbox-or.ts';
import { goOnWithTask } from './task-session.ts';

export interface RunOptions {
  readonly request: Omit<TaskRequest, 'id' | 'context'>;
  /** Null: made of the request. */
  readonly branch: string | null;
  readonly ask: ModelAsk;
  readonly person: Person;
  readonly told: (event: TaskEvent) => void;
}

export interface TaskRun {
  readonly task: LocalTask;
  readonly report: TaskReport;
  /** Null: nothing was kept. */
  readonly branch: string | null;
  readonly base: string;
  /** Lines added and removed, and commits made. */
  readonly size: { readonly added: number; readonly removed: number; readonly commits: number };
}

/**
 * Does a task in a repository of this machine: in a worktree of its own at HEAD, which is taken away at the end. What it comes
 * to is kept as a branch; the person's files, index and branches are not touched. Rejects with exit code 2 when there is no
 * commit yet, or the branch is there already.
 */
export async function runTask(git: OpenRepository, door: Door, options: RunOptions): Promise<TaskRun> {
  const { repository } = git;
  const head = await headOf(git);
  const branch = await freeBranch(repository, options.branch, options.request.text);
  const { config } = await configAt(git, door, head);
  const began = process.uptime();
  await tidyTasks(repository.commonDir, door.env);
  const added = addTask(repository.commonDir, {
    ...{ text: options.request.text, type: options.request.type, state: 'in_progress', reason: null },
    ...{ pid: process.pid, startedAt: new Date().toISOString(), endedAt: null },
    ...{ base: head.commit, branch: null, head: null, session: null },
  });
  const folder = taskFolder(repository.commonDir, added.id);
  const { ask } = options;
  const redact: Redact = (text) => redactSecrets(text, findOverlappingSecrets, ask.knownValues);
  const beginning = { door: 'cli', models: ask.models, line: `task/${added.id}` } as const;
  const session = goOnWithTask(repository, beginning, redact, null);
  // Who watches it finds it by that.
  const task: LocalTask = { ...added, session: session.id };
  writeTask(repository.commonDir, task);
  const ended = (state: LocalTask['state'], more: Partial<LocalTask> = {}): LocalTask => {
    const outcome = state === 'completed' || state === 'cancelled' ? state : 'failed';
    session.close(outcome, ask.budget.spent(), (process.uptime() - began) * 1000);
    const end: LocalTask = { ...task, state, endedAt: new Date().toISOString(), ...more };
    writeTask(repository.commonDir, end);
    return end;
  };
  let made: Worktree | null = null;
  try {
    const worktree = await createWorktree(repository, head.commit, join(folder, 'worktree'));
    made = worktree;
    const opened = await openTask(git, {
      ...{ door, worktree, folder, config, ask, session, redact, base: head.commit },
      ...{
        policyDoor: 'cli',
        permission: options.request.permission,
        policyAt: head,
      },
      ...{ person: options.person, told: options.told },
      sandbox: await sandboxOr(door.env),
      author: await authorOf(repository),
      dependencies: await dependencyFolders(repository),
    });
    const report = await doTask({ ...options.request, id: String(task.id), context: null }, opened);
    // What nobody said yes to does not leave the worktree.
    const hasCommits =
      report.outcome !== 'cancelled' && report.head !== null && (await worktree.head()) !== head.commit;
    if (hasCommits) await keepBranch(repository, worktree, branch);
    const kept = hasCommits ? await worktree.head() : null;
    const size = await sizeOf(worktree, head.commit);
    const state = report.outcome === 'planned' ? 'completed' : report.outcome;
    return {
      task: ended(state, { reason: report.reason, branch: kept === null ? null : branch, head: kept }),
      ...{ report, size, branch: kept === null ? null : branch, base: head.commit },
    };
  } catch (error) {
    ended('failed', { reason: error instanceof Error ? error.message : String(error) });
    throw error;
  } finally {
    made?.remove();
    clearTask(repository.commonDir, task.id);
  }
}

export async function freeBranch(
  repository: Repository,
  wanted: string | null,
  text: string,
): Promise<string> {
  if (wanted !== null) {
    if (!(await hasBranch(repository, wanted))) return wanted;
    throw new CodeAgentError(`the branch ${wanted} is there already`, {
      exitCode: EXIT.usage,
      advice: 'Name another one with --branch, or take it away first.',
    });
  }
  const name = branchOf(text, null);
  for (let count = 1; ; count += 1) {
    const branch = count === 1 ? name : `${name}-${count}`;
    if (!(await hasBranch(repository, branch))) return branch;
  }
}

/** The commit that HEAD names. Rejects with exit code 2 when there is none yet. */
export async function headOf({
  reader,
}: OpenRepository): Promise<{ readonly commit: string; readonly tree: string }> {
  const [commit, tree] = await Promise.all([reader.info('HEAD^{commit}'), reader.info('HEAD^{tree}')]);
  if (commit !== null && tree !== null) return { commit: commit.oid, tree: tree.oid };
  throw new CodeAgentError('there is no commit yet: a task begins at one', {
    exitCode: EXIT.usage,
    advice: 'Commit what there is first.',
  });
}

/** As the person would commit: it is their machine, and their work. */
export async function authorOf(repository: Repository): Promise<Author> {
  const [, name = 'code-agent', email = 'code-agent@localhost'] =
    /^(.*) <(.*)>$/.exec((await whoWorks(repository)) ?? '') ?? [];
  return { name, email };
}

async function sizeOf({ repository }: Worktree, base: string): Promise<TaskRun['size']> {
  const numbers = (
    await runGit(['diff-tree', '-r', '--numstat', '-M', base, 'HEAD'], repository.call)
  ).toString();
  const lines = numbers.split('\n').map((line) => /^(\d+)\t(\d+)\t/.exec(line));
  const commits = (await runGit(['rev-list', '--count', `${base}..HEAD`], repository.call)).toString();
  return {
    added: lines.reduce((sum, line) => sum + Number(line?.[1] ?? 0), 0),
    removed: lines.reduce((sum, line) => sum + Number(line?.[2] ?? 0), 0),
    commits: Number(commits),
  };
}
