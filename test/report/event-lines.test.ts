import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventJsonLine, eventLines } from '../../src/report/event-lines.ts';
import { sanitize } from '../../src/report/sanitize.ts';
import { textWidth } from '../../src/report/text-width.ts';
import { fullSession, STARTED, sessionOf } from '../support/sample-session.ts';
import { arbitrarySession } from './arbitrary-session.ts';

describe('eventLines', () => {
  it('says all that a session can hold, a line for each event', async () => {
    const lines = fullSession.map(eventLines()).filter((line) => line !== null);
    await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('golden/session-lines.txt');
  });

  it('is one line that a terminal can show, whatever a model, a tool or a file says', () => {
    fc.assert(
      fc.property(arbitrarySession, (events) => {
        const line = eventLines();
        for (const event of events) {
          const said = line(event) ?? '';
          expect(said).toBe(sanitize(said));
          expect(said).not.toContain('\n');
          expect(textWidth(said)).toBeLessThanOrEqual(180);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('takes no longer for a result of many lines', () => {
    const data = { run: 'r', turn: 1, callId: 'c', content: ' \n'.repeat(2_000_000), isError: false };
    const [, event] = sessionOf(STARTED, { type: 'tool-returned', data });
    expect(event && eventLines()(event)).toMatch(/returns {3}c:$/);
  });
});

describe('eventJsonLine', () => {
  it('is the event on one line, without hostile characters', () => {
    fc.assert(
      fc.property(arbitrarySession, (events) => {
        for (const event of events) {
          const line = eventJsonLine(event);
          expect(line).toBe(sanitize(line));
          expect(line).not.toContain('\n');
          if (event.type !== 'worktree-kept')
            expect(JSON.parse(line)).toEqual(JSON.parse(JSON.stringify(event)));
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('leaves out the patch of what a checkout holds, which may hold secrets', () => {
    const data = { run: 'r', turn: 1, tree: 't', patch: 'secret' };
    const [, event] = sessionOf(STARTED, { type: 'worktree-kept', data });
    expect(event && eventJsonLine(event)).not.toContain('secret');
  });
});
