import type { Sql } from 'postgres';
import type { Model } from '../../src/agent/model.ts';
import { withDatabase } from '../../src/sessions/postgres/with-database.ts';
import { javascript } from '../programs/javascript.ts';
import { testGitHub } from '../support/github/test-github.ts';
import type { ScriptedTurn } from '../support/model-script.ts';
import { type AppWorld, startApp } from './app-world.ts';

export const call = (name: string, input: unknown): ScriptedTurn => ({ calls: [{ name, input }] });

/** What a task in the first issue of a {@link taskWorld} works on. */
export const BRANCH = 'code-agent/1-fix-retry-does-not-wait-between-its';

export const asked = <T>({ databaseUrl }: AppWorld, work: (sql: Sql) => Promise<T>): Promise<T> =>
  withDatabase(databaseUrl, {}, ({ sql }) => work(sql));

/** What was counted for tasks: a run for each session. */
export const runsOf = (app: AppWorld) =>
  asked(
    app,
    (sql) => sql`
      select r.calls, r.outcome, t.attempts from code_agent.pull_request_runs r
      left join code_agent.tasks t on t.session_id = r.session_id where r.kind = 'task' order by r.id`,
  );

/** The App and a GitHub with a repository, in which tasks are asked for that a model does. */
export async function taskWorld<M extends Model>(
  databaseUrl: string,
  script: M,
  files: Readonly<Record<string, string>> = javascript.files,
  { concurrency, ...options }: Parameters<typeof testGitHub>[0] & { readonly concurrency?: number } = {},
) {
  const github = await testGitHub(options);
  const labels = ['agent:fix', 'agent:high', 'agent:low', 'bug'];
  await github.addRepository('ada/shop', { files, labels });
  /** Called before each turn of the model, with how many there were. */
  const before: { turn: (turn: number) => Promise<void> } = { turn: async () => {} };
  let turns = 0;
  const model: Model = {
    ...script,
    async ask(request, options) {
      turns += 1;
      await before.turn(turns);
      return script.ask(request, options);
    },
  };
  const app = await startApp(github, {
    ...{ databaseUrl, models: [model] },
    ...(concurrency !== undefined && { concurrency }),
  });
  const issue = (number = 1) => github.issue('ada/shop', number);
  /** The comment of the task, as it is now. */
  const shown = (number = 1): string =>
    issue(number).issueComments.findLast(({ body }) => body.includes('code-agent:notice:task-'))?.body ?? '';
  const answers = (number = 1): string[] =>
    issue(number).issueComments.flatMap(({ body }) =>
      body.includes('code-agent:answer:') ? [body.split('\n\n<!--')[0] ?? ''] : [],
    );
  const open = () => github.openIssue('ada/shop', { title: javascript.task, body: 'It does not wait.' });
  const pulls = async () =>
    [2, 3, 4].flatMap((number) => {
      try {
        return [github.pullRequest('ada/shop', number)];
      } catch {
        return [];
      }
    });
  return { github, app, script, before, issue, shown, answers, open, pulls };
}
