import { randomUUID } from 'node:crypto';
import type { Sql } from 'postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PERMISSIONS } from '../../../src/agent/policy.ts';
import { repositoryId } from '../../../src/sessions/postgres/store-session.ts';
import {
  activeTask,
  addTask,
  cancelTask,
  endTask,
  lastTask,
  listTasks,
  noteTask,
  pauseTask,
  readTask,
  retryTask,
  startTask,
  type TaskEnd,
  waitTask,
} from '../../../src/sessions/postgres/tasks.ts';
import { withDatabase } from '../../../src/sessions/postgres/with-database.ts';
import { TASK_TYPES } from '../../../src/tasks/task-type.ts';
import { DATABASES, type Databases } from '../../support/databases.ts';
import { ADA, added, BASE, begin, begun, newTask, repositoryOf } from './tasks-setup.ts';

const end = (state: TaskEnd['state'], more: Partial<TaskEnd> = {}): TaskEnd => ({
  ...{ state, reason: null, report: null, head: null, pull: null },
  ...more,
});
const OVER = ['completed', 'failed', 'cancelled', 'dead'] as const;

describe.each(DATABASES)('tasks, on %s', (_, start) => {
  let databases: Databases;
  beforeAll(async () => {
    databases = await start();
  });
  afterAll(() => databases.stop());

  const opened = async <T>(work: (sql: Sql) => Promise<T>): Promise<T> =>
    withDatabase(await databases.migrated(), {}, ({ sql }) => work(sql));

  it('one goes from the request to a pull request, and all of it is read as it was said', () =>
    opened(async (sql) => {
      const asked = { by: 7, login: 'ada', comment: 5_000_000_000 };
      const deadlineAt = new Date(Date.now() + 3_600_000);
      const request = 'mend "it" \0 \u{1f600}';
      const { task, isNew } = await addTask(
        sql,
        await newTask(sql, { asked, request, deadlineAt, priority: -3 }),
      );
      expect(isNew).toBe(true);
      expect(task).toEqual({
        ...{ id: expect.any(Number), repository: await repositoryOf(sql), number: 12, onPull: false },
        ...{ type: 'bugfix', priority: -3, permission: 'supervised', state: 'pending' },
        ...{
          request: 'mend "it" \u{fffd} \u{1f600}',
          asked,
          branch: null,
          pull: null,
          base: null,
          head: null,
        },
        ...{ session: null, attempts: 0, reason: null, plan: null, report: null, deadlineAt },
        ...{ createdAt: expect.any(Date), startedAt: null, endedAt: null },
      });
      const session = randomUUID();
      const going = await startTask(sql, task.id, { session, base: BASE, branch: 'code-agent/12' });
      expect(going).toEqual({
        ...{ ...task, state: 'in_progress', attempts: 1, session, base: BASE, branch: 'code-agent/12' },
        startedAt: expect.any(Date),
      });
      const plan = { steps: ['a \0 b', '\ud800'], tests: null };
      expect(await noteTask(sql, task.id, { plan })).toEqual({ ...going, plan });
      expect(await noteTask(sql, task.id, { head: 'c'.repeat(40) })).toMatchObject({
        plan,
        head: 'c'.repeat(40),
      });
      expect(await waitTask(sql, task.id)).toBe(true);
      expect(await waitTask(sql, task.id)).toBe(true);
      expect(await readTask(sql, task.id)).toMatchObject({ state: 'waiting' });
      expect(await begin(sql, task.id)).toMatchObject({ state: 'in_progress', startedAt: going?.startedAt });
      const report = { summary: 'mended' };
      const ended = await endTask(sql, task.id, end('completed', { report, pull: 13 }));
      expect(ended).toMatchObject({
        ...{ state: 'completed', report, plan, head: 'c'.repeat(40), pull: 13, attempts: 1 },
        endedAt: expect.any(Date),
      });
      expect(await readTask(sql, task.id)).toEqual(ended);
    }));

  it('every type and permission is stored', () =>
    opened(async (sql) => {
      const kinds = TASK_TYPES.flatMap((type) => PERMISSIONS.map((permission) => ({ type, permission })));
      for (const kind of kinds) {
        const task = await added(sql, kind);
        expect(task).toMatchObject(kind);
        await cancelTask(sql, task.id, null);
      }
    }));

  it('a comment asks once, whatever has become of it; without one, while it is active', () =>
    opened(async (sql) => {
      const asked = await newTask(sql);
      const { task } = await addTask(sql, asked);
      expect(await addTask(sql, asked)).toEqual({ task, isNew: false });
      const cancelled = await cancelTask(sql, task.id, ADA);
      expect(await addTask(sql, { ...asked, request: 'edited' })).toEqual({ task: cancelled, isNew: false });
      const labelled = await newTask(sql, { asked: { ...asked.asked, comment: null } });
      const first = await addTask(sql, labelled);
      expect(first.isNew).toBe(true);
      expect(await addTask(sql, labelled)).toEqual({ task: first.task, isNew: false });
      for (const other of [
        { request: 'other' },
        { type: 'docs' as const },
        { asked: { ...labelled.asked, by: 8 } },
      ])
        await expect(addTask(sql, { ...labelled, ...other })).rejects.toMatchObject({ active: first.task });
      await cancelTask(sql, first.task.id, ADA);
      expect((await addTask(sql, labelled)).isNew).toBe(true);
      // Comments on lines are counted apart from those of issues.
      expect((await addTask(sql, { ...asked, number: 13 })).isNew).toBe(true);
    }));

  it('one at a time is active for a number and on a branch, of one repository', () =>
    opened(async (sql) => {
      const task = await begun(sql, { number: 12 });
      await expect(addTask(sql, await newTask(sql, { number: 12 }))).rejects.toMatchObject({
        ...{ name: 'CodeAgentError', message: `task ${task.id} for #12 is not over yet`, retryable: true },
        active: task,
      });
      const { branch } = task;
      await expect(addTask(sql, await newTask(sql, { number: 13, branch }))).rejects.toMatchObject({
        active: task,
      });
      const other = await added(sql, { number: 13 });
      await expect(begin(sql, other.id, branch ?? '')).rejects.toMatchObject({ active: task });
      await expect(noteTask(sql, other.id, { branch: branch ?? '' })).rejects.toMatchObject({ active: task });
      expect(await readTask(sql, other.id)).toEqual(other);
      const elsewhere = await repositoryId(sql, 'github.com/o/y');
      expect(await added(sql, { repository: elsewhere, number: 12, branch })).toMatchObject({ branch });
      expect(await activeTask(sql, elsewhere, 13)).toBeNull();
      await endTask(sql, task.id, end('failed'));
      expect(await begin(sql, other.id, branch ?? '')).toMatchObject({ branch });
      expect(await added(sql, { number: 12 })).toMatchObject({ state: 'pending' });
    }));

  it.each(OVER)('one that is %s is begun, ended and cancelled no more', (state) =>
    opened(async (sql) => {
      const { id } = await begun(sql);
      const over = await endTask(sql, id, end(state, { reason: 'so', head: 'd'.repeat(40) }));
      expect(over).toMatchObject({ state, reason: 'so' });
      expect(await begin(sql, id)).toBeNull();
      expect(await waitTask(sql, id)).toBe(false);
      for (const other of OVER) expect(await endTask(sql, id, end(other, { reason: 'late' }))).toBeNull();
      expect(await cancelTask(sql, id, ADA)).toBeNull();
      expect(await readTask(sql, id)).toEqual(over);
      // What was written outside is noted all the same.
      expect(await noteTask(sql, id, { pull: 44 })).toEqual({ ...over, pull: 44 });
      expect(await activeTask(sql, await repositoryOf(sql), 12)).toBeNull();
    }),
  );

  it('one that was never begun does not wait, and can be ended and cancelled', () =>
    opened(async (sql) => {
      const { id } = await added(sql);
      expect(await waitTask(sql, id)).toBe(false);
      expect(await endTask(sql, id, end('failed', { reason: 'a limit' }))).toMatchObject({ startedAt: null });
      expect(await cancelTask(sql, (await added(sql)).id, ADA)).toMatchObject({
        ...{ state: 'cancelled', reason: 'cancelled by ada', endedAt: expect.any(Date) },
      });
    }));

  it('to go on counts no attempt, to try again does', () =>
    opened(async (sql) => {
      const { id } = await begun(sql);
      const session = randomUUID();
      const again = await startTask(sql, id, { session, base: BASE, branch: 'code-agent/1' });
      expect(again).toMatchObject({ attempts: 1, session });
      for (const [attempts, state] of [
        [2, 'failed'],
        [3, 'cancelled'],
        [4, 'dead'],
      ] as const) {
        await endTask(sql, id, end(state, { reason: 'so', report: {} }));
        expect(await retryTask(sql, id)).toMatchObject({
          ...{
            state: 'pending',
            attempts: attempts - 1,
            reason: null,
            report: null,
            endedAt: null,
            base: BASE,
          },
        });
        expect(await retryTask(sql, id)).toBeNull();
        expect(await begin(sql, id)).toMatchObject({ attempts });
        expect(await retryTask(sql, id)).toBeNull();
      }
      await endTask(sql, id, end('completed'));
      expect(await retryTask(sql, id)).toBeNull();
      expect(await retryTask(sql, 404)).toBeNull();
    }));

  it('one is not tried again beside another one', () =>
    opened(async (sql) => {
      const dead = await begun(sql);
      await endTask(sql, dead.id, end('dead'));
      const active = await added(sql);
      await expect(retryTask(sql, dead.id)).rejects.toMatchObject({ active });
      await cancelTask(sql, active.id, null);
      const branch = await added(sql, { number: 13, branch: dead.branch });
      await expect(retryTask(sql, dead.id)).rejects.toMatchObject({ active: branch });
      expect(await readTask(sql, dead.id)).toMatchObject({ state: 'dead' });
      await endTask(sql, branch.id, end('failed'));
      expect(await retryTask(sql, dead.id)).toMatchObject({ state: 'pending' });
    }));

  it('one that is tried again has all its time again; what it waits for a person does not count', () =>
    opened(async (sql) => {
      const left = async (id: number): Promise<number> =>
        Math.round(((await readTask(sql, id))?.deadlineAt?.getTime() ?? 0) / 1_000 - Date.now() / 1_000);
      const { id } = await added(sql, { deadlineAt: new Date(Date.now() + 60_000) });
      const begun = await begin(sql, id);
      expect(begun).toMatchObject({ attempts: 1 });
      await waitTask(sql, id);
      await sql`
        update code_agent.tasks set state_at = state_at - interval '1 hour', deadline_at = deadline_at - interval '1 hour'`;
      expect(await left(id)).toBeLessThan(0);
      await begin(sql, id);
      expect(await left(id)).toBeGreaterThan(50);
      expect(await left(id)).toBeLessThan(61);
      // To wait for a model is no waiting for a person.
      expect(await pauseTask(sql, id)).toBe(true);
      expect(await pauseTask(sql, id)).toBe(false);
      expect(await readTask(sql, id)).toMatchObject({ state: 'pending', startedAt: begun?.startedAt });
      await sql`
        update code_agent.tasks set state_at = state_at - interval '1 hour', deadline_at = deadline_at - interval '1 hour'`;
      expect(await begin(sql, id)).toMatchObject({ attempts: 1 });
      expect(await left(id)).toBeLessThan(0);
      await endTask(sql, id, end('failed'));
      expect(await retryTask(sql, id)).toMatchObject({ startedAt: null });
      expect(await left(id)).toBeGreaterThan(50);
      expect(await pauseTask(sql, id)).toBe(false);
      await expect(
        addTask(sql, await newTask(sql, { number: 14, deadlineAt: new Date(0) })),
      ).rejects.toMatchObject({ code: '23514' });
    }));

  it('are listed by state and repository, the last first', () =>
    opened(async (sql) => {
      const ids: number[] = [];
      for (const state of OVER) {
        const { id } = await begun(sql);
        await endTask(sql, id, end(state));
        ids.unshift(id);
      }
      const repository = await repositoryId(sql, 'github.com/o/y');
      const other = await added(sql, { repository });
      const listed = async (filter: Parameters<typeof listTasks>[1]) =>
        (await listTasks(sql, filter)).map(({ id }) => id);
      expect(await listed({ limit: 9 })).toEqual([other.id, ...ids]);
      expect(await listed({ limit: 2 })).toEqual([other.id, ids[0]]);
      expect(await listed({ states: ['dead'], limit: 9 })).toEqual([ids[0]]);
      expect(await listed({ states: ['dead', 'pending'], limit: 9 })).toEqual([other.id, ids[0]]);
      expect(await listed({ states: [], limit: 9 })).toEqual([]);
      expect(await listed({ repository, limit: 9 })).toEqual([other.id]);
      expect(await lastTask(sql, repository, 12)).toEqual(other);
      expect((await lastTask(sql, await repositoryOf(sql), 12))?.id).toBe(ids[0]);
      expect(await lastTask(sql, repository, 13)).toBeNull();
      expect(await readTask(sql, 404)).toBeNull();
      expect(await noteTask(sql, 404, { pull: 1 })).toBeNull();
      expect(await cancelTask(sql, 404, ADA)).toBeNull();
    }));

  it('the table refuses what no task can be', () =>
    opened(async (sql) => {
      await added(sql);
      for (const change of [
        "state = 'gone'",
        "state = 'in_progress'",
        "state = 'dead'",
        'ended_at = now()',
        "type = 'song'",
        "permission = 'all'",
        'number = 0',
        'pull = 0',
        'attempts = -1',
        'deadline_at = now()',
      ])
        await expect(sql.unsafe(`update code_agent.tasks set ${change}`), change).rejects.toMatchObject({
          code: '23514',
        });
    }));
});
