import type { TaskReport, TestEvidence } from '../../tasks/task.ts';
import { codeSpan, fenced } from './code-text.ts';
import { plainLine, plainMarkdown } from './sanitize-markdown.ts';
import { evidenceList } from './task-comment.ts';

export interface TaskBody {
  readonly report: TaskReport;
  readonly taskId: number;
  /** Of the issue that it was asked for in; null: in a pull request. */
  readonly issue: number | null;
  /** GitHub closes the issue when it is merged: what was asked for is done, as far as anybody can tell. */
  readonly closes: boolean;
  readonly askedBy: string;
  /** What those that worked on it before have said of their work: Markdown of a model. The first one first. */
  readonly earlier: readonly string[];
}

/** Characters of what was said of earlier work, and how many of them are shown: the first one says what it is about. */
const EARLIER = 4_000;
const MOST_EARLIER = 8;

/** Characters of an output that are shown: what failed stands at its end. */
const TAIL = 3_000;

/** The text of the pull request of a task: what was done and why, and what shows that it works. `hosts`: see `plainMarkdown`. */
export function taskBody(
  { report, taskId, issue, closes, askedBy, earlier }: TaskBody,
  hosts: readonly string[],
): string {
  const { evidence, red, plan, summary } = report;
  const { after, withoutFix, review } = evidence;
  const [first, ...others] = earlier;
  const shown = first === undefined ? [] : [first, ...others.slice(1 - MOST_EARLIER)];
  return [
    ...shown.map((text) => plainMarkdown(text, { hosts, longest: EARLIER })),
    summary === null ? '' : plainMarkdown(summary, { hosts, longest: 12_000 }),
    issue === null ? '' : `${closes ? 'Closes' : 'For'} #${issue}.`,
    '### Evidence',
    evidenceList(evidence, red, hosts),
    after === null || after.run.exitCode === 0 ? '' : folded('What the tests say', after),
    withoutFix === null || withoutFix.run.exitCode === 0
      ? ''
      : folded('How its tests fail without the rest of the change', withoutFix),
    (review?.findings ?? []).map((finding) => `- ${plainLine(finding, hosts)}`).join('\n'),
    plan === null
      ? ''
      : `### Plan\n\n${plan.steps.map((step, index) => `${index + 1}. ${plainLine(step, hosts)}`).join('\n')}`,
    `<sub>${first === undefined ? 'Made' : 'Last changed'} by task ${taskId} for ${codeSpan(askedBy)}: nobody has read it yet. \`/agent fix …\` in a comment here goes on with it.</sub>`,
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function folded(title: string, { run }: TestEvidence): string {
  const shown = run.output.length > TAIL ? `…\n${run.output.slice(-TAIL)}` : run.output;
  return `<details>\n<summary>${title}</summary>\n\n${fenced(shown)}\n\n</details>`;
}

/** The title of the pull request: the subject of the change, on one line. */
export const taskTitle = (text: string): string => {
  const line = text.split('\n')[0]?.trim() ?? '';
  return line.length > 120 ? `${line.slice(0, 119).toWellFormed()}…` : line;
};
