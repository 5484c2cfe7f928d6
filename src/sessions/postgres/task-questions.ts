import { createHash } from 'node:crypto';
import type { Sql } from 'postgres';
import { storable } from './storable.ts';
import { isActive, type TaskPerson } from './tasks.ts';

/** `plan`: whether it is right. `approval`: of a tool. `changes`: of what the task has made. */
export type QuestionKind = 'plan' | 'question' | 'approval' | 'changes';

/** What exactly is asked, and where. */
export interface QuestionSubject {
  readonly task: number;
  /** Canonical JSON: an answer counts for the same text alone. */
  readonly subject: string;
  /** The commit or the tree that it is about; null: whatever it is. */
  readonly head: string | null;
}

export interface NewQuestion extends QuestionSubject {
  readonly kind: QuestionKind;
  /** For a person. */
  readonly text: string;
  /** The answers that are likely. */
  readonly choices: readonly string[];
  /** Milliseconds that it can be answered in. */
  readonly expiresInMs: number;
}

/** What a task asks a person. */
export interface TaskQuestion extends Omit<NewQuestion, 'expiresInMs'> {
  /** What people call it by: the begin of the digest of what is asked, unique in its task. */
  readonly id: string;
  readonly state: 'open' | 'answered' | 'expired';
  readonly answer: string | null;
  readonly answeredBy: TaskPerson | null;
  readonly askedAt: Date;
  readonly expiresAt: Date;
  readonly answeredAt: Date | null;
  /** When something was first done on its answer. */
  readonly usedAt: Date | null;
}

interface QuestionRow extends Omit<TaskQuestion, 'choices' | 'answeredBy'> {
  readonly choices: string;
  readonly by: number | null;
  readonly login: string | null;
}

/** As the table checks it. A head has no line break. */
const digestOf = ({ task, head, subject }: QuestionSubject): Buffer =>
  createHash('sha256')
    .update(`${task}\n${head ?? ''}\n${subject}`)
    .digest();

/** Of a question `q` with its answer `a` and its task. A task that is over asks nothing. */
const stateOf = (sql: Sql) => sql`
  case when a.question_id is not null then 'answered'
    when ${isActive(sql)} and not q.withdrawn and q.expires_at > now() then 'open' else 'expired' end`;

/** By the index. */
const name = (sql: Sql) => sql`left(encode(q.sha256, 'hex'), 8)`;

const questions = (sql: Sql) => sql`
  select ${name(sql)} as id, q.task_id::float8 as task, q.kind, q.text, q.choices, q.subject, q.head, ${stateOf(sql)} as state,
    a.answer, a.answered_by::float8 as by, a.answered_login as login, q.asked_at as "askedAt", q.expires_at as "expiresAt",
    a.at as "answeredAt", q.used_at as "usedAt"
  from code_agent.task_questions q join code_agent.tasks t on t.id = q.task_id
  left join code_agent.task_answers a on a.question_id = q.id`;

const questionOf = ({ choices, by, login, ...row }: QuestionRow): TaskQuestion => ({
  ...row,
  // As `askTask` wrote them.
  choices: JSON.parse(choices),
  answeredBy: by === null || login === null ? null : { id: by, login },
});

/**
 * Stores what a task asks. The same subject and head of the same task is the same question: what is open stays open as long as it was,
 * what has an answer has it, and what has expired or was withdrawn can be answered again.
 */
export async function askTask(sql: Sql, asked: NewQuestion): Promise<TaskQuestion> {
  const { task, kind, text, choices, subject, head, expiresInMs } = asked;
  const sha256 = digestOf(asked);
  await sql`
    insert into code_agent.task_questions as q (task_id, kind, text, choices, subject, head, sha256, expires_at)
    values (${task}, ${kind}, ${storable(text)}, ${JSON.stringify(choices)}, ${subject}, ${head}, ${sha256},
      now() + ${expiresInMs}::float8 * interval '1 millisecond')
    on conflict (task_id, (left(encode(sha256, 'hex'), 8))) do update set expires_at = excluded.expires_at, withdrawn = false
    where q.sha256 = excluded.sha256 and (q.expires_at <= now() or q.withdrawn)
      and not exists (select from code_agent.task_answers a where a.question_id = q.id)`;
  const [row] = await sql<QuestionRow[]>`
    ${questions(sql)} where q.task_id = ${task} and q.sha256 = ${sha256}`;
  if (row === undefined) throw new RangeError('another question of the task has the name of this one');
  return questionOf(row);
}

