import { RESOLVE_THREADS } from '../../github/permissions.ts';
import type { CommandAnswer } from './command-call.ts';

/** `/agent resolve`: the thread that it is said in, or all threads of ours. Only where the operator lets us. */
export const resolve: CommandAnswer = async ({
  door,
  subject,
  threads,
  thread,
  operator,
  signal,
  confirmAllowed,
}) => {
  if (!operator.resolveThreads)
    return 'This server may not resolve threads: GitHub asks for the right to write contents, which its operator has not given (`app.resolveThreads`). Use the button "Resolve conversation".';
  const open = (thread === null ? threads : [thread]).filter((one) => !one.thread.isResolved);
  if (open.length === 0) return 'There is no open thread of ours here.';
  await confirmAllowed();
  const { installation, repository } = subject.address;
  const resolver = door.github.client(installation, repository, RESOLVE_THREADS, signal);
  for (const one of open) await resolver.resolveThread(one.thread.id);
  return thread === null ? `Resolved ${open.length === 1 ? 'one thread' : `${open.length} threads`}.` : null;
};
