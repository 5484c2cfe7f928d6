import type { Sql } from 'postgres';
import type { Permission } from '../../agent/policy.ts';
import { CodeAgentError, EXIT } from '../../code-agent-error.ts';
import type { TaskType } from '../../tasks/task-type.ts';
import { errorCode } from './error-code.ts';
import { storable } from './storable.ts';

/** `waiting`: for a person. `dead`: it failed as often as it may, and waits for somebody who looks at it. */
export type TaskState = 'pending' | 'in_progress' | 'waiting' | TaskEnd['state'];

/** Work that somebody has asked for on an issue or a pull request. */
export interface StoredTask {
  readonly id: number;
  /** Our number of it. */
  readonly repository: string;
  /** Of the issue or the pull request. */
  readonly number: number;
  readonly onPull: boolean;
  readonly type: TaskType;
  /** The more, the sooner. 0: as all else that waits. */
  readonly priority: number;
  readonly permission: Permission;
  readonly state: TaskState;
  /** In their own words. */
  readonly request: string;
  readonly asked: TaskAsked;
  readonly branch: string | null;
  /** The pull request that it has come to. */
  readonly pull: number | null;
  /** The commit that it began at. */
  readonly base: string | null;
  /** Its own last commit. */
  readonly head: string | null;
  readonly session: string | null;
  /** How often it was begun, but for being gone on with. */
  readonly attempts: number;
  /** Why it is over. */
  readonly reason: string | null;
  readonly plan: unknown;
  readonly report: unknown;
  readonly createdAt: Date;
  /** When its last attempt was begun; null when it waits for its first one, or for a new one. */
  readonly startedAt: Date | null;
  readonly endedAt: Date | null;
  /** Null: it has none. What it waits for a person does not count; one that is tried again has as long as it had before. */
  readonly deadlineAt: Date | null;
}

export interface TaskAsked {
  /** GitHub's number of the account, which stays when it is renamed. */
  readonly by: number;
  readonly login: string;
  /** Null: by a label or an assignment. */
  readonly comment: number | null;
}

export interface NewTask
  extends Pick<
      StoredTask,
      | 'repository'
      | 'number'
      | 'onPull'
      | 'type'
      | 'priority'
      | 'permission'
      | 'request'
      | 'asked'
      | 'deadlineAt'
    >,
    Partial<Pick<StoredTask, 'branch' | 'pull' | 'base' | 'head'>> {}

export interface TaskEnd {
  readonly state: 'completed' | 'failed' | 'cancelled' | 'dead';
  readonly reason: string | null;
  readonly report: unknown;
  /** Null: what was noted stays. */
  readonly head: string | null;
  /** Null: what was noted stays. */
  readonly pull: number | null;
}

/** Somebody on GitHub. */
export interface TaskPerson {
  readonly id: number;
  readonly login: string;
}

/** Another task is not over yet, and stands in the way of this one. */
export class TaskActiveError extends CodeAgentError {
  readonly active: StoredTask;

  constructor(active: StoredTask) {
    super(`task ${active.id} for #${active.number} is not over yet`, {
      exitCode: EXIT.incomplete,
      advice: 'One task at a time works for an issue or a pull request, and on a branch.',
      retryable: true,
    });
    this.active = active;
  }
}

interface TaskRow extends Omit<StoredTask, 'asked' | 'plan' | 'report'> {
  readonly by: number;
  readonly login: string;
  readonly comment: number | null;
  readonly plan: string | null;
  readonly report: string | null;
}

const columns = (sql: Sql) => sql`
  id::float8 as id, repository_id as repository, number, on_pull as "onPull", type, priority, permission, state, request,
  asked_by::float8 as by, asked_login as login, asked_comment::float8 as comment, branch, pull, base, head,
  session_id as session, attempts, reason, plan, report, asked_at as "createdAt", started_at as "startedAt",
  ended_at as "endedAt", deadline_at as "deadlineAt"`;

