import { expect } from 'vitest';
import { sanitize } from '../../src/report/sanitize.ts';
import { outsideOfCode } from '../report/pull-request/arbitrary-markdown.ts';
import type { SeenPullRequest } from '../support/github/loopback-github.ts';

const MARKER = /\n<!-- code-agent:[a-z]+:[\w.-]+:[0-9a-f]{32} -->$/;
/** Of HTML we write this, and nothing that has an attribute. */
const OURS = /<\/?(?:sub|code|details|summary|br)>/g;

/** The Markdown that `login` has posted in a pull request, in comments and reviews. */
export function bodiesBy(login: string, pull: SeenPullRequest): string[] {
  const { issueComments, reviewComments, reviews } = pull;
  return [...issueComments, ...reviewComments, ...reviews]
    .filter(({ user, body }) => user === login && body !== '')
    .map(({ body }) => body);
}

/** All that we said there: bodies, and what check runs say, annotations with them. The names of files that comments stand at are not. */
export function allTexts(login: string, pull: SeenPullRequest): string[] {
  const ofRuns = pull.checkRuns.flatMap(({ title, summary, text, annotations }) => [
    ...[title, summary, text].map((part) => part ?? ''),
    ...annotations.flatMap((one) => [one.title ?? '', one.message]),
  ]);
  return [...bodiesBy(login, pull), ...ofRuns];
}

/**
 * Nothing that we posted names anybody, closes an issue, shows an image, holds HTML of another's, leads elsewhere, is a command,
 * hides a character, or has a marker but ours as its last line.
 * @param hosts where links may lead: the GitHub of the test
 */
export function expectHarmless(login: string, pull: SeenPullRequest, hosts: readonly string[]): void {
  for (const body of bodiesBy(login, pull)) {
    expect(body).toMatch(MARKER);
    const own = body.replace(MARKER, '');
    expect(own).not.toContain('<!-- code-agent:');
    expectHarmlessMarkdown(own, hosts);
  }
  for (const { summary, text } of pull.checkRuns) {
    expectHarmlessMarkdown(summary ?? '', hosts);
    expectHarmlessMarkdown(text ?? '', hosts);
  }
  for (const text of allTexts(login, pull)) expect(sanitize(text)).toBe(text);
}

function expectHarmlessMarkdown(markdown: string, hosts: readonly string[]): void {
  const { text, open, fences } = outsideOfCode(markdown);
  expect(open, markdown).toBe(false);
  expect(fences.filter((info) => !['', 'text', 'ts', 'suggestion'].includes(info))).toEqual([]);
  const links = [...text.matchAll(/\]\(([^)]*)\)|<(https?:[^>]*)>/g)].map(([, a, b]) => a ?? b ?? '');
  for (const link of links)
    expect(
      hosts.some((host) => link.startsWith(host)),
      link,
    ).toBe(true);
  const rest = text.replace(OURS, '').replace(/\]\([^)]*\)/g, ']');
  expect(rest).not.toMatch(/!\[|<[a-z!/]|@[\w-]|(?<![\w&])#\d|\bGH-\d|https?:\/\/|(?<![a-z\d])www\./i);
  expect(rest).not.toMatch(/^[ \t>*+-]*\/[a-z]/im);
}