/** What waits for an answer, oldest first. */
export async function openQuestions(sql: Sql, task: number): Promise<TaskQuestion[]> {
  const rows = await sql<QuestionRow[]>`
    ${questions(sql)} where q.task_id = ${task} and ${stateOf(sql)} = 'open' order by q.id`;
  return rows.map(questionOf);
}

export interface GivenAnswer {
  /** Of the question. */
  readonly id: string;
  readonly task: number;
  readonly answer: string;
  readonly by: TaskPerson;
}

/**
 * Stores an answer to an open question, once: of several at once the first counts. `known`: it had one. `expired`: it came too
 * late, or the task is over. `unknown`: the task has not asked that. The database links it into the audit chain, with all that
 * was asked.
 */
export async function answerTask(
  sql: Sql,
  { id, task, answer, by }: GivenAnswer,
): Promise<'answered' | 'known' | 'expired' | 'unknown'> {
  // The task does not end between the look at it and the answer.
  const { count } = await sql`
    with asking as (select id from code_agent.tasks where id = ${task} and ${isActive(sql)} for share)
    insert into code_agent.task_answers (question_id, answer, answered_by, answered_login)
    select q.id, ${storable(answer)}, ${by.id}, ${storable(by.login)}
    from code_agent.task_questions q join asking on asking.id = q.task_id
    where ${name(sql)} = ${id} and not q.withdrawn and q.expires_at > clock_timestamp()
    on conflict do nothing`;
  if (count === 1) return 'answered';
  const [row] = await sql<Pick<TaskQuestion, 'state'>[]>`
    ${questions(sql)} where ${name(sql)} = ${id} and q.task_id = ${task}`;
  if (row === undefined) return 'unknown';
  return row.state === 'answered' ? 'known' : 'expired';
}

export interface TakenAnswer {
  /** `expired`: nobody has answered in time, or the task is over. `none`: it was not asked, or is to be asked anew. */
  readonly state: 'open' | 'answered' | 'expired' | 'none';
  /** Null unless it is `answered`. */
  readonly answer: string | null;
}

/**
 * What was answered to exactly this, to be acted on: the answer is used from here on. To be asked again for the same task, subject
 * and head gives the same, as one that goes on after a crash needs it; to no other is it an answer.
 */
export async function answerOf(
  sql: Sql,
  task: number,
  subject: string,
  head: string | null,
): Promise<TakenAnswer> {
  const sha256 = digestOf({ task, subject, head });
  const [row] = await sql<(TakenAnswer & { readonly withdrawn: boolean })[]>`
    with used as (
      update code_agent.task_questions q set used_at = coalesce(q.used_at, now())
      from code_agent.tasks t, code_agent.task_answers a
      where q.task_id = ${task} and q.sha256 = ${sha256} and t.id = q.task_id and a.question_id = q.id and ${isActive(sql)}
      returning a.answer
    )
    select q.withdrawn, (select answer from used) as answer,
      case when exists (select from used) then 'answered' when a.question_id is null then ${stateOf(sql)} else 'expired' end as state
    from code_agent.task_questions q join code_agent.tasks t on t.id = q.task_id
    left join code_agent.task_answers a on a.question_id = q.id
    where q.task_id = ${task} and q.sha256 = ${sha256}`;
  if (row === undefined) return { state: 'none', answer: null };
  const { state, answer, withdrawn } = row;
  return { state: withdrawn && state === 'expired' ? 'none' : state, answer };
}

/** A task by GitHub's ids of where it is, and how soon it is to be done. */
export interface TaskAddress {
  readonly installation: number;
  readonly repository: number;
  readonly number: number;
  readonly task: number;
  readonly priority: number;
}

/**
 * The tasks that nothing has happened to for two minutes although it should: they wait and nothing of them is open any more, for
 * nobody has answered in time, or who stored the answer was killed before the task was queued again; or they are to be done, and no
 * job is for them.
 */
export async function tasksToWake(sql: Sql): Promise<TaskAddress[]> {
  return sql<TaskAddress[]>`
    select g.installation_id::float8 as installation, g.github_id::float8 as repository, t.number, t.id::float8 as task,
      t.priority
    from code_agent.tasks t
    join code_agent.github_repositories g on g.repository_id = t.repository_id and g.removed_at is null
    where ${isActive(sql)} and t.state_at < now() - interval '2 minutes'
      and not exists (
        select from code_agent.task_questions q left join code_agent.task_answers a on a.question_id = q.id
        where t.state = 'waiting' and q.task_id = t.id and ${stateOf(sql)} = 'open')
      and not exists (select from graphile_worker.jobs j where j.key = 'task:' || t.id)
    order by t.id limit 100`;
}
