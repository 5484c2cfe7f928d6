import type { Sql } from 'postgres';
import { displayPath } from '../../change/path.ts';
import { answerOf, askTask } from '../../sessions/postgres/task-questions.ts';
import type { StoredTask } from '../../sessions/postgres/tasks.ts';
import type { Person } from '../../tasks/task-door.ts';

/** A person has to answer first: the task goes on from its session when they have, on whatever machine. */
export class TaskWaits extends Error {
  override readonly name = 'TaskWaits';
}

/** Milliseconds that a question waits for an answer. */
const PATIENCE = { question: 7 * 24 * 3_600_000, yes: 24 * 3_600_000 } as const;

export const YES = 'yes';

/**
 * Those who may write to the repository, in comments. What is asked is stored, bound to what exactly it is about, and ends the
 * job by a TaskWaits until it is answered; a question that nobody has answered in time is answered with no.
 */
export function taskPerson(sql: Sql, task: StoredTask, head: string): Person {
  async function ask(
    kind: 'plan' | 'question' | 'approval' | 'changes',
    text: string,
    about: { readonly subject: unknown; readonly choices?: readonly string[]; readonly at?: string },
  ): Promise<string | null> {
    const subject = JSON.stringify(about.subject);
    const at = about.at ?? head;
    const { state, answer } = await answerOf(sql, task.id, subject, at);
    if (state === 'answered') return answer;
    if (state === 'expired') return null;
    if (state === 'none')
      await askTask(sql, {
        ...{ task: task.id, kind, text, subject, head: at },
        choices: about.choices ?? [],
        expiresInMs: kind === 'question' ? PATIENCE.question : PATIENCE.yes,
      });
    throw new TaskWaits(`task ${task.id} waits for an answer`);
  }
  const isYes = async (...asked: Parameters<typeof ask>): Promise<boolean> => (await ask(...asked)) === YES;
  return {
    agrees: async (plan) =>
      // What is asked for in public by somebody who may write is begun; the pull request is where it is judged.
      task.permission === 'autonomous' ||
      isYes('plan', 'Is this plan right?', { subject: { plan: plan.steps, tests: plan.tests } }),
    ask: ({ text, choices }) => ask('question', text, { subject: { question: text, choices }, choices }),
    approve: ({ tool, input, reason }) =>
      isYes('approval', `May it use \`${tool}\`? ${reason}`, { subject: { tool, input } }),
    allows: (changes, tree) =>
      isYes(
        'changes',
        `The change touches what needs a yes: ${changes.map(({ path, why }) => `${displayPath(path)} (${why})`).join(', ')}.`,
        { subject: { changes: changes.map(({ path, why }) => ({ path, why })), tree }, at: tree },
      ),
  };
}
