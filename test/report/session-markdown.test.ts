import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sanitize } from '../../src/report/sanitize.ts';
import { sessionMarkdown } from '../../src/report/session-markdown.ts';
import { fullSession, SESSION_ID, STARTED, sessionOf } from '../support/sample-session.ts';
import { arbitrarySession, markupText } from './arbitrary-session.ts';

/** Markdown without what is code in it, by the rules of CommonMark for blocks and spans. */
function withoutCode(markdown: string): string {
  const lines: string[] = [];
  let fence: string | null = null;
  for (const line of markdown.split('\n')) {
    const [ticks] = /^`{3,}(?=[^`]*$)/.exec(line) ?? [];
    if (fence !== null)
      fence = ticks !== undefined && line.startsWith(fence) && line === ticks ? null : fence;
    else if (ticks !== undefined) fence = ticks;
    else lines.push(line.replace(/(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)/g, ''));
  }
  expect(fence).toBe(null);
  return lines.join('\n');
}

describe('sessionMarkdown', () => {
  it('shows all that a session can hold', async () => {
    await expect(sessionMarkdown(SESSION_ID, fullSession)).toMatchFileSnapshot('golden/session.md');
  });

  it('has what a session says as code and as nothing else, and leaves nothing invisible', () => {
    fc.assert(
      fc.property(markupText, arbitrarySession, (id, events) => {
        const markdown = sessionMarkdown(id, events);
        expect(markdown).toBe(sanitize(markdown));
        expect(withoutCode(markdown)).toMatch(/^[\w #$:,.()\n-]*$/);
      }),
      { numRuns: 1000 },
    );
  });

  it('has a fence that is longer than any of many runs of backticks', () => {
    const content = '` ``` '.repeat(200_000);
    const data = { run: 'r', turn: 1, callId: 'c', content, isError: false };
    expect(sessionMarkdown('x', sessionOf(STARTED, { type: 'tool-returned', data }))).toContain(
      `\n\`\`\`\`text\n${content}\n\`\`\`\`\n`,
    );
  });

  it('says that a session is empty, or has not ended', () => {
    expect(sessionMarkdown('x', [])).toBe(
      '# Session `x`\n\n- Outcome: `none: it holds no events`\n\n## Findings: no findings yet\n',
    );
    expect(sessionMarkdown('x', sessionOf(STARTED))).toContain('- Outcome: `not ended`');
  });
});
