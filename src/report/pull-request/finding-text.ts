import type { Finding, Suggestion } from '../../review/finding.ts';
import { sanitize, sanitizeLine, sanitizePath } from '../sanitize.ts';
import { placeText } from '../summary.ts';
import { codeSpan, fenced, fencedAs, languageOf } from './code-text.ts';
import { wellFormedStart } from './link-target.ts';
import { looksLikeMarker } from './marker.ts';
import { plainLine, plainMarkdown } from './sanitize-markdown.ts';

const LONGEST_TITLE = 300;
const LONGEST_KIND = 100;
const LONGEST_BODY = 20_000;
const LONGEST_CODE = 4_000;
const LONGEST_PATH = 200;

/** What is wrong, in one line of Markdown. */
export const titleText = ({ title, category }: Finding, hosts: readonly string[]): string =>
  plainLine(startOf(title, LONGEST_TITLE), hosts) || categoryText(category) || 'A finding';

/** `error · correctness` */
export const kindText = ({ severity, category }: Finding): string =>
  `${severity} · ${categoryText(category)}`;

const categoryText = (category: string): string => plainLine(startOf(category, LONGEST_KIND));

/** Why, and what to do. */
export const bodyText = ({ body }: Finding, hosts: readonly string[], longest = LONGEST_BODY): string =>
  plainMarkdown(body.trim(), { hosts, longest });

/** `some-model, confidence 0.9`; null for a check. */
export function sourceText({ source, confidence }: Finding): string | null {
  if (source === 'check') return null;
  const sure = confidence < 1 ? `, confidence ${Number(confidence.toFixed(2))}` : '';
  return `${plainLine(startOf(source, LONGEST_KIND))}${sure}`;
}

/** The path as code; of a long one, its end. */
export function pathText(path: string): string {
  const shown = sanitizePath(path);
  return codeSpan(shown.length > LONGEST_PATH ? `…${shown.slice(-LONGEST_PATH)}` : shown);
}

/** `src/a.ts:3-5`, as code. */
export const whereText = ({ path, place }: Finding): string => pathText(placeText(path, place));

/** The lines of the excerpt; '' where there are none. */
export function excerptText({ excerpt, path }: Finding): string {
  if (excerpt === null) return '';
  return fenced(startOf(excerpt.lines.join('\n'), LONGEST_CODE), languageOf(path));
}

/**
 * What GitHub offers to commit in place of the comment's lines. Null when that is not what a person would see: a character that
 * is not shown, or what we would have to change. A tab is shown. The lines take the ends that the file has.
 */
export function suggestionBlock({ lines }: Suggestion): string | null {
  const code = lines.map((line) => `${line}\n`).join('');
  const seen = code.replaceAll('\t', '');
  if (sanitize(seen) !== seen || looksLikeMarker(code)) return null;
  const block = fencedAs(code, 'suggestion');
  return block.length > LONGEST_BODY ? null : block;
}

/** `line 3`, `lines 3-5` */
export const linesText = ({ startLine, endLine }: Suggestion): string =>
  startLine === endLine ? `line ${startLine}` : `lines ${startLine}-${endLine}`;

/** The same for people to read, where GitHub cannot offer it. */
export function suggestionText(suggestion: Suggestion, path: string): string {
  const { lines } = suggestion;
  const where = linesText(suggestion);
  if (lines.length === 0) return `Suggested: remove ${where}.`;
  return `Suggested for ${where}:\n\n${fenced(startOf(lines.join('\n'), LONGEST_CODE), languageOf(path))}`;
}

/** `id`, as code. */
export const idText = ({ id }: Finding): string => codeSpan(sanitizeLine(id));

export const cut = (text: string, longest: number): string =>
  text.length > longest ? `${wellFormedStart(text, longest)}…` : text;

/** The beginning, sanitised. Cut before and behind that: what nobody sees is written as eight characters. */
const startOf = (text: string, longest: number): string => cut(sanitize(cut(text, longest)), longest);
