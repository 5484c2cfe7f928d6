import { createHash } from 'node:crypto';
import type { Sql } from 'postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrateQueue } from '../../../src/app/migrate-queue.ts';
import { knowRepository } from '../../../src/sessions/postgres/github-repositories.ts';
import { migrate } from '../../../src/sessions/postgres/migrate.ts';
import {
  answerOf,
  answerTask,
  askTask,
  type NewQuestion,
  openQuestions,
  tasksToWake,
} from '../../../src/sessions/postgres/task-questions.ts';
import { cancelTask, endTask, noteTask, retryTask, waitTask } from '../../../src/sessions/postgres/tasks.ts';
import { verifyAudit } from '../../../src/sessions/postgres/verify-audit.ts';
import { withDatabase } from '../../../src/sessions/postgres/with-database.ts';
import { keptLog } from '../../app/intake-setup.ts';
import { DATABASES, type Databases } from '../../support/databases.ts';
import { hasPostgres, type PostgresServer, startPostgres } from '../../support/postgres-server.ts';
import { ADA, begin, begun, EVE } from './tasks-setup.ts';

const HEAD = 'a'.repeat(40);
const SUBJECT = '{"tool":"shell","input":{"command":"rm -r dist"}}';
const FAILED = { state: 'failed', reason: 'so', report: null, head: null, pull: null } as const;

const asked = (task: number, more: Partial<NewQuestion> = {}): NewQuestion => ({
  ...{
    task,
    kind: 'approval',
    text: 'May it use `shell`?',
    choices: ['yes', 'no'],
    subject: SUBJECT,
    head: HEAD,
  },
  ...{ expiresInMs: 60_000, ...more },
});
const letExpire = (sql: Sql) =>
  sql`update code_agent.task_questions set asked_at = now() - interval '2 days', expires_at = now() - interval '1 day'`;
const NONE = { state: 'none', answer: null };

