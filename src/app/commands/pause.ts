import { type PullRequestState, setPullRequestState } from '../../sessions/postgres/pull-requests.ts';
import { CLOSED } from './closed.ts';
import type { CommandAnswer, CommandCall } from './command-call.ts';

const into =
  (state: PullRequestState['state'], answer: string, also?: (call: CommandCall) => Promise<void>) =>
  async (call: CommandCall): Promise<string> => {
    const { door, subject, job, confirmAllowed } = call;
    if (subject.pull.state === 'closed') return CLOSED;
    await confirmAllowed();
    await setPullRequestState(door.sql, subject.key, { state, by: job.author.login });
    await also?.(call);
    return answer;
  };

/** `/agent pause` */
export const pause: CommandAnswer = into(
  'paused',
  'Paused: what is pushed here is not reviewed. `/agent review` reviews once, `/agent resume` goes on.',
);

/** `/agent ignore` */
export const ignore: CommandAnswer = into(
  'ignored',
  'Ignored: nothing is reviewed here any more. `/agent resume` takes that back.',
);

/** `/agent resume` looks at once at what was pushed meanwhile. */
export const resume: CommandAnswer = into(
  'active',
  'Going on: what is pushed here is reviewed again, and what was pushed meanwhile.',
  ({ subject, queue }) => queue.add('review', { ...subject.address, full: false }),
);
