import type { Sql } from 'postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  answerTask,
  askTask,
  type NewQuestion,
  openQuestions,
} from '../../../src/sessions/postgres/task-questions.ts';
import {
  addTask,
  cancelTask,
  endTask,
  listTasks,
  readTask,
  retryTask,
  TaskActiveError,
} from '../../../src/sessions/postgres/tasks.ts';
import { verifyAudit } from '../../../src/sessions/postgres/verify-audit.ts';
import { withDatabase } from '../../../src/sessions/postgres/with-database.ts';
import { DATABASES, type Databases } from '../../support/databases.ts';
import { ADA, added, atOnce, begin, begun, count, EVE, newTask, results } from './tasks-setup.ts';

const FAILED = { state: 'failed', reason: 'so', report: null, head: null, pull: null } as const;
const ASKED: Omit<NewQuestion, 'task'> = {
  ...{ kind: 'approval', text: 'May it?', choices: [], subject: '{"tool":"shell"}', head: 'a'.repeat(40) },
  expiresInMs: 60_000,
};

describe.each(DATABASES)('tasks that many work at, on %s', (_, start) => {
  let databases: Databases;
  beforeAll(async () => {
    databases = await start();
  });
  afterAll(() => databases.stop());

  const opened = async <T>(work: (sql: Sql) => Promise<T>): Promise<T> =>
    withDatabase(await databases.migrated(), { connections: 9 }, ({ sql }) => work(sql));
  const times = (many: number): number[] => Array.from({ length: many }, (_item, index) => index);

  it('of eight comments at once one gets its task, the others are told which', () =>
    opened(async (sql) => {
      const asked = await Promise.all(times(8).map(() => newTask(sql)));
      const settled = await atOnce(
        sql,
        'tasks',
        asked.map((task) => () => addTask(sql, task)),
      );
      const [active] = await listTasks(sql, { limit: 9 });
      const told = settled.map((one) => (one.status === 'fulfilled' ? one.value.task : activeOf(one.reason)));
      expect(told).toEqual(times(8).map(() => active));
      expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      expect(await listTasks(sql, { limit: 9 })).toHaveLength(1);
    }));

  it('a comment, and a label, that come eight times at once are one task', () =>
    opened(async (sql) => {
      const asked = await newTask(sql);
      for (const task of [asked, { ...asked, number: 13, asked: { ...asked.asked, comment: null } }]) {
        const all = results(
          await atOnce(
            sql,
            'tasks',
            times(8).map(() => () => addTask(sql, task)),
          ),
        );
        expect(all.filter(({ isNew }) => isNew)).toHaveLength(1);
        expect(new Set(all.map(({ task: { id } }) => id)).size).toBe(1);
      }
    }));

  it('of tasks of several numbers one at a time has a branch', () =>
    opened(async (sql) => {
      const tasks = await Promise.all(times(4).map((number) => added(sql, { number: number + 1 })));
      const settled = await atOnce(
        sql,
        'tasks',
        tasks.map(
          ({ id }) =>
            () =>
              begin(sql, id, 'code-agent/one'),
        ),
      );
      expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      const going = await listTasks(sql, { states: ['in_progress'], limit: 9 });
      expect(going).toHaveLength(1);
      for (const one of settled)
        if (one.status === 'rejected') expect(activeOf(one.reason)?.id).toBe(going[0]?.id);
    }));

  it('two workers that begin one count as one attempt', () =>
    opened(async (sql) => {
      const { id } = await added(sql);
      const all = results(await atOnce(sql, 'tasks', [() => begin(sql, id), () => begin(sql, id)]));
      expect(all.map((task) => task?.attempts)).toEqual([1, 1]);
    }));

  it('one is ended once, by whoever comes first: cancelled, done or begun', () =>
    opened(async (sql) => {
      for (const number of times(8)) {
        const { id } = await begun(sql, { number: number + 1 });
        const ends = [
          () => cancelTask(sql, id, ADA),
          () => endTask(sql, id, FAILED),
          () => endTask(sql, id, { ...FAILED, state: 'completed' }),
          () => cancelTask(sql, id, EVE),
        ];
        const ended = results(await atOnce(sql, 'tasks', number % 2 === 0 ? ends : ends.reverse()));
        expect(count(ended)).toBe(1);
        expect(await readTask(sql, id)).toEqual(ended.find((one) => one !== null));
        expect(await begin(sql, id)).toBeNull();
      }
    }));

  it('one that is cancelled while it is begun is cancelled, and not begun again', () =>
    opened(async (sql) => {
      for (const number of times(8)) {
        const { id } = await added(sql, { number: number + 1 });
        await atOnce(sql, 'tasks', [
          () => begin(sql, id),
          () => cancelTask(sql, id, ADA),
          () => begin(sql, id),
        ]);
        expect(await readTask(sql, id)).toMatchObject({ state: 'cancelled' });
        expect(await begin(sql, id)).toBeNull();
      }
    }));

  it('one that is tried again by many is so once, and not beside one that is asked for meanwhile', () =>
    opened(async (sql) => {
      for (const number of times(8)) {
        const { id } = await begun(sql, { number: number + 1 });
        await endTask(sql, id, FAILED);
        const asked = await newTask(sql, { number: number + 1 });
        const add = async () => (await addTask(sql, asked)).task;
        const retry = () => retryTask(sql, id);
        const settled = await atOnce(
          sql,
          'tasks',
          number % 2 === 0 ? [retry, add, retry] : [add, retry, retry],
        );
        const done = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
        expect(count(done)).toBe(1);
        for (const one of settled) if (one.status === 'rejected') expect(activeOf(one.reason)).not.toBeNull();
        const active = await listTasks(sql, { states: ['pending'], limit: 99 });
        expect(active.filter((task) => task.number === number + 1)).toEqual(
          done.filter((one) => one !== null),
        );
      }
    }));

  it('many that ask, end and try again all the time meet nothing but tasks that are active', () =>
    opened(async (sql) => {
      const turn = async (): Promise<void> => {
        for (const _turn of times(15))
          try {
            const { task } = await addTask(sql, await newTask(sql, { branch: 'code-agent/one' }));
            await cancelTask(sql, task.id, null);
            await retryTask(sql, task.id);
            await begin(sql, task.id, 'code-agent/one');
            await endTask(sql, task.id, FAILED);
          } catch (error) {
            if (!(error instanceof TaskActiveError)) throw error;
            await cancelTask(sql, error.active.id, null);
          }
      };
      await Promise.all(times(6).map(turn));
    }));

  it('a question that is asked and answered many times at once is one, with one answer in the chain', () =>
    opened(async (sql) => {
      const { id: task } = await begun(sql);
      const asked = results(
        await atOnce(
          sql,
          'task_questions',
          times(4).map(() => () => askTask(sql, { ...ASKED, task })),
        ),
      );
      expect(new Set(asked.map(({ id }) => id)).size).toBe(1);
      const id = asked[0]?.id ?? '';
      const people = [ADA, EVE, ADA, EVE];
      const became = results(
        await atOnce(
          sql,
          'task_answers',
          people.map((by, index) => () => answerTask(sql, { id, task, answer: `${index}`, by })),
        ),
      );
      expect([...became].sort()).toEqual(['answered', 'known', 'known', 'known']);
      const [given] = await sql`select answer, answered_by::int as by from code_agent.task_answers`;
      const first = became.indexOf('answered');
      expect(given).toEqual({ answer: `${first}`, by: people[first]?.id });
      expect(await verifyAudit({ sql, place: 'here' }, undefined)).toMatchObject({ links: 1, problems: [] });
    }));

  it('an answer that comes while its task is cancelled is none', () =>
    opened(async (sql) => {
      const { id: task } = await begun(sql);
      const { id } = await askTask(sql, { ...ASKED, task });
      let answered: ReturnType<typeof answerTask> | undefined;
      await sql.begin(async (step) => {
        await step`
          update code_agent.tasks set state = 'cancelled', ended_at = now() where id = ${task}`;
        answered = answerTask(sql, { id, task, answer: 'yes', by: ADA });
        await new Promise((resolve) => setTimeout(resolve, 100));
      });
      expect(await answered).toBe('expired');
      expect(await sql`select from code_agent.task_answers`).toHaveLength(0);
      expect(await openQuestions(sql, task)).toEqual([]);
    }));
});

const activeOf = (error: unknown) => {
  if (!(error instanceof TaskActiveError)) throw error;
  return error.active;
};
