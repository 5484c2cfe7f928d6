import { RESOLVE_THREADS } from '../../github/permissions.ts';
import type { CommandAnswer } from './command-call.ts';

/** `/agent resolve`: the thread that it is said in, or all threads of ours. Only where the operator lets us. */
export const resolve: CommandAnswer = async ({
  door,
  subject,
  job,
  threads,
  thread,
  operator,
  signal,
  confirmAllowed,
}) => {
  if (!operator.resolveThreads)
    return 'Threads are not resolved from here: GitHub wants the right to write contents for it, and who runs this App has not given that (`app.resolveThreads`). The button "Resolve conversation" does it.';
  if (job.kind === 'review' && thread === null)
    return 'This thread is not about a finding: it stays as it is.';
  const named = thread === null ? threads : [thread];
  if (named.length === 0) return 'No finding has a thread here.';
  await confirmAllowed();
  const { installation, repository } = subject.address;
  const resolver = door.github.client(installation, repository, RESOLVE_THREADS, signal);
  for (const one of named) if (!one.thread.isResolved) await resolver.resolveThread(one.thread.id);
  return thread === null ? 'Resolved: all threads of findings.' : 'Resolved.';
};
