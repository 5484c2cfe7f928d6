import type { SessionEvent } from '../agent/session-event.ts';
import { type Html, html } from './html.ts';
import {
  type Entry,
  type Fact,
  type FindingAccount,
  type LabelledText,
  type RunAccount,
  sessionAccount,
} from './session-account.ts';
import { SESSION_STYLE } from './session-style.ts';
import { plural, tokensText } from './summary.ts';

/**
 * A session as one page that needs nothing else and runs nothing: to open without a network, to attach, to print. What
 * the session says is text of elements and never part of a tag. Pure. Throws RangeError as `foldSession` does, but for a
 * session without events.
 */
export function sessionHtml(id: string, events: readonly SessionEvent[]): string {
  const { facts, found, findings, coverage, runs, writes } = sessionAccount(events);
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Session ${id}</title>
<style>${SESSION_STYLE}</style>
</head>
<body>
<header>
<h1>Session <code>${id}</code></h1>
${factsHtml(facts)}
</header>
<main>
<section>
<h2>Findings: ${found}</h2>
${findings.map(findingHtml)}
</section>
${coverage.length === 0 ? [] : [coverageHtml(coverage)]}
<section>
<h2>Runs: ${String(runs.length)}</h2>
${runs.map(runHtml)}
</section>
${writes.length === 0 ? [] : [html`<section>\n<h2>Writes</h2>\n${writes.map(entryHtml)}\n</section>`]}
</main>
</body>
</html>
`.markup;
}

const factsHtml = (facts: readonly Fact[]): Html =>
  html`<dl>\n${facts.map(({ name, value }) => html`<dt>${name}</dt><dd>${value}</dd>\n`)}</dl>`;

const SEVERITIES: Readonly<Record<FindingAccount['severity'], Html>> = {
  error: html`<strong class="error">error</strong>`,
  warning: html`<strong class="warning">warning</strong>`,
  info: html`<strong class="info">info</strong>`,
};

const findingHtml = ({ severity, title, facts, body }: FindingAccount): Html => html`<article>
<h3>${SEVERITIES[severity]} ${title}</h3>
${factsHtml(facts)}
${preHtml(body)}
</article>
`;

const coverageHtml = (coverage: readonly Fact[]): Html => html`<section>
<h2>Coverage</h2>
<details>
<summary>${plural(coverage.length, 'line')}</summary>
${factsHtml(coverage)}
</details>
</section>`;

const runHtml = ({ run, facts, counts, ended, entries }: RunAccount): Html => html`<details>
<summary><h3>Run <code>${run}</code></h3> ${counts}, ${ended ?? 'not ended'}</summary>
${factsHtml(facts)}
${entries.map(entryHtml)}
</details>
`;

function entryHtml({ at, turn, line, subject, texts }: Entry): Html {
  const said = html`${line} <code>${subject}</code> <time>${at}</time>`;
  return html`${turn ? html`<h4>${said}</h4>` : html`<p>${said}</p>`}\n${texts.map(textHtml)}`;
}

const textHtml = ({ label, text, short }: LabelledText): Html =>
  short
    ? html`<p>${label}: <code>${text}</code></p>\n`
    : html`<details>
<summary>${label}, ${tokensText(text.length)} characters</summary>
${preHtml(text)}
</details>
`;

/** A parser drops the first newline of `pre`: this one, and none of the text. */
const preHtml = (text: string): Html => html`<pre>\n${text}</pre>`;
