import { describe, expect, it } from 'vitest';
import type { StatsRow } from '../../src/agent/session-stats.ts';
import { statsCsv, statsTable } from '../../src/report/stats.ts';

const row = (more: Partial<StatsRow>): StatsRow => ({
  ...{ repository: null, day: '2026-11-21', model: null, sessions: 1, calls: 0, failures: 0, usd: 0, ms: 40 },
  findings: { kept: 0, suppressed: 0, dropped: 0 },
  tokens: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 },
  ...more,
});
const ROWS = [
  row({ sessions: 12, findings: { kept: 3, suppressed: 1, dropped: 0 }, ms: 980 }),
  row({
    ...{ model: 'claude-sonnet-5-5', sessions: 4, calls: 31, failures: 2, usd: 1.2345, ms: 62_400 },
    findings: { kept: 5, suppressed: 0, dropped: 7 },
    tokens: { input: 20_000, output: 4_000, cacheRead: 90_000, cacheWrite: 10_000 },
  }),
];

describe('statistics', () => {
  it('as a table: a line for each day and model, and one for all', () => {
    expect(statsTable(ROWS)).toMatchInlineSnapshot(`
      "day         model              sessions  found  dropped          calls  tokens  cached   cost    time
      2026-11-21  checks only              12      3        1              0       0          $0.00  0.98 s
      2026-11-21  claude-sonnet-5-5         4      5        7  31 (2 failed)    124k     75%  $1.23    62 s
      all                                  16      8        8  31 (2 failed)    124k     75%  $1.23    63 s
      "
    `);
  });

  it('of several repositories, each line names its own', () => {
    expect(
      statsTable(ROWS.map((one, index) => ({ ...one, repository: `github.com/owner/${index}` }))),
    ).toMatchInlineSnapshot(`
      "repository          day         model              sessions  found  dropped          calls  tokens  cached   cost    time
      github.com/owner/0  2026-11-21  checks only              12      3        1              0       0          $0.00  0.98 s
      github.com/owner/1  2026-11-21  claude-sonnet-5-5         4      5        7  31 (2 failed)    124k     75%  $1.23    62 s
                          all                                  16      8        8  31 (2 failed)    124k     75%  $1.23    63 s
      "
    `);
  });

  it('of nothing, says so', () => {
    expect(statsTable([])).toBe('There were no sessions in that time.\n');
    expect(statsCsv([]).split('\r\n')).toHaveLength(2);
  });

  it('as CSV: every number, and no text that a spreadsheet runs or a cell ends at', () => {
    const model = '=HYPERLINK("http://x","a,b")\u001b[31m';
    expect(statsCsv([...ROWS, row({ model, repository: 'a,b' })])).toMatchInlineSnapshot(`
      "repository,day,model,sessions,findings_kept,findings_suppressed,findings_dropped,calls,failures,input_tokens,output_tokens,cache_read_tokens,cache_write_tokens,usd,seconds
      ,2026-11-21,,12,3,1,0,0,0,0,0,0,0,0,0.98
      ,2026-11-21,claude-sonnet-5-5,4,5,0,7,31,2,20000,4000,90000,10000,1.2345,62.4
      "a,b",2026-11-21,"'=HYPERLINK(""http://x"",""a,b"")<U+001B>[31m",1,0,0,0,0,0,0,0,0,0,0,0.04
      "
    `);
  });
});
