import { html } from './html.ts';

/** The style sheet of a session's page. On paper all that can be opened is open. */
export const SESSION_STYLE = html`
:root { color-scheme: light dark; --text: #1d2126; --page: #fff; --faint: #5d6672; --line: #d5dae0; --box: #f4f6f8; --error: #b3152a; --warning: #805300; --info: #0a5a9c; }
@media (prefers-color-scheme: dark) {
  :root { --text: #e2e6eb; --page: #15181c; --faint: #9aa4b0; --line: #363d46; --box: #1e2329; --error: #ff8a94; --warning: #e8b04a; --info: #79b8ff; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 60rem; padding: 1rem; background: var(--page); color: var(--text); font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.4rem; }
h2 { font-size: 1.2rem; margin-top: 2rem; }
h3, h4, p { margin: .5rem 0; font-size: 1rem; }
summary h3 { display: inline; }
summary { cursor: pointer; }
code, pre { font: .875rem/1.45 ui-monospace, monospace; white-space: pre-wrap; }
code, dd { unicode-bidi: isolate; }
pre { margin: .25rem 0; padding: .5rem; background: var(--box); border-radius: .25rem; unicode-bidi: plaintext; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0 1rem; margin: .5rem 0; }
dt, time { color: var(--faint); }
dd { margin: 0; white-space: pre-wrap; }
time { font-size: .8rem; }
article, main > section > details { margin: .75rem 0; padding: .5rem .75rem; border: 1px solid var(--line); border-radius: .25rem; }
h4 { margin-top: 1rem; padding-top: .5rem; border-top: 1px solid var(--line); }
.error { color: var(--error); }
.warning { color: var(--warning); }
.info { color: var(--info); }
@media print {
  body { max-width: none; padding: 0; }
  details::details-content { content-visibility: visible; block-size: auto; }
}
`;
