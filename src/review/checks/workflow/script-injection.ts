import type { Problem } from '../../finding.ts';
import { expressionsIn, untrustedContext } from './untrusted-context.ts';
import type { Step, Text, WorkflowFile } from './workflow-file.ts';

type Found = Omit<Problem, 'path'>;

/** Text of strangers that is pasted into a script before the shell, or Node, reads it. */
export function* scriptInjection({ jobs, place }: WorkflowFile): Generator<Found> {
  for (const step of jobs.flatMap(({ steps }) => steps)) {
    const tainted = taintedVariables(step);
    for (const script of scriptsOf(step)) {
      for (const { start, end, content } of expressionsIn(script.source)) {
        const context = untrustedContext(content, tainted);
        if (context === null) continue;
        yield {
          place: place(script.start + start, script.start + end),
          title: `${context} is pasted into a script: whoever writes it runs code here`,
          body: 'The expression is replaced before the script starts, so that quotes do not help. Give it to the step under `env:` and use the variable: `"$NAME"`, or `process.env.NAME`.',
          severity: 'error',
        };
      }
    }
  }
}

function scriptsOf({ run, uses, with: inputs }: Step): Text[] {
  const script =
    uses !== null && /^actions\/github-script@/i.test(uses.value) ? inputs.get('script') : undefined;
  return [run, script].flatMap((text) => text ?? []);
}

/** `${{ env.TITLE }}` is as bad as what it was set to; `$TITLE` is not. */
function taintedVariables({ env }: Step): ReadonlySet<string> {
  const tainted = env.filter(({ value }) =>
    [...expressionsIn(value.source)].some(({ content }) => untrustedContext(content) !== null),
  );
  return new Set(tainted.map(({ name }) => name.value.toLowerCase()));
}
