import { describe, expect, it } from 'vitest';
import { EVENT_VERSIONS } from '../../src/agent/event-versions.ts';
import { foldSession } from '../../src/agent/fold-session.ts';
import { parseEvent } from '../../src/agent/session-event.ts';

/** As the first release wrote them. Never changed: it must be read for ever. */
const OLD = [
  {
    type: 'session-started',
    data: {
      kind: 'review',
      door: 'hook',
      tool: { name: 'code-agent', version: '0.1.0' },
      change: { id: 'c', base: 'b', head: null },
      models: [{ id: 'm', context: 200000, output: 8000 }],
      nonce: 'n',
    },
    version: 1,
    seq: 1,
    at: '2026-11-21T20:00:00.000Z',
  },
  {
    type: 'session-ended',
    data: {
      outcome: 'pass',
      ms: 12.5,
      usage: null,
      usd: null,
      findings: { kept: 0, suppressed: 0, dropped: 0 },
    },
    version: 1,
    seq: 2,
    at: '2026-11-21T20:00:01.000Z',
  },
];

describe('session events', () => {
  it('what an older version has written is read as what it says now', () => {
    const events = OLD.map(parseEvent);
    expect(events).toMatchObject([
      { version: 1, data: { nonce: 'n', line: null } },
      { version: 1, data: { outcome: 'pass', coverage: null } },
    ]);
    expect(foldSession(events)).toMatchObject({ started: { line: null }, ended: { ms: 12.5 } });
  });

  it('what an older version did not write is not taken from it', () => {
    const [old] = OLD;
    expect(() => parseEvent({ ...old, version: 2 })).toThrow(/event 1 \(session-started@2\): line/);
  });

  it('there is a schema for the newest version of each type, and for no version that is newer', () => {
    for (const [type, version] of Object.entries(EVENT_VERSIONS)) {
      const event = (of: number) => ({ type, version: of, seq: 1, at: '2026-11-21T20:00:00.000Z', data: 7 });
      expect(() => parseEvent(event(version))).toThrow(`event 1 (${type}@${version})`);
      expect(() => parseEvent(event(version + 1))).toThrow('which this version of code-agent does not know');
    }
  });
});