const taskOf = ({ by, login, comment, plan, report, ...row }: TaskRow): StoredTask => ({
  ...row,
  asked: { by, login, comment },
  plan: parse(plan),
  report: parse(report),
});
const parse = (json: string | null): unknown => (json === null ? null : JSON.parse(json));
const toJson = (value: unknown): string | null =>
  value === undefined || value === null ? null : JSON.stringify(value);

async function one(rows: PromiseLike<readonly TaskRow[]>): Promise<StoredTask | null> {
  const [row] = await rows;
  return row === undefined ? null : taskOf(row);
}

/** Of the columns of a task: it is not over. As the indices have it. */
export const isActive = (sql: Sql) => sql`state in ('pending', 'in_progress', 'waiting')`;

/** Whatever it has come to: nothing is to be done for it any more. */
export const isOver = ({ state }: Pick<StoredTask, 'state'>): boolean =>
  !['pending', 'in_progress', 'waiting'].includes(state);

/** How often it is looked for what stood in the way, and was gone by then. */
const LOOKS = 20;

/**
 * Stores what somebody has asked for, once: a comment that is known already has its task, whatever has become of it, and what was
 * asked for without a comment is known while the same person's same request is active. Of several at once for a number, or a
 * branch, one is stored. Rejects with a TaskActiveError when another one is active there.
 */
export async function addTask(
  sql: Sql,
  task: NewTask,
): Promise<{ readonly task: StoredTask; readonly isNew: boolean }> {
  for (let look = 1; look <= LOOKS; look += 1) {
    const added = await insertTask(sql, task);
    if (added !== null) return { task: added, isNew: true };
    const known = await taskOfComment(sql, task);
    if (known !== null) return { task: known, isNew: false };
    const active = await inTheWay(sql, { ...task, branch: task.branch ?? null, id: null });
    if (active !== null && isSame(active, task)) return { task: active, isNew: false };
    if (active !== null) throw new TaskActiveError(active);
    // It has ended between the two.
  }
  throw busy(task.number);
}

const insertTask = (sql: Sql, { asked, branch, pull, base, head, deadlineAt, ...task }: NewTask) =>
  one(sql<TaskRow[]>`
    insert into code_agent.tasks (
      repository_id, number, on_pull, type, priority, permission, request, asked_by, asked_login, asked_comment,
      branch, pull, base, head, time_allowed, deadline_at)
    values (
      ${task.repository}, ${task.number}, ${task.onPull}, ${task.type}, ${task.priority}, ${task.permission},
      ${storable(task.request)}, ${asked.by}, ${storable(asked.login)}, ${asked.comment},
      ${branch ?? null}, ${pull ?? null}, ${base ?? null}, ${head ?? null},
      ${deadlineAt}::timestamptz - now(), ${deadlineAt})
    on conflict do nothing
    returning ${columns(sql)}`);

const taskOfComment = async (sql: Sql, { repository, number, asked }: NewTask) =>
  asked.comment === null
    ? null
    : one(sql<TaskRow[]>`
        select ${columns(sql)} from code_agent.tasks
        where repository_id = ${repository} and number = ${number} and asked_comment = ${asked.comment}`);

const isSame = ({ number, type, request, asked }: StoredTask, other: NewTask): boolean =>
  asked.comment === null &&
  other.asked.comment === null &&
  asked.by === other.asked.by &&
  number === other.number &&
  type === other.type &&
  request === storable(other.request);

/** The active one for the number or the branch, but for `id` itself. */
const inTheWay = (
  sql: Sql,
  {
    repository,
    number,
    branch,
    id,
  }: Pick<StoredTask, 'repository' | 'number' | 'branch'> & { readonly id: number | null },
) =>
  one(sql<TaskRow[]>`
    select ${columns(sql)} from code_agent.tasks
    where repository_id = ${repository} and ${isActive(sql)} and (number = ${number} or branch = ${branch})
      and id is distinct from ${id}
    order by number = ${number} desc limit 1`);

const busy = (number: number): CodeAgentError =>
  new CodeAgentError(`tasks for #${number} begin and end too fast to be told apart`, {
    exitCode: EXIT.incomplete,
    retryable: true,
  });

