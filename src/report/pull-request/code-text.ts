import { sanitize, sanitizeLine } from '../sanitize.ts';
import { withoutMarkers } from './marker.ts';

/**
 * Text as code on one line, ended by nothing in it, also in a cell of a table. Where that holds a `|`, which ends a
 * cell even inside of code (GFM, "Tables"), it is an element with every mark written as a reference. '' for ''.
 */
export function codeSpan(text: string): string {
  const line = withoutMarkers(sanitizeLine(text));
  if (!line.includes('|')) return codeOf(line);
  const inert = line.replace(/[!-/:-@[-`{-~]/g, (mark) => `&#${mark.charCodeAt(0)};`);
  return `<code>${inert}</code>`;
}

/** The same of sanitised text, by backticks alone. */
export function codeOf(line: string): string {
  if (line === '') return '';
  const ticks = '`'.repeat(longestRun(line) + 1);
  // One space on each side is no part of it, where there is one on both and anything else between them.
  const space = /^[` ]|[` ]$/.test(line) && /[^ ]/.test(line) ? ' ' : '';
  return `${ticks}${space}${line}${space}${ticks}`;
}

/** A block that its content cannot end: its fence is longer than any run of backticks in it. See {@link languageOf}. */
export function fenced(code: string, language = ''): string {
  return fencedAs(withoutMarkers(sanitize(code)), LANGUAGES.has(language) ? language : 'text');
}

/** The same of text that is to stay as it is, under a name that GitHub gives a meaning. */
export function fencedAs(code: string, info: string): string {
  const fence = '`'.repeat(Math.max(3, longestRun(code) + 1));
  return `${fence}${info}\n${code === '' || code.endsWith('\n') ? code : `${code}\n`}${fence}`;
}

/** Of backticks. */
export const longestRun = (text: string): number =>
  (text.match(/`+/g) ?? []).reduce((longest, { length }) => Math.max(longest, length), 0);

/** The language that code of the file is coloured as; `text` when it has none. */
export function languageOf(path: string): string {
  const extension = /\.([a-z0-9]{1,10})$/.exec(path.toLowerCase())?.[1] ?? '';
  return LANGUAGES.has(extension) ? extension : 'text';
}

/**
 * What GitHub only colours. Others it draws (`mermaid`, `geojson`, `stl`, `math`) or offers to commit (`suggestion`): a text
 * that is not ours may not have those.
 */
export const LANGUAGES: ReadonlySet<string> = new Set(
  (
    'bash c cc clojure console cpp cs csharp css csv dart diff dockerfile elixir erlang fish go graphql groovy h haskell hcl ' +
    'hpp html ini java javascript js json jsonc jsx julia kotlin kt less lua make makefile markdown md nix objc perl php ' +
    'powershell properties proto ps1 py python r rb regex rs ruby rust scala scss sh shell sql svelte swift text tf toml ts tsx txt ' +
    'typescript vue xml yaml yml zig zsh'
  ).split(' '),
);
