import type { CommandAnswer } from './command-call.ts';

/** `/agent review` and `/agent review full`: a look at the head as it is, also where one is not wanted by itself. */
export const review: CommandAnswer = async ({ subject, job, command, queue, confirmAllowed }) => {
  await confirmAllowed();
  const { installation, repository, number } = subject.address;
  const full = command.verb === 'review full';
  await queue.add('review', { installation, repository, number, full, askedBy: job.author });
  const head = subject.pull.head.sha.slice(0, 7);
  return full
    ? `Reviewing all of \`${head}\` anew, also what was answered before.`
    : `Reviewing \`${head}\`. What did not change since it was last looked at is not paid for again.`;
};