/** Null when there is none. */
export const readTask = (sql: Sql, id: number): Promise<StoredTask | null> =>
  one(sql<TaskRow[]>`select ${columns(sql)} from code_agent.tasks where id = ${id}`);

/** The one for this number that is not over. */
export const activeTask = (sql: Sql, repository: string, number: number): Promise<StoredTask | null> =>
  one(sql<TaskRow[]>`
    select ${columns(sql)} from code_agent.tasks
    where repository_id = ${repository} and number = ${number} and ${isActive(sql)}`);

/** The one for this number that was asked for last, whatever has become of it. */
export const lastTask = (sql: Sql, repository: string, number: number): Promise<StoredTask | null> =>
  one(sql<TaskRow[]>`
    select ${columns(sql)} from code_agent.tasks
    where repository_id = ${repository} and number = ${number} order by code_agent.tasks.id desc limit 1`);

export interface TaskFilter {
  /** None: all. */
  readonly states?: readonly TaskState[];
  readonly repository?: string;
  /** Of the repository. */
  readonly branch?: string;
  readonly limit: number;
}

/** Those that were asked for last come first. */
export async function listTasks(
  sql: Sql,
  { states, repository, branch, limit }: TaskFilter,
): Promise<StoredTask[]> {
  if (states?.length === 0) return [];
  const rows = await sql<TaskRow[]>`
    select ${columns(sql)} from code_agent.tasks
    where ${states === undefined ? sql`true` : sql`state in ${sql(states)}`}
      and ${repository === undefined ? sql`true` : sql`repository_id = ${repository}`}
      and ${branch === undefined ? sql`true` : sql`branch = ${branch}`}
    order by code_agent.tasks.id desc limit ${limit}`;
  return rows.map(taskOf);
}

/**
 * Begins a task, or goes on with it when it was begun: with this session from here on. Only what is begun counts as an attempt.
 * Null when it is over: nothing is to be done for it any more. Rejects with a TaskActiveError when another one is
 * active on the branch. Who begins it twice at once is not kept out, but counts once: the queue has one line for each number.
 */
export const startTask = (
  sql: Sql,
  id: number,
  { session, base, branch }: { readonly session: string; readonly base: string; readonly branch: string },
): Promise<StoredTask | null> =>
  unlessActive(sql, id, branch, () =>
    one(sql<TaskRow[]>`
      update code_agent.tasks set
        attempts = attempts + (started_at is null)::integer,
        started_at = coalesce(started_at, now()),
        deadline_at = case when state = 'waiting' then deadline_at + (now() - state_at) else deadline_at end,
        state_at = case when state = 'in_progress' then state_at else now() end,
        state = 'in_progress', session_id = ${session}, base = ${base}, branch = ${branch}
      where id = ${id} and ${isActive(sql)}
      returning ${columns(sql)}`),
  );

/** What has come of it so far. */
export interface TaskNote {
  readonly plan?: unknown;
  readonly branch?: string;
  readonly pull?: number;
  readonly head?: string;
}

/**
 * Notes what has come of it so far, and answers the task as it is now: also one that is over meanwhile, for what was written
 * outside is there. Null when there is none.
 */
export const noteTask = (
  sql: Sql,
  id: number,
  { plan, branch, pull, head }: TaskNote,
): Promise<StoredTask | null> =>
  unlessActive(sql, id, branch ?? null, () =>
    one(sql<TaskRow[]>`
      update code_agent.tasks set plan = coalesce(${toJson(plan)}::json, plan), branch = coalesce(${branch ?? null}, branch),
        pull = coalesce(${pull ?? null}, pull), head = coalesce(${head ?? null}, head)
      where id = ${id}
      returning ${columns(sql)}`),
  );

/** It waits for a person until it is started again. False when it was not in progress: then it is over, or was never begun. */
export async function waitTask(sql: Sql, id: number): Promise<boolean> {
  const { count } = await sql`
    update code_agent.tasks set state = 'waiting', state_at = case when state = 'waiting' then state_at else now() end
    where id = ${id} and state in ('in_progress', 'waiting')`;
  return count === 1;
}

