import { expect, it } from 'vitest';
import type { Severity } from '../../src/review/finding.ts';
import type { Coverage, FailOn } from '../../src/review/review.ts';
import { exitCodeOf, judge } from '../../src/review/verdict.ts';
import { sampleFinding } from '../support/sample-review.ts';

const COMPLETE: Coverage = {
  files: [{ path: 'a', outcome: 'reviewed', reason: null }],
  failures: [],
  notes: [],
};
const SKIPPED: Coverage = { ...COMPLETE, files: [{ path: 'a', outcome: 'skipped', reason: 'why' }] };
const FAILED: Coverage = { ...COMPLETE, failures: ['a check'] };
const EXCLUDED: Coverage = { ...COMPLETE, files: [{ path: 'a', outcome: 'excluded', reason: 'ignore: a' }] };

it.each<[string, Severity | null, FailOn, Coverage, boolean, string, number]>([
  ['nothing found', null, 'error', COMPLETE, false, 'pass', 0],
  ['what is excluded is no gap', null, 'error', EXCLUDED, false, 'pass', 0],
  ['a file was skipped', null, 'error', SKIPPED, false, 'incomplete', 3],
  ['a check failed', null, 'error', FAILED, false, 'incomplete', 3],
  ['out of time', null, 'error', SKIPPED, true, 'incomplete', 4],
  ['at the fail level', 'error', 'error', COMPLETE, false, 'fail', 1],
  ['below the fail level', 'warning', 'error', COMPLETE, false, 'pass', 0],
  ['above the fail level', 'error', 'info', COMPLETE, false, 'fail', 1],
  ['never', 'error', 'never', COMPLETE, false, 'pass', 0],
  ['a finding outweighs a gap', 'error', 'error', SKIPPED, true, 'fail', 1],
  ['below the fail level, with a gap', 'info', 'warning', SKIPPED, false, 'incomplete', 3],
])('%s', (_, severity, failOn, coverage, outOfTime, outcome, exitCode) => {
  const findings = severity === null ? [] : [sampleFinding({ severity, suppressed: null })];
  const verdict = judge(findings, coverage, failOn, outOfTime);
  expect(verdict.outcome).toBe(outcome);
  expect(exitCodeOf(verdict)).toBe(exitCode);
});

it('what is suppressed does not fail', () => {
  const suppressed = { by: 'baseline', reason: 'known' } as const;
  expect(judge([sampleFinding({ severity: 'error', suppressed })], COMPLETE, 'info', false).outcome).toBe(
    'pass',
  );
});
