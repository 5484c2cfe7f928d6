import { html } from '../../src/report/html.ts';
import { stateOf } from '../posted.ts';
import { renderChecks } from './checks.ts';
import { renderConversation } from './conversation.ts';
import { renderFiles } from './files-changed.ts';
import type { PullRequestPage } from './read-page.ts';
import { renderState } from './state.ts';
import { STYLE } from './style.ts';

/** One file that needs nothing else: no script, no network. */
export function renderPage(page: PullRequestPage): string {
  const { repository, pull, author, head, base, commits, files } = page;
  const run = pull.checkRuns.findLast(({ headSha }) => headSha === pull.headSha);
  const badge =
    run === undefined ? html`` : html`${renderState(stateOf(run))} ${run.name}: ${run.title ?? ''}`;
  const counted = `${commits} commit${commits === 1 ? '' : 's'}`;
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${pull.title} · ${repository} #${String(pull.number)}</title><style>${STYLE}</style></head><body>
<header class="top">
<p class="faint">${repository}</p>
<h1>${pull.title} <span class="faint">#${String(pull.number)}</span></h1>
<p>${renderState(pull.state)} <b>${author}</b> wants to merge ${counted} into <code>${base}</code> from <code>${head}</code></p>
<p>${badge}</p>
<nav><a href="#conversation">Conversation</a> <a href="#files">Files changed (${String(files.length)})</a> <a href="#checks">Checks (${String(pull.checkRuns.length)})</a></nav>
</header>
<main>
<section id="conversation"><h2>Conversation</h2>${renderConversation(page)}</section>
<section id="files"><h2>Files changed</h2>${renderFiles(page)}</section>
<section id="checks"><h2>Checks</h2>${renderChecks(pull.checkRuns)}</section>
</main></body></html>
`.markup;
}