/** It waits to be gone on with by itself: what was begun stays begun. False when it was not in progress. */
export async function pauseTask(sql: Sql, id: number): Promise<boolean> {
  const { count } = await sql`
    update code_agent.tasks set state = 'pending', state_at = now() where id = ${id} and state = 'in_progress'`;
  return count === 1;
}

/** Has a task done sooner or later than others, and its job as long as that waits. Null when it is over, or there is none. */
export async function setTaskPriority(sql: Sql, id: number, priority: number): Promise<StoredTask | null> {
  const task = await one(sql<TaskRow[]>`
    update code_agent.tasks set priority = ${priority} where id = ${id} and ${isActive(sql)}
    returning ${columns(sql)}`);
  if (task !== null)
    await sql`
      select from graphile_worker.reschedule_jobs(
        (select array_agg(id) from graphile_worker.jobs where key = ${`task:${id}`}), priority => ${-priority}::integer)`;
  return task;
}

/** Ends it, once. Null when it was over before: what was to be said of this end is not true. */
export const endTask = (
  sql: Sql,
  id: number,
  { state, reason, report, head, pull }: TaskEnd,
): Promise<StoredTask | null> =>
  one(sql<TaskRow[]>`
    update code_agent.tasks set state = ${state}, state_at = now(), ended_at = now(),
      reason = ${reason === null ? null : storable(reason).slice(0, 2_000)},
      report = ${toJson(report)}, head = coalesce(${head}, head), pull = coalesce(${pull}, pull)
    where id = ${id} and ${isActive(sql)}
    returning ${columns(sql)}`);

/** Ends it because somebody wants it so; null: what it was for is gone. Null when it was over before. */
export const cancelTask = (sql: Sql, id: number, by: TaskPerson | null): Promise<StoredTask | null> =>
  one(sql<TaskRow[]>`
    update code_agent.tasks set state = 'cancelled', state_at = now(), ended_at = now(), cancelled_by = ${by?.id ?? null},
      reason = ${by === null ? 'cancelled' : `cancelled by ${storable(by.login)}`}
    where id = ${id} and ${isActive(sql)}
    returning ${columns(sql)}`);

/**
 * Has it begun anew, or gone on with where its session was not ended, with all the time that it had. Its attempts are counted on. What it has made stays noted, and people's answers
 * count; what nobody has answered is asked anew. Null when it has not failed, died or been cancelled. Rejects with a TaskActiveError
 * when another one is active for the number or on the branch.
 */
export const retryTask = (sql: Sql, id: number): Promise<StoredTask | null> =>
  unlessActive(sql, id, null, () =>
    one(sql<TaskRow[]>`
      with retried as (
        update code_agent.tasks set state = 'pending', state_at = now(), ended_at = null, reason = null, report = null,
          cancelled_by = null, started_at = null, deadline_at = now() + time_allowed
        where id = ${id} and state in ('failed', 'dead', 'cancelled')
        returning *
      ), withdrawn as (
        update code_agent.task_questions q set withdrawn = true from retried
        where q.task_id = retried.id and not exists (select from code_agent.task_answers a where a.question_id = q.id)
      )
      select ${columns(sql)} from retried`),
  );

/** Does a step of a task that may bring it into the way of another one. `branch`: that it is to have; null: its own. */
async function unlessActive(
  sql: Sql,
  id: number,
  branch: string | null,
  step: () => Promise<StoredTask | null>,
): Promise<StoredTask | null> {
  for (let look = 1; ; look += 1) {
    try {
      return await step();
    } catch (error) {
      if (errorCode(error) !== '23505') throw error;
      const own = await readTask(sql, id);
      const active = own === null ? null : await inTheWay(sql, { ...own, branch: branch ?? own.branch });
      if (active !== null) throw new TaskActiveError(active);
      // It has ended between the two.
      if (look === LOOKS) throw error;
    }
  }
}
