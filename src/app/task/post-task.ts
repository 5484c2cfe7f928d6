import type { Sql } from 'postgres';
import * as z from 'zod/mini';
import { GitHubError } from '../../github/github-error.ts';
import { type TaskView, taskComment } from '../../report/pull-request/task-comment.ts';
import { openQuestions } from '../../sessions/postgres/task-questions.ts';
import type { StoredTask } from '../../sessions/postgres/tasks.ts';
import type { IssueSubject } from './find-issue.ts';

/** Milliseconds between two edits: GitHub takes 80 a minute from one App in all repositories together. */
const BETWEEN = 10_000;

/** The one comment of a task, which is edited as it goes. */
export interface TaskComment {
  /** Shows what has changed; at once, or when the last edit is long enough ago. */
  show(change: Partial<TaskView>, options?: { readonly now?: boolean }): Promise<void>;
}

/** Makes the comment of a task, or finds it. Made anew when a person has deleted it. */
export function openTaskComment(
  sql: Sql,
  { writer, markers, userId, writeOnce, key }: IssueSubject,
  task: StoredTask,
  hosts: readonly string[],
): TaskComment {
  const { number } = key;
  const marker = markers.write('notice', `task-${task.id}`);
  let view: TaskView = {
    ...{ id: task.id, type: task.type, state: task.state, plan: null, done: new Set(), now: null },
    ...{ questions: [], evidence: null, red: [], reason: null, summary: null, pull: null },
    ...{ branch: task.branch, notes: [], spent: [] },
  };
  let shownAt = 0;
  let posting: Promise<void> = Promise.resolve();
  async function post(): Promise<void> {
    const questions = await openQuestions(sql, task.id);
    const body = taskComment({ ...view, questions: questions.map(questionOf) }, { hosts, marker });
    for (let index = 1; ; index += 1) {
      let isMade = false;
      const id = await writeOnce({
        key: `issue/${number}/task/${task.id}/comment/${index}`,
        target: `comment of task ${task.id} in issue ${number}`,
        payload: marker,
        async find() {
          const { items } = await writer.issueComments(number);
          return items.findLast((one) => one.author?.id === userId && one.body.includes(marker))?.id;
        },
        async write() {
          isMade = true;
          return (await writer.createIssueComment(number, body)).id;
        },
        parse: (result) => z.int().parse(result),
      });
      if (isMade) return;
      try {
        await writer.updateIssueComment(id, body);
        return;
      } catch (error) {
        if (!(error instanceof GitHubError && error.kind === 'gone')) throw error;
      }
    }
  }
  return {
    async show(change, { now = false } = {}) {
      view = { ...view, ...change };
      if (!now && Date.now() - shownAt < BETWEEN) return;
      shownAt = Date.now();
      // One after the other: an older state must not come behind a newer one.
      posting = posting.catch(() => {}).then(post);
      await posting;
    },
  };
}

type Stored = Awaited<ReturnType<typeof openQuestions>>[number];

const questionOf = ({
  id,
  kind,
  text,
  choices,
  subject,
  expiresAt,
}: Stored): TaskView['questions'][number] => ({
  ...{ id, kind, text, choices, until: expiresAt },
  detail: kind === 'question' || kind === 'plan' ? '' : JSON.stringify(JSON.parse(subject), null, 2),
});
