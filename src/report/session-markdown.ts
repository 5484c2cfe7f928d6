import type { SessionEvent } from '../agent/session-event.ts';
import { sanitize, sanitizeLine } from './sanitize.ts';
import {
  type Entry,
  type Fact,
  type FindingAccount,
  type LabelledText,
  type RunAccount,
  sessionAccount,
} from './session-account.ts';

/**
 * A session as Markdown: what it says itself is code, in which nothing has a meaning. Pure. Throws RangeError as
 * `foldSession` does, but for a session without events.
 */
export function sessionMarkdown(id: string, events: readonly SessionEvent[]): string {
  const { facts, found, findings, coverage, runs, writes } = sessionAccount(events);
  const blocks = [
    `# Session ${code(id)}`,
    factList(facts),
    `## Findings: ${found}`,
    ...findings.flatMap(findingBlocks),
    ...(coverage.length === 0 ? [] : ['## Coverage', factList(coverage)]),
    ...runs.flatMap(runBlocks),
    ...(writes.length === 0 ? [] : ['## Writes', ...writes.flatMap(entryBlocks)]),
  ];
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`;
}

const factList = (facts: readonly Fact[]): string =>
  facts.map(({ name, value }) => `- ${name}: ${code(value)}`).join('\n');

const findingBlocks = ({ severity, title, facts, body }: FindingAccount): string[] => [
  `### ${severity}: ${code(title)}`,
  factList(facts),
  fenced(body),
];

const runBlocks = ({ run, facts, counts, ended, entries }: RunAccount): string[] => [
  `## Run ${code(run)}: ${counts}, ${ended === null ? 'not ended' : code(ended)}`,
  factList(facts),
  ...entries.flatMap(entryBlocks),
];

const entryBlocks = ({ turn, line, subject, texts }: Entry): string[] => [
  `${turn ? '### ' : ''}${line} ${code(subject)}`,
  ...texts.flatMap(textBlocks),
];

const textBlocks = ({ label, text, short }: LabelledText): string[] =>
  short ? [`${label}: ${code(text)}`] : [`${label}:`, fenced(text)];

/** On one line, and ended by nothing in it. */
function code(text: string): string {
  const line = sanitizeLine(text);
  if (line === '') return '';
  const ticks = '`'.repeat(longestRun(line) + 1);
  // One space on each side is no part of it, where there is one on both.
  const space = /^[` ]|[` ]$/.test(line) ? ' ' : '';
  return `${ticks}${space}${line}${space}${ticks}`;
}

/** A block that its content cannot end: its fence is longer than any run of backticks in it. */
function fenced(text: string): string {
  const fence = '`'.repeat(Math.max(2, longestRun(text)) + 1);
  return `${fence}text\n${sanitize(text)}\n${fence}`;
}

/** Of backticks. */
const longestRun = (text: string): number =>
  (text.match(/`+/g) ?? []).reduce((longest, { length }) => Math.max(longest, length), 0);
