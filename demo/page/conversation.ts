import { type Html, html } from '../../src/report/html.ts';
import type { SeenReview, SeenThread } from '../../test/support/github/loopback-github.ts';
import { stateOf } from '../posted.ts';
import { renderComment, renderThread, renderUser } from './comment.ts';
import { inline, renderMarkdown } from './markdown.ts';
import type { PullRequestPage } from './read-page.ts';
import { renderState } from './state.ts';

/** What was said and done, oldest first: ids of GitHub grow. */
export function renderConversation(page: PullRequestPage): Html {
  const { pull, bot, author, body } = page;
  const events = [
    ...pull.issueComments.map((one) => ({
      id: one.id,
      shown: renderComment(one, bot, { note: one.isEdited ? 'edited' : '' }),
    })),
    ...pull.reviews.map((review) => ({ id: review.id, shown: renderReview(review, page) })),
    ...pull.checkRuns.map((run) => ({
      id: run.id,
      shown: html`<p class="event">${renderState(stateOf(run))} check run on <code>${run.headSha.slice(0, 7)}</code>: ${run.title ?? ''}</p>`,
    })),
  ].toSorted((one, other) => one.id - other.id);
  return html`<article class="comment"><header>${renderUser(author, bot)}</header><div class="body"><p>${inline(body)}</p></div></article>
${events.map(({ shown }) => shown)}`;
}

/** A review with what it began. GitHub makes one for each answer in a thread: those are in their threads. */
function renderReview({ id, user, body }: SeenReview, { pull, bot }: PullRequestPage): Html {
  const threads = pull.threads.filter(({ comments: [first] }) => first?.reviewId === id);
  if (threads.length === 0 && body === '') return html``;
  const text = renderMarkdown(body, { suggestion: () => html`` });
  return html`<div class="review"><div class="event">${renderUser(user, bot)} reviewed</div>${text}
${threads.map((thread) => renderBegun(thread, bot))}</div>`;
}

/** Folded: what is up to date stands in the diff too. */
function renderBegun(thread: SeenThread, bot: string): Html {
  const { comments, isOutdated, isResolved, path, line } = thread;
  const [first] = comments;
  if (first === undefined) return html``;
  const [title = ''] = first.body.split('\n');
  const place = `${path}:${line ?? first.originalLine ?? ''}`;
  const label = isResolved ? 'resolved' : isOutdated ? 'outdated' : '';
  const state = label === '' ? html`` : html` <span class="label">${label}</span>`;
  return html`<details class="begun"><summary><code>${place}</code>${state}<br>${inline(title)}</summary>
<table class="diff"><tbody>${hunkEnd(first.diffHunk)}</tbody></table>${renderThread(thread, bot)}</details>`;
}

/** The last lines of the hunk that a comment was written at. */
function hunkEnd(diffHunk: string): Html {
  const rows = diffHunk.split('\n').slice(1).slice(-4);
  return html`${rows.map((text) => {
    const cells = html`<td class="mark">${text.slice(0, 1)}</td><td class="code">${text.slice(1)}</td>`;
    if (text.startsWith('+')) return html`<tr class="added">${cells}</tr>`;
    return text.startsWith('-') ? html`<tr class="removed">${cells}</tr>` : html`<tr>${cells}</tr>`;
  })}`;
}
