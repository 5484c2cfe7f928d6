import type { Evidence, TestEvidence } from '../../tasks/task.ts';
import { countsText } from '../../tasks/test-counts.ts';
import type { Plan } from '../../tools/propose-plan.ts';
import { plural } from '../summary.ts';
import { codeSpan, fenced } from './code-text.ts';
import { commentBody } from './comment-body.ts';
import { plainLine, plainMarkdown } from './sanitize-markdown.ts';

/** What is asked of a person, under the id by which it is answered. */
export interface OpenQuestion {
  readonly id: string;
  readonly kind: 'plan' | 'question' | 'approval' | 'changes';
  readonly text: string;
  readonly choices: readonly string[];
  /** To the letter what a yes is for; '' where the text says it all. */
  readonly detail: string;
  readonly until: Date;
}

/** A task as the one comment shows it that is edited as it goes. */
export interface TaskView {
  readonly id: number;
  readonly type: string;
  readonly state:
    | 'pending'
    | 'in_progress'
    | 'waiting'
    | 'completed'
    | 'planned'
    | 'failed'
    | 'cancelled'
    | 'dead';
  readonly plan: Plan | null;
  /** Numbers of steps, from 1. */
  readonly done: ReadonlySet<number>;
  /** What it is at, in a few words of ours and a name: `editing src/a.ts`. */
  readonly now: string | null;
  readonly questions: readonly OpenQuestion[];
  readonly evidence: Evidence | null;
  /** What keeps it from being offered as ready. */
  readonly red: readonly string[];
  /** Why it ended otherwise than well. */
  readonly reason: string | null;
  /** Of the one who did it: Markdown of a model. */
  readonly summary: string | null;
  /** Of the pull request that came of it. */
  readonly pull: { readonly number: number; readonly draft: boolean } | null;
  readonly branch: string | null;
  /** Worth knowing: one line each, of ours. */
  readonly notes: readonly string[];
  /** `12k tokens`, `$0.03`, `48 s`. */
  readonly spent: readonly string[];
}

export interface CommentLinks {
  /** See `plainMarkdown`. */
  readonly hosts: readonly string[];
  readonly marker: string;
}

/** The comment of a task, whatever its state. */
export function taskComment(view: TaskView, { hosts, marker }: CommentLinks): string {
  const { id, type, plan, done, now, state, spent, notes } = view;
  const isOpen = state === 'pending' || state === 'in_progress' || state === 'waiting';
  const steps = (plan?.steps ?? []).map((step, index) => {
    const isDone = done.has(index + 1) || (state === 'completed' && view.pull !== null);
    return `- [${isDone ? 'x' : ' '}] ${plainLine(step, hosts)}`;
  });
  return commentBody(
    [
      `${headline(view)} (task ${id}, ${type})`,
      view.reason === null ? '' : plainMarkdown(view.reason, { hosts, longest: 4_000 }),
      steps.join('\n'),
      plan === null || plan.tests === null || !isOpen ? '' : `Tests: ${codeSpan(plan.tests)}`,
      ...view.questions.map((question) => questionText(question, hosts)),
      isOpen && now !== null && state === 'in_progress' ? `Now: ${plainLine(now)}` : '',
      isOpen || view.evidence === null ? '' : evidenceList(view.evidence, view.red, hosts),
      view.summary === null || isOpen ? '' : plainMarkdown(view.summary, { hosts, longest: 8_000 }),
      notes.map((note) => `- ${note}`).join('\n'),
      `<sub>${[...spent, footer(view)].filter(Boolean).join(' · ')}</sub>`,
    ],
    marker,
  );
}

function headline({ state, pull, branch }: TaskView): string {
  switch (state) {
    case 'pending':
      return '**Waiting for its turn**';
    case 'in_progress':
      return '**At work**';
    case 'waiting':
      return '**Waiting for an answer**';
    case 'planned':
      return '**Planned**';
    case 'completed':
      return pull === null
        ? `**Done** on ${codeSpan(branch ?? '')}`
        : `**Done**: #${pull.number}${pull.draft ? ', a draft' : ''}`;
    case 'failed':
    case 'dead':
      return '**Not done**';
    case 'cancelled':
      return '**Stopped**';
  }
}

const footer = ({ state }: TaskView): string => {
  if (state === 'in_progress' || state === 'pending') return '`/agent stop` ends it';
  if (state === 'failed' || state === 'dead' || state === 'cancelled') return '`/agent retry` tries it again';
  return '';
};

function questionText(
  { id, kind, text, choices, detail, until }: OpenQuestion,
  hosts: readonly string[],
): string {
  const how =
    kind === 'question'
      ? `Answer with ${codeSpan(`/agent answer ${id} …`)}.`
      : `${codeSpan(`/agent approve ${id}`)} says yes to exactly this; ${codeSpan('/agent stop')} ends the task.`;
  return [
    `**${kind === 'question' ? 'A question' : 'Your yes is needed'}** \`${id}\`: ${plainMarkdown(text, { hosts, longest: 4_000 })}`,
    ...(choices.length === 0 ? [] : [choices.map((choice) => `- ${plainLine(choice, hosts)}`).join('\n')]),
    ...(detail === '' ? [] : [fenced(detail.length > 8_000 ? `${detail.slice(0, 8_000)}\n…` : detail)]),
    `${how} Until ${until.toISOString().slice(0, 16).replace('T', ' ')} UTC.`,
  ].join('\n\n');
}

/** What shows that it was done, and what does not: a list. */
export function evidenceList(
  { before, after, withoutFix, unproven, review }: Evidence,
  red: readonly string[],
  hosts: readonly string[],
): string {
  const of = (what: string, { command, run, counts }: TestEvidence): string => {
    const how = run.exitCode === null ? `killed (${run.ended})` : `exit code ${run.exitCode}`;
    return `- ${what}: ${codeSpan(command)}: ${counts === null ? how : `${countsText(counts)}, ${how}`}`;
  };
  const found = review?.findings.length ?? 0;
  return [
    ...(before === null ? [] : [of('before', before)]),
    ...(after === null ? [] : [of('after', after)]),
    ...(withoutFix === null ? [] : [of('its tests, without the rest of the change', withoutFix)]),
    ...(unproven === null ? [] : [`- the bug was not shown by a test: ${plainLine(unproven, hosts)}`]),
    ...(review === null
      ? []
      : [
          `- review of its own change: ${review.verdict.outcome}, ${found === 0 ? 'no findings' : plural(found, 'finding')}`,
        ]),
    ...red.map((one) => `- **${plainLine(one, hosts)}**`),
  ].join('\n');
}
