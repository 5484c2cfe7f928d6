import { type Html, html } from '../../src/report/html.ts';
import type { SeenThread } from '../../test/support/github/loopback-github.ts';
import type { ShownFile, ShownHunk } from '../../test/support/github/shown-diff.ts';
import { renderThread } from './comment.ts';
import type { PullRequestPage } from './read-page.ts';

/** The diff of each file, with the threads at their lines. Outdated ones are in the conversation. */
export function renderFiles({ files, pull, bot }: PullRequestPage): Html {
  return html`${files.map((file) => {
    const threads = pull.threads.filter(({ path, isOutdated }) => path === file.path && !isOutdated);
    return renderFile(file, threads, bot);
  })}`;
}

function renderFile(file: ShownFile, threads: readonly SeenThread[], bot: string): Html {
  const kinds = file.hunks.map((hunk) => hunk.kinds).join('');
  const count = (kind: string) => String(kinds.split(kind).length - 1);
  const ofFile = threads.filter(({ line }) => line === null).map((thread) => renderThread(thread, bot));
  return html`<details class="file" open><summary><code>${file.path}</code> <span class="plus">+${count('+')}</span> <span class="minus">−${count('-')}</span></summary>
${ofFile}<table class="diff"><tbody>${file.hunks.map((hunk) => renderHunk(hunk, threads, bot))}</tbody></table></details>`;
}

/** What is written on the left is at no line of the right, and the other way round. */
function renderHunk(
  { header, lines, oldStart, newStart }: ShownHunk,
  threads: readonly SeenThread[],
  bot: string,
): Html {
  let [oldLine, newLine] = [oldStart, newStart];
  const rows = lines.map((text) => {
    const kind = text.slice(0, 1);
    const before = kind === '+' ? null : oldLine++;
    const after = kind === '-' ? null : newLine++;
    const here = threads.filter(({ line, comments: [first] }) =>
      first?.side === 'LEFT' ? line === before : line === after,
    );
    return [renderLine(kind, before, after, text.slice(1)), ...here.map((thread) => threadRow(thread, bot))];
  });
  return html`<tr class="hunk"><td colspan="4">${header}</td></tr>${rows.flat()}`;
}

function renderLine(kind: string, before: number | null, after: number | null, text: string): Html {
  const cells = html`<td class="line">${numberOf(before)}</td><td class="line">${numberOf(after)}</td><td class="mark">${kind}</td><td class="code">${text}</td>`;
  if (kind === '+') return html`<tr class="added">${cells}</tr>`;
  return kind === '-' ? html`<tr class="removed">${cells}</tr>` : html`<tr>${cells}</tr>`;
}

const threadRow = (thread: SeenThread, bot: string): Html =>
  html`<tr class="talk"><td colspan="4">${renderThread(thread, bot)}</td></tr>`;

const numberOf = (line: number | null): string => (line === null ? '' : String(line));
