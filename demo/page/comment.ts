import { type Html, html } from '../../src/report/html.ts';
import type {
  SeenIssueComment,
  SeenReaction,
  SeenReviewComment,
  SeenThread,
} from '../../test/support/github/loopback-github.ts';
import { REACTIONS } from '../posted.ts';
import { renderMarkdown } from './markdown.ts';

/** A comment in its frame. `bot`: the login of the App. */
export function renderComment(
  { user, body, reactions }: SeenIssueComment | SeenReviewComment,
  bot: string,
  { note = '', replaced = [] }: { readonly note?: string; readonly replaced?: readonly string[] } = {},
): Html {
  return html`<article class="comment"><header>${renderUser(user, bot)} <span class="faint">${note}</span></header>
<div class="body">${renderMarkdown(body, { suggestion: (lines) => suggestion(replaced, lines) })}${reactionsOf(reactions)}</div></article>`;
}

/** A name with its face. */
export function renderUser(login: string, bot: string): Html {
  const isBot = login === bot;
  const name = html`<b>${login.replace(/\[bot\]$/, '')}</b>`;
  return isBot
    ? html`<span class="face bot">c</span>${name} <span class="label">bot</span>`
    : html`<span class="face">${login.slice(0, 1)}</span>${name}`;
}

/** A thread as it stands at a line: open, or folded where it is done with. */
export function renderThread({ comments, isResolved, resolvedBy }: SeenThread, bot: string): Html {
  const [first] = comments;
  if (first === undefined) return html``;
  const replaced = linesOf(first);
  const all = comments.map((one) => renderComment(one, bot, { replaced }));
  if (!isResolved) return html`<div class="thread">${all}</div>`;
  return html`<details class="thread"><summary>resolved by ${resolvedBy ?? 'somebody'}</summary>${all}</details>`;
}

/** The lines that a comment stands at, as they were when it was written. */
function linesOf({ diffHunk, originalLine, originalStartLine }: SeenReviewComment): string[] {
  const count = (originalLine ?? 0) - (originalStartLine ?? originalLine ?? 0) + 1;
  const shown = diffHunk.split('\n').slice(1);
  return shown
    .filter((line) => !line.startsWith('-'))
    .slice(-count)
    .map((line) => line.slice(1));
}

function suggestion(before: readonly string[], after: readonly string[]): Html {
  const row = (mark: string, line: string) =>
    mark === '-'
      ? html`<tr class="removed"><td class="mark">-</td><td class="code">${line}</td></tr>`
      : html`<tr class="added"><td class="mark">+</td><td class="code">${line}</td></tr>`;
  return html`<div class="suggestion"><div class="name">Suggested change</div><table class="diff"><tbody>${[
    ...before.map((line) => row('-', line)),
    ...after.map((line) => row('+', line)),
  ]}</tbody></table></div>`;
}

const reactionsOf = (reactions: readonly SeenReaction[]): Html =>
  reactions.length === 0
    ? html``
    : html`<div class="reactions">${reactions.map(({ content }) => html`<span>${REACTIONS[content]} 1</span>`)}</div>`;