describe.each(DATABASES)('what tasks ask, on %s', (_, start) => {
  let databases: Databases;
  beforeAll(async () => {
    databases = await start();
  });
  afterAll(() => databases.stop());

  const opened = async <T>(work: (sql: Sql) => Promise<T>, isQueued = false): Promise<T> => {
    const url = await databases.migrated();
    if (isQueued) await migrateQueue(url, keptLog());
    return withDatabase(url, {}, ({ sql }) => work(sql));
  };
  const verified = async (sql: Sql) => (await verifyAudit({ sql, place: 'here' }, undefined)).problems;

  it('one is asked once, answered once, and its answer used', () =>
    opened(async (sql) => {
      const { id: task } = await begun(sql);
      expect(await answerOf(sql, task, SUBJECT, HEAD)).toEqual(NONE);
      const question = await askTask(sql, asked(task));
      expect(question).toEqual({
        ...{
          id: expect.stringMatching(/^[0-9a-f]{8}$/),
          task,
          kind: 'approval',
          text: 'May it use `shell`?',
        },
        ...{
          choices: ['yes', 'no'],
          subject: SUBJECT,
          head: HEAD,
          state: 'open',
          answer: null,
          answeredBy: null,
        },
        ...{ askedAt: expect.any(Date), expiresAt: expect.any(Date), answeredAt: null, usedAt: null },
      });
      expect(question.expiresAt.getTime() - question.askedAt.getTime()).toBe(60_000);
      const again = await askTask(sql, asked(task, { text: 'other', expiresInMs: 900_000 }));
      expect(again).toEqual(question);
      expect(await openQuestions(sql, task)).toEqual([question]);
      expect(await answerOf(sql, task, SUBJECT, HEAD)).toEqual({ state: 'open', answer: null });
      const given = { id: question.id, task, answer: 'yes \0', by: ADA };
      expect(await answerTask(sql, given)).toBe('answered');
      expect(await answerTask(sql, { ...given, answer: 'no', by: EVE })).toBe('known');
      expect(await openQuestions(sql, task)).toEqual([]);
      expect(await askTask(sql, asked(task))).toEqual({
        ...{ ...question, state: 'answered', answer: 'yes \u{fffd}', answeredBy: ADA },
        answeredAt: expect.any(Date),
      });
      const answered = { state: 'answered', answer: 'yes \u{fffd}' };
      expect(await answerOf(sql, task, SUBJECT, HEAD)).toEqual(answered);
      const { usedAt } = await askTask(sql, asked(task));
      expect(usedAt).toEqual(expect.any(Date));
      // One that goes on after a crash asks again.
      expect(await answerOf(sql, task, SUBJECT, HEAD)).toEqual(answered);
      expect((await askTask(sql, asked(task))).usedAt).toEqual(usedAt);
    }));

  it('60: an answer is one to the same task, subject and head alone', () =>
    opened(async (sql) => {
      const { id: task } = await begun(sql);
      const { id: other } = await begun(sql, { number: 13 });
      const { id } = await askTask(sql, asked(task));
      await askTask(sql, asked(other));
      expect(await answerTask(sql, { id, task: other, answer: 'yes', by: ADA })).toBe('unknown');
      expect(await answerTask(sql, { id: 'ffffffff', task, answer: 'yes', by: ADA })).toBe('unknown');
      expect(await answerTask(sql, { id: "' or true", task, answer: 'yes', by: ADA })).toBe('unknown');
      expect(await answerTask(sql, { id, task, answer: 'yes', by: ADA })).toBe('answered');
      expect(await answerOf(sql, other, SUBJECT, HEAD)).toEqual({ state: 'open', answer: null });
      for (const [subject, head] of [
        [SUBJECT, 'b'.repeat(40)],
        [SUBJECT, null],
        [SUBJECT.replace('dist', 'src'), HEAD],
        [`${HEAD}\n${SUBJECT}`, null],
        [`${SUBJECT} `, HEAD],
      ] as const)
        expect(await answerOf(sql, task, subject, head)).toEqual(NONE);
      const moved = await askTask(sql, asked(task, { head: 'b'.repeat(40) }));
      const free = await askTask(sql, asked(task, { head: null }));
      expect(new Set([id, moved.id, free.id]).size).toBe(3);
      expect(await openQuestions(sql, task)).toEqual([moved, free]);
      await expect(askTask(sql, asked(task, { head: `${HEAD}\n` }))).rejects.toMatchObject({ code: '23514' });
    }));

  it('60: one that is made to have the name of another one is refused', () =>
    opened(async (sql) => {
      const { id: task } = await begun(sql);
      const seen = new Map<string, string>();
      let pair: readonly [string, string] | null = null;
      for (let nonce = 0; pair === null; nonce += 1) {
        const subject = `{"nonce":${nonce}}`;
        const name = createHash('sha256').update(`${task}\n${HEAD}\n${subject}`).digest('hex').slice(0, 8);
        const first = seen.get(name);
        if (first !== undefined) pair = [first, subject];
        seen.set(name, subject);
      }
      const [harmless, harmful] = pair;
      const { id } = await askTask(sql, asked(task, { subject: harmless }));
      await expect(askTask(sql, asked(task, { subject: harmful }))).rejects.toThrow(RangeError);
      expect(await answerTask(sql, { id, task, answer: 'yes', by: ADA })).toBe('answered');
      expect(await answerOf(sql, task, harmful, HEAD)).toEqual(NONE);
    }));

  it('60: one that has expired is not answered, until it is asked again', () =>
    opened(async (sql) => {
      const { id: task } = await begun(sql);
      const { id } = await askTask(sql, asked(task));
      await letExpire(sql);
      expect(await openQuestions(sql, task)).toEqual([]);
      expect(await answerTask(sql, { id, task, answer: 'yes', by: ADA })).toBe('expired');
      expect(await answerOf(sql, task, SUBJECT, HEAD)).toEqual({ state: 'expired', answer: null });
      expect(await askTask(sql, asked(task))).toMatchObject({ id, state: 'open' });
      expect(await answerTask(sql, { id, task, answer: 'yes', by: ADA })).toBe('answered');
      // What was answered in time counts.
      await letExpire(sql);
      expect(await answerTask(sql, { id, task, answer: 'no', by: ADA })).toBe('known');
      expect(await answerOf(sql, task, SUBJECT, HEAD)).toEqual({ state: 'answered', answer: 'yes' });
    }));

  it('60: a task that is over takes no answer and uses none; tried again, it asks anew what nobody has answered', () =>
    opened(async (sql) => {
      const { id: task } = await begun(sql);
      const yes = await askTask(sql, asked(task));
      await answerTask(sql, { id: yes.id, task, answer: 'yes', by: ADA });
      const open = await askTask(sql, asked(task, { subject: '{}' }));
      await askTask(sql, asked(task, { subject: '[]', expiresInMs: 0 }));
      await cancelTask(sql, task, ADA);
      expect(await openQuestions(sql, task)).toEqual([]);
      expect(await answerTask(sql, { id: open.id, task, answer: 'yes', by: ADA })).toBe('expired');
      for (const subject of ['{}', SUBJECT])
        expect(await answerOf(sql, task, subject, HEAD)).toEqual({ state: 'expired', answer: null });
      expect(await askTask(sql, asked(task, { subject: '{"late":1}' }))).toMatchObject({ state: 'expired' });
      await retryTask(sql, task);
      expect(await openQuestions(sql, task)).toEqual([]);
      expect(await answerTask(sql, { id: open.id, task, answer: 'yes', by: ADA })).toBe('expired');
      for (const subject of ['{}', '[]']) expect(await answerOf(sql, task, subject, HEAD)).toEqual(NONE);
      expect(await answerOf(sql, task, SUBJECT, HEAD)).toEqual({ state: 'answered', answer: 'yes' });
      expect(await askTask(sql, asked(task, { subject: '{}' }))).toMatchObject({
        id: open.id,
        state: 'open',
      });
      expect(await answerTask(sql, { id: open.id, task, answer: 'no', by: EVE })).toBe('answered');
      expect(await answerOf(sql, task, '{}', HEAD)).toEqual({ state: 'answered', answer: 'no' });
    }));

  it('a task that waits for nothing any more is found', () =>
    opened(async (sql) => {
      const repository = await knowRepository(sql, {
        ...{ host: 'github.com', githubId: 101, fullName: 'o/x', installation: 5 },
      });
      const { id: task } = await begun(sql, { repository });
      const { id } = await askTask(sql, asked(task));
      await waitTask(sql, task);
      const later = () => sql`update code_agent.tasks set state_at = state_at - interval '3 minutes'`;
      await later();
      expect(await tasksToWake(sql)).toEqual([]);
      await answerTask(sql, { id, task, answer: 'yes', by: ADA });
      const woken = [{ priority: 0, installation: 5, repository: 101, number: 12, task }];
      expect(await tasksToWake(sql)).toEqual(woken);
      await begin(sql, task);
      expect(await tasksToWake(sql)).toEqual([]);
      await askTask(sql, asked(task, { subject: '{}' }));
      await waitTask(sql, task);
      await letExpire(sql);
      expect(await tasksToWake(sql)).toEqual([]);
      await later();
      expect(await tasksToWake(sql)).toEqual(woken);
      await endTask(sql, task, FAILED);
      expect(await tasksToWake(sql)).toEqual([]);
    }, true));

  it('who answered what is in the chain, and cannot be changed, taken away or put in without being seen', () =>
    opened(async (sql) => {
      const { id: task } = await begun(sql);
      const { id } = await askTask(sql, asked(task));
      await askTask(sql, asked(task, { subject: '{}' }));
      await answerTask(sql, { id, task, answer: 'yes', by: ADA });
      await answerOf(sql, task, SUBJECT, HEAD);
      await noteTask(sql, task, { pull: 4 });
      expect(
        await sql`select subject, change_id::int as change, repository_id is not null as known from code_agent.audit`,
      ).toEqual([{ subject: 'answer', change: -1, known: true }]);
      expect(await verified(sql)).toEqual([]);
      for (const statement of [
        "update code_agent.task_answers set answer = 'no'",
        'delete from code_agent.task_answers',
        'truncate code_agent.task_answers',
      ])
        await expect(sql.unsafe(statement), statement).rejects.toThrow(/is append-only: \w+ is refused/);
      await expect(
        sql`update code_agent.task_questions set subject = '{"tool":"read"}' where id = 1`,
      ).rejects.toMatchObject({ code: '23514' });
      for (const [statement, problem] of [
        [
          "update code_agent.task_answers set answer = 'no'",
          'the answer to the question 1, or what was asked, has changed',
        ],
        [
          'update code_agent.task_answers set answered_by = 8',
          'the answer to the question 1, or what was asked, has changed',
        ],
        [
          "update code_agent.task_questions set text = 'May it read?'",
          'the answer to the question 1, or what was asked, has changed',
        ],
        ['delete from code_agent.task_answers', 'the answer to the question 1 is missing'],
        [
          `insert into code_agent.task_answers (question_id, answer, answered_by, answered_login) values (2, 'yes', 8, 'eve')`,
          'the answer to the question 2 is not in the chain',
        ],
      ] as const)
        await sql
          .begin(async (step) => {
            await step.unsafe(`set local session_replication_role = replica; ${statement}`);
            const problems = await step`select problem from code_agent.verify_audit()`;
            expect(problems.map((one) => one['problem'])).toEqual([problem]);
            throw new RangeError('back');
          })
          .catch((error: unknown) => {
            if (!(error instanceof RangeError)) throw error;
          });
      expect(await verified(sql)).toEqual([]);
    }));
});

