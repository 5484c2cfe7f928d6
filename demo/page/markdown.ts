import { type Html, html } from '../../src/report/html.ts';

export interface MarkdownOptions {
  /** How a block `suggestion` is shown. */
  readonly suggestion: (lines: readonly string[]) => Html;
}

/**
 * What we post, as GitHub shows it: paragraphs, lists, tables, blocks of code, `<details>`, and on a line code, bold, links, `<sub>`. A
 * link leads nowhere: the page stands for itself. All else is text.
 */
export function renderMarkdown(text: string, options: MarkdownOptions): Html {
  return blocks(text.replace(/<!--.*?-->/gs, '').split('\n'), options);
}

const FENCE = /^(`{3,})(\w*)$/;
const DETAILS = /^<details><summary>(.*)<\/summary>$/;
const ITEM = /^\s*(?:[-*]|\d+\.) +/;
const BEGINS = [FENCE, DETAILS, ITEM, /^\|/, /^\s*$/];

function blocks(lines: readonly string[], options: MarkdownOptions): Html {
  const out: Html[] = [];
  let at = 0;
  /** Those up to the one that it is not so of, which is left. */
  const take = (isSo: (line: string) => boolean): string[] => {
    const start = at;
    while (at < lines.length && isSo(lines[at] ?? '')) at += 1;
    return lines.slice(start, at);
  };
  while (at < lines.length) {
    const line = lines[at] ?? '';
    const [, fence, language] = FENCE.exec(line) ?? [];
    const [, summary] = DETAILS.exec(line) ?? [];
    if (line.trim() === '') at += 1;
    else if (fence !== undefined) {
      at += 1;
      const code = take((one) => one !== fence);
      at += 1;
      out.push(language === 'suggestion' ? options.suggestion(code) : html`<pre>${code.join('\n')}</pre>`);
    } else if (summary !== undefined) {
      at += 1;
      const inside = take((one) => one !== '</details>');
      at += 1;
      out.push(html`<details><summary>${inline(summary)}</summary>${blocks(inside, options)}</details>`);
    } else if (line.startsWith('|')) out.push(table(take((one) => one.startsWith('|'))));
    else if (ITEM.test(line)) {
      const items = take((one) => ITEM.test(one)).map(
        (one) => html`<li>${inline(one.replace(ITEM, ''))}</li>`,
      );
      out.push(/^\s*\d/.test(line) ? html`<ol>${items}</ol>` : html`<ul>${items}</ul>`);
    } else {
      at += 1;
      const more = take((one) => !BEGINS.some((begin) => begin.test(one)));
      out.push(html`<p>${inline([line, ...more].join('\n'))}</p>`);
    }
  }
  return html`${out}`;
}

function table([head = '', rule = '', ...rows]: readonly string[]): Html {
  const cells = (row: string) =>
    row
      .replace(/^\||\|\s*$/g, '')
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim());
  const isRight = cells(rule).map((cell) => cell.endsWith(':'));
  const names = cells(head);
  const top = names.some((name) => name !== '')
    ? html`<thead><tr>${names.map((name) => html`<th>${inline(name)}</th>`)}</tr></thead>`
    : html``;
  const body = rows.map((row) => {
    const all = cells(row).map((cell, column) =>
      isRight[column] ? html`<td class="number">${inline(cell)}</td>` : html`<td>${inline(cell)}</td>`,
    );
    return html`<tr>${all}</tr>`;
  });
  return html`<div class="scroll"><table class="text">${top}<tbody>${body}</tbody></table></div>`;
}

/** What a line may have, each with its text, and how that is shown. Tried in this order at each place. */
const INLINE: readonly (readonly [RegExp, (...groups: string[]) => Html])[] = [
  [/\\([!-/:-@[-`{-~])/y, (mark = '') => html`${mark}`],
  [
    /(`+)([^`]|[^`].*?[^`])\1(?!`)/sy,
    (_, code = '') => html`<code>${code.replace(/^ (.*[^ ].*) $/s, '$1')}</code>`,
  ],
  [/<code>(.*?)<\/code>/y, (code = '') => html`<code>${withoutReferences(code)}</code>`],
  [/<sub>(.*?)<\/sub>/sy, (text = '') => html`<small>${inline(text)}</small>`],
  [/\*\*(.+?)\*\*/sy, (text = '') => html`<strong>${inline(text)}</strong>`],
  [/\[([^\]]+)\]\(([^)\s]+)\)/y, (text = '') => html`<u>${inline(text)}</u>`],
  [/<(https?:[^>\s]+)>/y, (url = '') => html`<u>${url}</u>`],
  [/(&#\d+;)/y, (reference = '') => html`${withoutReferences(reference)}`],
  [/\n/y, () => html`<br>`],
];

export function inline(text: string): Html {
  const out: Html[] = [];
  let plain = '';
  for (let at = 0; at < text.length; ) {
    let length = 0;
    for (const [pattern, show] of INLINE) {
      pattern.lastIndex = at;
      const found = pattern.exec(text);
      if (found === null) continue;
      out.push(html`${plain}`, show(...found.slice(1)));
      plain = '';
      length = found[0].length;
      break;
    }
    if (length === 0) plain += text[at] ?? '';
    at += Math.max(length, 1);
  }
  return html`${out}${plain}`;
}

const withoutReferences = (text: string): string =>
  text.replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)));
