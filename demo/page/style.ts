import { html } from '../../src/report/html.ts';

/** The style sheet of the page. */
export const STYLE = html`
:root { color-scheme: light dark; --text: #1f2328; --page: #fff; --faint: #59636e; --line: #d1d9e0; --box: #f6f8fa; --added: #dafbe1; --removed: #ffebe9; --good: #1a7f37; --bad: #c0202d; --blue: #0969da; }
@media (prefers-color-scheme: dark) {
  :root { --text: #e2e6eb; --page: #11151a; --faint: #98a2ad; --line: #343c45; --box: #191f26; --added: #12361f; --removed: #45191c; --good: #3fb950; --bad: #ff7b72; --blue: #6cb1ff; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 62rem; padding: 1.5rem 1rem 4rem; background: var(--page); color: var(--text); font: .9375rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { margin: 0 0 .5rem; font-size: 1.6rem; font-weight: 500; line-height: 1.25; }
h2 { margin: 2.5rem 0 1rem; padding-bottom: .4rem; border-bottom: 1px solid var(--line); font-size: 1.15rem; font-weight: 600; }
p, ul, ol, pre { margin: .5rem 0; }
ul, ol { padding-left: 1.5rem; }
.faint, small { color: var(--faint); }
small { font-size: .8125rem; }
code, pre, .code, .mark, .line, .hunk { font: .8125rem/1.5 ui-monospace, monospace; }
code { padding: .1rem .2rem; background: var(--box); border-radius: .25rem; }
pre { padding: .75rem; background: var(--box); border-radius: .375rem; white-space: pre-wrap; }
summary { cursor: pointer; }
nav { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin-top: 1rem; }
a { color: var(--blue); text-decoration: none; }
.top p { margin: .4rem 0; }
.state { display: inline-block; padding: 0 .6rem; border-radius: 1rem; background: var(--faint); color: var(--page); font-size: .8125rem; font-weight: 600; }
.state.good { background: var(--good); }
.state.bad { background: var(--bad); }
.label { padding: 0 .4rem; border: 1px solid var(--line); border-radius: 1rem; color: var(--faint); font-size: .75rem; font-weight: 400; }
.face { display: inline-block; width: 1.5rem; margin-right: .5rem; border-radius: 50%; background: var(--blue); color: var(--page); text-align: center; text-transform: uppercase; font-weight: 600; }
.face.bot { border-radius: .375rem; background: var(--faint); }
.comment, .file, .check, .review { margin: 1rem 0; border: 1px solid var(--line); border-radius: .5rem; background: var(--page); }
.comment > header, .file > summary, .check > summary { padding: .4rem .75rem; background: var(--box); border-radius: .5rem; }
.comment > header, .file[open] > summary, .check[open] > summary { border-bottom: 1px solid var(--line); border-radius: .5rem .5rem 0 0; }
.body { padding: .5rem .75rem; }
.body > :first-child { margin-top: 0; }
.event { margin: 1rem 0; padding-left: .75rem; color: var(--faint); }
.event b { color: var(--text); }
.review { padding: .25rem .75rem .75rem; }
.review > .event { margin: .5rem 0; padding: 0; }
.begun { margin: .5rem 0; border-left: .2rem solid var(--line); padding-left: .75rem; }
.begun > .diff { margin: .5rem 0; }
.thread { padding: .5rem .75rem; background: var(--box); font-family: system-ui, sans-serif; white-space: normal; }
.thread .comment { margin: .5rem 0; max-width: 48rem; }
.begun .thread { padding: 0; background: none; }
.plus { color: var(--good); font-size: .8125rem; font-weight: 600; }
.minus { color: var(--bad); font-size: .8125rem; font-weight: 600; }
.diff { width: 100%; border-collapse: collapse; table-layout: auto; }
.diff td { padding: 0 .5rem; vertical-align: top; }
.diff .line { width: 2.75rem; min-width: 2.5rem; color: var(--faint); text-align: right; user-select: none; white-space: nowrap; }
.diff .mark { width: 1.25rem; padding: 0 0 0 .5rem; user-select: none; white-space: pre; }
.diff .code { white-space: pre-wrap; }
.diff .added { background: var(--added); }
.diff .removed { background: var(--removed); }
.diff .hunk td { padding: .2rem .75rem; background: var(--box); color: var(--faint); }
.diff .talk > td { padding: 0; border-block: 1px solid var(--line); }
.suggestion { margin: .75rem 0; border: 1px solid var(--line); border-radius: .375rem; overflow: hidden; }
.suggestion .name { padding: .2rem .75rem; border-bottom: 1px solid var(--line); color: var(--faint); font-size: .8125rem; }
.scroll { overflow-x: auto; }
.text { margin: .5rem 0; border-collapse: collapse; }
.text th, .text td { padding: .25rem .75rem; border: 1px solid var(--line); text-align: left; overflow-wrap: break-word; }
.text .number { text-align: right; white-space: nowrap; }
.reactions { display: flex; gap: .4rem; margin-top: .5rem; }
.reactions span { padding: 0 .5rem; border: 1px solid var(--line); border-radius: 1rem; font-size: .8125rem; }
.annotation { padding: .5rem .75rem; border-left: .2rem solid var(--line); background: var(--box); }
.annotation.bad { border-color: var(--bad); }
@media (max-width: 40rem) {
  body { padding: 1rem .5rem 3rem; }
  .diff td { padding: 0 .25rem; }
  .diff .line { min-width: 1.75rem; }
  .thread { padding: .25rem; }
  .text th, .text td { padding: .2rem .4rem; }
}
`;