describe.runIf(hasPostgres())('tasks and roles', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server.remove());

  it('the app does all of it, and changes neither what was asked nor what was answered; the auditor verifies it', async () => {
    const url = await server.createDatabase();
    await withDatabase(url, {}, async (database) => {
      await migrate(database);
      for (const role of ['app', 'auditor'])
        await database.sql.unsafe(`create role some_${role} login in role code_agent_${role}`);
    });
    await withDatabase(server.as(url, 'some_app'), {}, async ({ sql }) => {
      const { id: task } = await begun(sql);
      const { id } = await askTask(sql, asked(task));
      await letAnswer(sql, task, id);
      for (const statement of [
        "update code_agent.task_questions set subject = 'x'",
        'update code_agent.task_questions set task_id = 2',
        'delete from code_agent.task_questions',
        "update code_agent.task_answers set answer = 'no'",
        'delete from code_agent.task_answers',
        'delete from code_agent.tasks',
        'alter table code_agent.task_answers disable trigger all',
      ])
        await expect(sql.unsafe(statement), statement).rejects.toMatchObject({ code: '42501' });
    });
    await withDatabase(server.as(url, 'some_auditor'), {}, async (database) => {
      expect(await verifyAudit(database, undefined)).toMatchObject({ links: 1, problems: [] });
    });
  });

  async function letAnswer(sql: Sql, task: number, id: string): Promise<void> {
    await waitTask(sql, task);
    expect(await answerTask(sql, { id, task, answer: 'yes', by: ADA })).toBe('answered');
    await begin(sql, task);
    expect(await answerOf(sql, task, SUBJECT, HEAD)).toEqual({ state: 'answered', answer: 'yes' });
    await endTask(sql, task, FAILED);
    expect(await retryTask(sql, task)).toMatchObject({ state: 'pending' });
  }
});
