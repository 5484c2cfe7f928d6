import type { Spent } from '../agent/budget.ts';
import type { Evidence, TaskEvent, TaskReport, TestEvidence } from '../tasks/task.ts';
import { countsText } from '../tasks/test-counts.ts';
import type { Plan } from '../tools/propose-plan.ts';
import { sanitizeLine } from './sanitize.ts';
import { durationText, plural, spentTexts } from './summary.ts';

/** `Plan    1 read src/upload.ts   2 write a failing test`, one step a line. */
export function planText({ steps, tests, questions }: Plan): string {
  const lines = steps.map(
    (step, index) => `${index === 0 ? 'Plan ' : '     '}  ${index + 1}  ${sanitizeLine(step)}`,
  );
  return [
    ...lines,
    `Tests  ${tests === null ? 'none are known (--test names the command)' : sanitizeLine(tests)}`,
    ...questions.map((question) => `Open   ${sanitizeLine(question)}`),
    '',
  ].join('\n');
}

const WHEN = {
  before: 'tests before',
  during: 'tests',
  after: 'tests after',
  'without-fix': 'without the fix',
} as const;

const VERBS: Readonly<Record<string, string>> = {
  read_file: 'reading',
  list_files: 'listing',
  search: 'searching',
  history: 'history',
  edit_file: 'editing',
  write_file: 'writing',
  move_file: 'moving',
  delete_file: 'deleting',
  apply_patch: 'patching',
  shell: 'running',
  run_tests: 'testing',
};

/** One thing that has happened, in a line; null when nobody needs to know. */
export function eventText(event: TaskEvent): string | null {
  const line = (sign: string, what: string, about: string): string =>
    `${sign} ${what.padEnd(15)} ${sanitizeLine(about)}`.trimEnd();
  switch (event.type) {
    case 'plan':
      return planText(event.plan).trimEnd();
    case 'tests':
      // There a failure is what is to be shown.
      return line(
        (event.evidence.run.exitCode === 0) === (event.when !== 'without-fix') ? '✓' : '✗',
        WHEN[event.when],
        testsText(event.evidence),
      );
    case 'installing':
      return line('·', 'installing', event.command);
    case 'installed':
      return line(
        event.problem === null ? '✓' : '✗',
        'packages',
        event.problem ?? `${event.command}   ${durationText(event.ms)}`,
      );
    case 'step':
      return line('✓', 'step', String(event.step));
    case 'commit':
      return line('✓', 'commit', `${event.id.slice(0, 7)} ${event.subject}`);
    case 'review':
      return line(
        event.verdict.outcome === 'pass' ? '✓' : '✗',
        'self-review',
        `${event.verdict.outcome === 'incomplete' ? 'incomplete, ' : ''}${event.findings === 0 ? 'no findings' : plural(event.findings, 'finding')}`,
      );
    case 'again':
      return line(
        '↻',
        'once more',
        `${event.because[0] ?? ''}${event.because.length > 1 ? ` and ${event.because.length - 1} more` : ''}`,
      );
    case 'tool': {
      const verb = VERBS[event.name];
      return verb === undefined ? null : line('·', verb, aboutOf(event.input));
    }
    case 'began':
      return null;
  }
}

/** What a call is about: the first of its words that names something. */
export function aboutOf(input: unknown): string {
  if (typeof input !== 'object' || input === null) return '';
  for (const key of ['path', 'command', 'pattern', 'from', 'what', 'folder'])
    if (key in input) {
      const value: unknown = Object.entries(input).find(([name]) => name === key)?.[1];
      if (typeof value === 'string') return value.length > 100 ? `${value.slice(0, 100)}…` : value;
    }
  return '';
}

function testsText({ run, counts }: TestEvidence): string {
  const how = run.exitCode === null ? `killed (${run.ended})` : `exit code ${run.exitCode}`;
  return `${counts === null ? how : countsText(counts)}   ${durationText(run.ms)}`;
}

export interface RunEnd {
  readonly report: TaskReport;
  readonly branch: string | null;
  readonly base: string;
  readonly taskId: number;
  readonly size: { readonly added: number; readonly removed: number; readonly commits: number };
  readonly spent: Spent;
  readonly ms: number;
}

/** What a task has come to, and what can be done with it. */
export function runEndText({ report, branch, base, taskId, size, spent, ms }: RunEnd): string {
  const { outcome, reason, evidence, red, summary } = report;
  const took = [durationText(ms), ...spentTexts(spent)].join(' · ');
  const lines: string[] = [];
  if (outcome === 'planned') return `Planned, and nothing done. ${took}\n`;
  const amount = `${plural(size.commits, 'commit')}, +${size.added} −${size.removed}`;
  if (outcome === 'completed' && branch !== null)
    lines.push(`Done on branch ${branch} (${amount}). ${evidenceText(evidence)}`);
  else
    lines.push(
      `${outcome === 'cancelled' ? 'Stopped' : 'Not done'}: ${sanitizeLine(reason ?? 'no reason is known')}`,
    );
  if (outcome !== 'completed' && branch !== null)
    lines.push(`What there is stands on branch ${branch} (${amount}).`);
  for (const one of red) lines.push(`  ✗ ${sanitizeLine(one)}`);
  if (evidence.review !== null)
    for (const finding of evidence.review.findings) lines.push(`  ${sanitizeLine(finding)}`);
  if (summary !== null && outcome === 'completed')
    lines.push('', ...summary.split('\n').map(sanitizeLine), '');
  if (branch !== null)
    lines.push(
      `Look: git diff ${base.slice(0, 7)}...${branch}    Take: git merge ${branch}    Throw away: code-agent tasks undo ${taskId}`,
    );
  return `${[...lines, took].join('\n')}\n`;
}

/** `Tests: 1 failed, 41 passed → 42 passed. The new tests fail without the fix. Self-review: no findings.` */
export function evidenceText({ before, after, withoutFix, review }: Evidence): string {
  const parts: string[] = [];
  const short = ({ run, counts }: TestEvidence): string =>
    counts === null
      ? run.exitCode === null
        ? `killed (${run.ended})`
        : `exit code ${run.exitCode}`
      : countsText(counts);
  if (after !== null) parts.push(`Tests: ${before === null ? '' : `${short(before)} → `}${short(after)}.`);
  if (withoutFix !== null && withoutFix.run.exitCode !== 0) parts.push('Its tests fail without the fix.');
  if (review !== null) {
    const { verdict, findings } = review;
    const found = findings.length === 0 ? 'no findings' : plural(findings.length, 'finding');
    parts.push(`Self-review: ${verdict.outcome === 'incomplete' ? 'incomplete, ' : ''}${found}.`);
  }
  return parts.join(' ');
}
