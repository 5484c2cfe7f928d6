import { EXIT, type ExitCode } from '../code-agent-error.ts';
import type { Finding, Severity } from './finding.ts';
import { SEVERITIES } from './finding.ts';
import type { Coverage, FailOn, Verdict } from './review.ts';

/** Findings that fail come first: they stay true whatever the rest would have shown. */
export function judge(
  findings: readonly Finding[],
  coverage: Coverage,
  failOn: FailOn,
  outOfTime: boolean,
): Verdict {
  const fails = findings.some((finding) => finding.suppressed === null && reaches(finding.severity, failOn));
  const complete =
    coverage.failures.length === 0 && coverage.files.every((file) => file.outcome !== 'skipped');
  return { outcome: fails ? 'fail' : complete ? 'pass' : 'incomplete', failOn, outOfTime };
}

/** Whether a severity is at or above the level that fails. */
function reaches(severity: Severity, failOn: FailOn): boolean {
  return failOn !== 'never' && SEVERITIES.indexOf(severity) <= SEVERITIES.indexOf(failOn);
}

/** See {@link EXIT}. */
export function exitCodeOf({ outcome, outOfTime }: Verdict): ExitCode {
  if (outcome === 'fail') return EXIT.findings;
  if (outcome === 'pass') return EXIT.pass;
  return outOfTime ? EXIT.timeout : EXIT.incomplete;
}
