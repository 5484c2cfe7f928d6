import { escapeHidden } from '../review/escape-hidden.ts';

/** What says of somebody that they have done something (git-interpret-trailers(1)): only they can. */
const TRAILER =
  /^(?:co-authored-by|signed-off-by|reviewed-by|acked-by|tested-by|approved-by|reported-by|suggested-by|helped-by|code-agent-task)\s*:/i;

/** Has CI leave the commit out (docs.github.com, "Skipping workflow runs", and the like of other services). */
const SKIPS =
  /\[(?:skip[ -]ci|ci[ -]skip|no[ -]ci|skip[ -]actions|actions[ -]skip|skip[ -]checks|build[ -]skip|skip[ -]build)\]|\*\*\*NO_CI\*\*\*|^skip-checks:\s*true\s*$/gim;

/** Closes an issue when it is merged (docs.github.com, "Linking a pull request to an issue"). */
const CLOSES = /\b((?:close|fix|resolve)(?:[sd]|es|ed)?)(:?\s+)(?:[\w.-]+\/[\w.-]+)?#+(?=\d)/gi;

const MOST = 5_000;
const SUBJECT = 120;

/**
 * A model's message as it may stand in a commit, which names the task that it is of: it speaks for nobody, calls nobody, closes
 * nothing and keeps no check from running.
 */
export function commitMessage(text: string, taskId: string): string {
  const lines = withoutSkips(escapeHidden(text.slice(0, MOST).toWellFormed()))
    .replace(CLOSES, '$1$2')
    .replace(/(^|[^\w/`.@-])@(?=[a-z\d])(?![\w.-]+\/)/gim, '$1')
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => !TRAILER.test(line.trimStart()));
  const [subject = '', ...body] = lines.join('\n').trim().split('\n');
  const head = subject.length > SUBJECT ? `${subject.slice(0, SUBJECT - 1).toWellFormed()}…` : subject;
  return [head || 'Work on a task', '', ...body, '', `Code-Agent-Task: ${taskId}`, '']
    .join('\n')
    .replace(/\n{3,}/g, '\n\n');
}

/** Taking one away may leave another one. */
function withoutSkips(text: string): string {
  const less = text.replace(SKIPS, '');
  return less === text ? text : withoutSkips(less);
}
