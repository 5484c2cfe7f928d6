import { type Html, html } from '../../src/report/html.ts';
import type { SeenAnnotation, SeenCheckRun } from '../../test/support/github/loopback-github.ts';
import { stateOf } from '../posted.ts';
import { renderMarkdown } from './markdown.ts';
import { renderState } from './state.ts';

/** The pages of all check runs, the newest first and open, as are those that say something of lines. */
export function renderChecks(runs: readonly SeenCheckRun[]): Html {
  return html`${runs.toReversed().map((run, index) => renderRun(run, index === 0))}`;
}

function renderRun(run: SeenCheckRun, isNewest: boolean): Html {
  const { name, headSha, title, summary, text, annotations } = run;
  const markdown = (source: string | null) => renderMarkdown(source ?? '', { suggestion: () => html`` });
  const inside = html`<summary>${renderState(stateOf(run))} <b>${name}</b> on <code>${headSha.slice(0, 7)}</code>: ${title ?? ''}</summary>
<div class="body">${markdown(summary)}${markdown(text)}${annotations.map(renderAnnotation)}</div>`;
  return isNewest
    ? html`<details class="check" open>${inside}</details>`
    : html`<details class="check">${inside}</details>`;
}

function renderAnnotation({ path, startLine, endLine, level, title, message }: SeenAnnotation): Html {
  const lines = startLine === endLine ? `${startLine}` : `${startLine}-${endLine}`;
  const text = html`<code>${path}:${lines}</code><br><b>${title ?? ''}</b><br>${message}`;
  if (level === 'failure') return html`<p class="annotation bad">${text}</p>`;
  return html`<p class="annotation">${text}</p>`;
}
