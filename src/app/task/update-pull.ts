import * as z from 'zod/mini';
import { GitHubError } from '../../github/github-error.ts';
import { CHANGE_DRAFT } from '../../github/permissions.ts';
import type { PullRequestInList } from '../../github/pull-request.ts';
import { isPullBody, pullBody } from '../../report/pull-request/pull-body.ts';
import { taskBody } from '../../report/pull-request/task-body.ts';
import { listTasks, type StoredTask } from '../../sessions/postgres/tasks.ts';
import type { AppDoor } from '../app-door.ts';
import type { Delivery } from './deliver-task.ts';
import type { IssueSubject } from './find-issue.ts';

/** What is read of a task's report. */
const reportSchema = z.object({ summary: z.nullable(z.string()), red: z.array(z.string()) });

/** Tasks of one branch that are looked at. */
const MOST = 100;

/**
 * Brings a pull request of ours up to date with what a task has come to on it: its text has the newest evidence, and it is a draft
 * as long as something is red. What a person has changed since our last task stays as it is. Answers whether it is a draft now.
 */
export async function updatePull(
  door: AppDoor,
  subject: IssueSubject,
  pull: PullRequestInList,
  delivery: Delivery,
): Promise<boolean> {
  if (pull.author?.id !== subject.userId) return pull.draft;
  const { branch, task } = delivery;
  const tasks = await listTasks(door.sql, { repository: subject.key.repository, branch, limit: MOST });
  const earlier = tasks.filter(({ id }) => id < task.id).reverse();
  await updateText(subject, pull, delivery, earlier);
  return updateDraft(door, subject, pull, delivery, earlier);
}

const isOn =
  ({ number }: PullRequestInList) =>
  ({ state, pull }: StoredTask): boolean =>
    state === 'completed' && pull === number;

async function updateText(
  { key, writer, writeOnce, reader, pullMarkers }: IssueSubject,
  pull: PullRequestInList,
  { report, task, branch, hosts }: Delivery,
  earlier: readonly StoredTask[],
): Promise<void> {
  if (!isPullBody(pullMarkers, branch, pull.body)) return;
  const summaries = earlier.filter(isOn(pull)).map(({ report: before }) => parsed(before)?.summary ?? null);
  const text = taskBody(
    {
      ...{ report, taskId: task.id, askedBy: task.asked.login },
      earlier: summaries.filter((summary) => summary !== null),
      issue: [...earlier, task].find(({ onPull }) => !onPull)?.number ?? null,
      closes: report.red.length === 0,
    },
    hosts,
  );
  const body = pullBody(pullMarkers, branch, text);
  if (body === pull.body) return;
  const scope = `issue/${key.number}/task/${task.id}/pull-text`;
  await writeOnce({
    ...{ key: scope, target: `text of pull request ${pull.number}`, payload: scope },
    find: async () => ((await reader.pullRequest(pull.number)).body === body ? pull.number : undefined),
    write: async () => (await writer.updatePullRequest(pull.number, { body })).number,
    parse: (number) => z.int().parse(number),
  });
}

async function updateDraft(
  { github, log }: AppDoor,
  { key, address, reader, writeOnce }: IssueSubject,
  pull: PullRequestInList,
  { report, task, signal }: Delivery,
  earlier: readonly StoredTask[],
): Promise<boolean> {
  const last = parsed(earlier.findLast(isOn(pull))?.report);
  const isDraft = report.red.length > 0;
  const wasChanged = last === null || last.red.length > 0 !== pull.draft;
  if (wasChanged || pull.draft === isDraft) return pull.draft;
  const changer = github.client(address.installation, address.repository, CHANGE_DRAFT, signal);
  const scope = `issue/${key.number}/task/${task.id}/pull-draft`;
  const target = `pull request ${pull.number}, ${isDraft ? 'a draft' : 'ready'}`;
  try {
    return await writeOnce({
      ...{ key: scope, target, payload: scope },
      find: async () => ((await reader.pullRequest(pull.number)).draft === isDraft ? isDraft : undefined),
      async write() {
        await changer.setDraft(pull.nodeId, isDraft);
        return isDraft;
      },
      parse: (draft) => z.boolean().parse(draft),
    });
  } catch (err) {
    // What is pushed is worth more than that: the text says what is red in any case.
    if (!(err instanceof GitHubError) || err.retryable) throw err;
    log.warn({ err, pull: pull.number }, 'a pull request could not be made a draft, or ready');
    return pull.draft;
  }
}

const parsed = (report: unknown): z.infer<typeof reportSchema> | null =>
  z.safeParse(reportSchema, report).data ?? null;
