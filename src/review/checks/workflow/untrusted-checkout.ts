import type { Place, Problem } from '../../finding.ts';
import type { Job, Step, Text, WorkflowFile } from './workflow-file.ts';

/** Events that strangers cause and that run with the repository's secrets and a token that may write. */
const PRIVILEGED = ['pull_request_target', 'workflow_run', 'issue_comment'];

const HEAD =
  /github\.head_ref|\.pull_request\.head\.(?:sha|ref|repo)|\bpull_request\[?'?\]?\.head\b|refs\/pull\/|\.workflow_run\.head_(?:sha|branch|repository|commit)/;
const CHECKED_OUT =
  /\bgh\s{1,9}pr\s{1,9}checkout\b|\bgit\s{1,9}(?:fetch|pull|checkout|switch)\b[^\n]{0,200}(?:\bpull\/|\.head\.(?:sha|ref)|head_sha|head_ref)/;
/** Then the job does not run for a privileged event. */
const OTHER_EVENT =
  /github\.event_name\s{0,9}==\s{0,9}'(?:push|pull_request|schedule|workflow_dispatch|merge_group)'/;

/** Code of a stranger's pull request, checked out where a workflow has more rights than the stranger. */
export function* untrustedCheckout(
  { triggers, jobs, place }: WorkflowFile,
  isAdded: (place: Place) => boolean,
): Generator<Omit<Problem, 'path'>> {
  const event = PRIVILEGED.map((name) => triggers.get(name)).find((trigger) => trigger !== undefined);
  if (event === undefined) return;
  for (const job of jobs) {
    for (const step of job.steps) {
      const checkout = checkoutOfHead(step);
      if (checkout === null || runsForOtherEvents(job, step)) continue;
      const [at, from] = [checkout, event].map(({ start, source }) => place(start, start + source.length));
      if (at === undefined || from === undefined) continue;
      yield {
        place: isAdded(at) ? at : from,
        title: `${event.value} checks out code of a pull request`,
        body: 'The workflow has secrets and a token that may write, and what is checked out is by anybody. A build, a test, even an install of it runs that code. Use `pull_request`, or do not check it out.',
        severity: 'error',
      };
    }
  }
}

function checkoutOfHead({ uses, run, with: inputs }: Step): Text | null {
  if (run !== null) {
    const match = CHECKED_OUT.exec(run.source);
    return match && { value: match[0], source: match[0], start: run.start + match.index };
  }
  if (uses === null || !/^actions\/checkout@/i.test(uses.value)) return null;
  return (
    [inputs.get('ref'), inputs.get('repository')].find((input) => input && HEAD.test(input.source)) ?? null
  );
}

const runsForOtherEvents = (job: Job, step: Step): boolean =>
  [job.if, step.if].some((condition) => condition !== null && OTHER_EVENT.test(condition.source));
