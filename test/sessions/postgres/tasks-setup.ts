import { randomUUID } from 'node:crypto';
import type { Sql } from 'postgres';
import { repositoryId } from '../../../src/sessions/postgres/store-session.ts';
import { addTask, type NewTask, type StoredTask, startTask } from '../../../src/sessions/postgres/tasks.ts';

export const BASE = 'b'.repeat(40);
export const ADA = { id: 7, login: 'ada' };
export const EVE = { id: 8, login: 'eve' };

export const repositoryOf = (sql: Sql): Promise<string> => repositoryId(sql, 'github.com/o/x');

/** By a comment of its own, on an issue. */
export async function newTask(sql: Sql, more: Partial<NewTask> = {}): Promise<NewTask> {
  return {
    ...{ repository: await repositoryOf(sql), number: 12, onPull: false, type: 'bugfix', priority: 0 },
    ...{ permission: 'supervised', request: 'mend it', deadlineAt: null },
    asked: { by: 7, login: 'ada', comment: Math.floor(Math.random() * 2 ** 50) },
    ...more,
  };
}

export const added = async (sql: Sql, more: Partial<NewTask> = {}): Promise<StoredTask> =>
  (await addTask(sql, await newTask(sql, more))).task;

export const begin = (sql: Sql, id: number, branch = `code-agent/${id}`): Promise<StoredTask | null> =>
  startTask(sql, id, { session: randomUUID(), base: BASE, branch });

export const begun = async (sql: Sql, more: Partial<NewTask> = {}): Promise<StoredTask> => {
  const task = await begin(sql, (await added(sql, more)).id);
  if (task === null) throw new RangeError('a task that was added is over');
  return task;
};

/** Of what came of them, how many came to something. */
export const count = (all: readonly unknown[]): number => all.filter((one) => one !== null).length;

/**
 * Does them while `table` is held: none has changed it before all have begun, so that on a server they go on at once. It needs one
 * connection more than they do.
 */
export async function atOnce<T>(
  sql: Sql,
  table: string,
  works: readonly (() => Promise<T>)[],
): Promise<PromiseSettledResult<T>[]> {
  let going: Promise<PromiseSettledResult<T>[]> | undefined;
  await sql.begin(async (step) => {
    await step.unsafe(`lock table code_agent.${table} in share row exclusive mode`);
    going = Promise.allSettled(works.map((work) => work()));
    await new Promise((resolve) => setTimeout(resolve, 50));
  });
  return (await going) ?? [];
}

/** What they came to; throws the first error. */
export const results = <T>(settled: readonly PromiseSettledResult<T>[]): T[] =>
  settled.map((one) => {
    if (one.status === 'rejected') throw one.reason;
    return one.value;
  });
