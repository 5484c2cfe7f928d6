import { type PullRequestState, setPullRequestState } from '../../sessions/postgres/pull-requests.ts';
import type { CommandAnswer } from './command-call.ts';

const into =
  (state: PullRequestState['state'], answer: string): CommandAnswer =>
  async ({ door, subject, job, confirmAllowed }) => {
    await confirmAllowed();
    await setPullRequestState(door.sql, subject.key, { state, by: job.author.login });
    return answer;
  };

/** `/agent pause` */
export const pause = into(
  'paused',
  'Paused: what is pushed here is not reviewed. `/agent review` still looks once, `/agent resume` goes on.',
);

/** `/agent ignore` */
export const ignore = into(
  'ignored',
  'This pull request is not reviewed any more. `/agent resume` takes that back.',
);

const active = into('active', 'Going on: what is pushed from now on is reviewed.');

/** `/agent resume` looks at once at what was pushed meanwhile. */
export const resume: CommandAnswer = async (call) => {
  const answer = await active(call);
  const { installation, repository, number } = call.subject.address;
  await call.queue.add('review', { installation, repository, number, full: false });
  return answer;
};
