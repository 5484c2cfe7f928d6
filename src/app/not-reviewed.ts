import type { CheckConclusion } from '../github/check-run.ts';
import { GitHubError } from '../github/github-error.ts';
import { renderLimitNotice } from '../report/pull-request/notice.ts';
import { plainMarkdown } from '../report/pull-request/sanitize-markdown.ts';
import type { ReachedLimit } from '../review/day-limits.ts';
import type { Review } from '../review/review.ts';
import { countLooks, endRun, type OpenRun, openRuns } from '../sessions/postgres/pull-request-runs.ts';
import { answer } from './answer.ts';
import type { AppDoor } from './app-door.ts';
import { type CheckGate, openCheckGate } from './check-gate.ts';
import type { Subject } from './find-pull-request.ts';
import { cutOff } from './run-end.ts';

/** Why a head is not looked at. Never silence: the check run says it, and who asked is answered. */
export type NotReviewed =
  /** The policy of the repository wants none. */
  | { readonly kind: 'spared'; readonly because: string }
  | {
      readonly kind: 'limit';
      readonly reached: ReachedLimit;
      /** Whose day it is, by GitHub's number. */
      readonly person: number | null;
      readonly incomplete: 'neutral' | 'failure';
    }
  /**
   * It cannot be: a configuration that is wrong, a repository that is too large. Sentences for a person. `failure`: where the
   * author of a change can bring it about.
   */
  | { readonly kind: 'problem'; readonly what: string; readonly incomplete: 'neutral' | 'failure' };

/** Says on the head that it was not reviewed, and why; a limit also in the conversation, once a day. */
export async function sayNotReviewed(door: AppDoor, subject: Subject, why: NotReviewed): Promise<void> {
  const { conclusion, title, summary } = outputOf(why);
  const head = subject.pull.head.sha;
  // A look that came to nothing has a check run already: it is that one's end.
  const look = why.kind === 'problem' ? await countLooks(door.sql, subject.key, head) : why.kind;
  const gate = await openGate(door, subject, look, head);
  await gate.complete(conclusion, { title, summary });
  if (why.kind !== 'limit') return;
  const { whose, until } = why.reached;
  await answer(subject, {
    thread: null,
    key: `limit-${whose === 'person' ? why.person : whose}-${until.toISOString().slice(0, 10)}`,
    body: (marker) => renderLimitNotice(why.reached, marker),
  });
}

/** Ends a look at a head that is not the one to look at any more, and says so there. `review`: what it had come to. */
export async function cancelLook(
  door: AppDoor,
  subject: Subject,
  { id, head }: OpenRun,
  review: Review | null = null,
): Promise<void> {
  try {
    const gate = await openGate(door, subject, await countLooks(door.sql, subject.key, head), head);
    await gate.complete('cancelled', {
      title: 'Cancelled',
      summary: 'The pull request has another head by now, or is closed.',
    });
  } catch (error) {
    // The repository or the commit is gone, or the App taken out: there is nobody to tell.
    if (!(error instanceof GitHubError) || error.retryable) throw error;
  }
  await endRun(door.sql, id, cutOff('cancelled', review));
}

/** Ends the looks at all heads but this one: a worker was killed amid them. */
export async function cancelOtherLooks(door: AppDoor, subject: Subject, head: string | null): Promise<void> {
  for (const run of await openRuns(door.sql, subject.key))
    if (run.head !== head) await cancelLook(door, subject, run);
}

/** A head that cannot be looked at for good: says so on it, and ends the look. */
export async function giveUp(
  door: AppDoor,
  subject: Subject,
  why: Omit<Extract<NotReviewed, { kind: 'problem' }>, 'kind'>,
): Promise<void> {
  const { sha } = subject.pull.head;
  await sayNotReviewed(door, subject, { kind: 'problem', ...why });
  for (const { id, head } of await openRuns(door.sql, subject.key))
    if (head === sha) await endRun(door.sql, id, cutOff('failed', null));
}

/** All that is needed to say it, also where nothing else may be written any more, or the signal of a look has ended it. */
const CHECKS_WRITE = { checks: 'write', metadata: 'read' } as const;

function openGate(
  { github, sql }: AppDoor,
  subject: Subject,
  look: number | string,
  head: string,
): Promise<CheckGate> {
  const { installation, repository } = subject.address;
  const writer = github.client(installation, repository, CHECKS_WRITE);
  return openCheckGate({ github, sql }, { ...subject, writer }, look, head);
}

interface Output {
  readonly conclusion: CheckConclusion;
  readonly title: string;
  readonly summary: string;
}

function outputOf(why: NotReviewed): Output {
  if (why.kind === 'spared')
    return {
      conclusion: 'skipped',
      title: 'Not reviewed',
      summary: `Not reviewed: ${plainMarkdown(why.because)}. \`/agent review\` asks for it all the same.`,
    };
  if (why.kind === 'limit') {
    const { most, what, whose, key, until } = why.reached;
    return {
      conclusion: why.incomplete,
      title: 'Not reviewed: a limit of the day is reached',
      summary: `${most} ${what} a day for each ${whose} (\`${key}\`) are used up. Reviews go on at ${until.toISOString().slice(0, 16)} UTC.`,
    };
  }
  return {
    conclusion: why.incomplete,
    title: 'Could not be reviewed',
    summary: plainMarkdown(why.what),
  };
}
