import type { StoredTask } from '../../sessions/postgres/tasks.ts';
import type { IssueSubject } from './find-issue.ts';

/** Characters of one text, and of all. */
const ONE = 4_000;
const MOST_COMMENTS = 20;
const MOST_CHECKS = 10;

/**
 * What stands around a task: the issue, the comments before it, and of a pull request what was said of its lines and the checks
 * that failed. All of it is others' text.
 */
export async function taskContext({ issue, reader, key }: IssueSubject, task: StoredTask): Promise<string> {
  const parts = [`Issue #${key.number}: ${issue.title}`, cut(issue.body)];
  const { items } = await reader.issueComments(key.number);
  const said = items.filter(({ id }) => task.asked.comment === null || id < task.asked.comment);
  for (const { author, body } of said.slice(-MOST_COMMENTS))
    parts.push(`${author?.login ?? 'somebody'} says:\n${cut(body)}`);
  if (task.onPull) {
    const pull = await reader.pullRequest(key.number);
    const comments = (await reader.reviewComments(key.number)).items;
    for (const { author, path, line, body } of comments.slice(-MOST_COMMENTS))
      parts.push(
        `${author?.login ?? 'somebody'} says of ${path}${line === null ? '' : `:${line}`}:\n${cut(body)}`,
      );
    const checks = (await reader.checkRuns(pull.head.sha)).items.filter(
      ({ conclusion }) => conclusion === 'failure',
    );
    for (const { name, title, summary, text } of checks.slice(0, MOST_CHECKS))
      parts.push(`The check ${name} has failed: ${title ?? ''}\n${cut(summary ?? '')}\n${cut(text ?? '')}`);
  }
  return parts.filter((part) => part.trim() !== '').join('\n\n');
}

const cut = (text: string): string => (text.length > ONE ? `${text.slice(0, ONE).toWellFormed()}…` : text);
